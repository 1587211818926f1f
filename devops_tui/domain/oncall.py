"""Who is on call: weeks that go round, overrides, and who is asked when nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from devops_tui.domain.hours import instant, local
from devops_tui.domain.schedule import zone_of

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Override:
    """From one moment to another somebody else is on call; both aware UTC."""

    begins: datetime
    ends: datetime
    who: str


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """What happens while a problem is open and nobody has acknowledged it.

    Attributes:
        after_s: Seconds since it began.
        to: Who is asked; empty for whoever is on call then.
    """

    after_s: float
    to: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's time on call; `until` is when the next one begins, aware UTC."""

    who: str
    since: datetime
    until: datetime
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class Rota:
    """The rota of a workspace.

    Attributes:
        weeks: Who has which week, one after the other, then again from the first.
        starts: Day on which the first week begins, as ISO 8601.
        hands_over: Minutes after midnight at which a week begins, in the zone.
        zone: IANA name: a week begins at that local time on both sides of a change of the
            clock.
        overrides: The first that holds counts.
        steps: The soonest first.
    """

    weeks: tuple[str, ...]
    starts: str
    hands_over: int = 540
    zone: str = "UTC"
    overrides: tuple[Override, ...] = ()
    steps: tuple[EscalationStep, ...] = ()

    def turn(self, at: datetime) -> Turn:
        """Who is on call at a moment, and for how long."""
        week = self._week(at)
        found = next((o for o in self.overrides if o.begins <= at < o.ends), None)
        if found is not None:
            # one of higher rank may begin before this one ends
            sooner = [
                o.begins
                for o in self.overrides[: self.overrides.index(found)]
                if at < o.begins < found.ends
            ]
            return Turn(found.who, found.begins, min([found.ends, *sooner]), is_override=True)
        since = max([week.since, *(o.ends for o in self.overrides if week.since < o.ends <= at)])
        until = min([week.until, *(o.begins for o in self.overrides if at < o.begins)])
        return Turn(week.who, since, until)

    def after(self, turn: Turn) -> Turn:
        """The turn of whoever is next; the same person may go on."""
        return self.turn(turn.until)

    def told(self, at: datetime) -> str:
        """In one line: "jun until Mon 9 Mar 09:00 Europe/Berlin, then minji"."""
        turn = self.turn(at)
        then = self.after(turn)
        instead = " (override)" if turn.is_override else ""
        return f"{turn.who}{instead} until {local(turn.until, self.zone)}, then {then.who}"

    def _week(self, at: datetime) -> Turn:
        first = date.fromisoformat(self.starts)
        number = (at.astimezone(zone_of(self.zone)).date() - first).days // _WEEK
        if self._begin(first, number) > at:
            number -= 1
        who = self.weeks[number % len(self.weeks)]
        return Turn(who, self._begin(first, number), self._begin(first, number + 1))

    def _begin(self, first: date, number: int) -> datetime:
        return instant(first + timedelta(days=_WEEK * number), self.hands_over, self.zone)
