"""When a release may act: windows that open on weekdays, freezes that shut for days.

Local times are those of a named zone, so a window that opens at 09:00 does so on both
sides of a change of the clock. A time that the change skips means the moment of the
change; one that comes twice means the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from devops_tui.domain.schedule import zone_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

WINDOW = "the window"
FREEZE = "the end of the freeze"

_LOOK_AHEAD_DAYS = 400
_ROUNDS = 50
"""Windows and freezes that shut one another are followed so often before giving up."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of some weekdays in which a release may act.

    Attributes:
        days: 0 is Monday; the day on which it opens.
        opens, shuts: Minutes after midnight; where `shuts` is not the later one, it shuts
            on the next day.
        zone: IANA name.
    """

    days: tuple[int, ...]
    opens: int
    shuts: int
    zone: str = "UTC"

    def span(self, day: date) -> tuple[datetime, datetime]:
        """From when to when it is open, if it opens on that day; aware UTC."""
        last = day if self.shuts > self.opens else day + timedelta(days=1)
        return instant(day, self.opens, self.zone), instant(last, self.shuts, self.zone)


@dataclass(frozen=True, slots=True)
class Freeze:
    """From one moment to another nothing is released; both aware UTC.

    Attributes:
        zone: In which its end is told.
    """

    begins: datetime
    ends: datetime
    why: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Hours:
    """The windows and freezes of an environment or a pipeline; without any it is open."""

    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    def shut(self, now: datetime) -> Shut | None:
        """What holds a release back now; None when it may act."""
        for freeze in self.freezes:
            if freeze.begins <= now < freeze.ends:
                return Shut(FREEZE, freeze.why, freeze.ends, freeze.zone)
        if not self.windows:
            return None
        found: list[tuple[datetime, str]] = []
        for window in self.windows:
            today = now.astimezone(zone_of(window.zone)).date()
            for ahead in range(-1, 9):
                day = today + timedelta(days=ahead)
                if day.weekday() not in window.days:
                    continue
                opens, shuts = window.span(day)
                if opens <= now < shuts:
                    return None
                if opens > now:
                    found.append((opens, window.zone))
                    break
        opens_at, zone = min(found, default=(None, "UTC"))
        return Shut(WINDOW, "", opens_at, zone)


@dataclass(frozen=True, slots=True)
class Shut:
    """Why a release may not act now.

    Attributes:
        what: What is waited for: "the window", "the end of the freeze".
        opens_at: When it may; None when that is not in sight.
    """

    what: str
    why: str
    opens_at: datetime | None
    zone: str = "UTC"

    @property
    def short(self) -> str:
        """For where there is little room: "frozen (year's end), opens Mon 4 Jan 09:00 UTC"."""
        word = "outside of the window" if self.what == WINDOW else "frozen"
        return f"{word}{str(self).removeprefix(self.what)}"

    def __str__(self) -> str:
        """Like "the window, opens Mon 09:00 Europe/Berlin"."""
        why = f" ({self.why})" if self.why else ""
        if self.opens_at is None:
            return f"{self.what}{why}, which never opens"
        return f"{self.what}{why}, opens {local(self.opens_at, self.zone)}"


def shut(hours: Iterable[Hours], now: datetime) -> Shut | None:
    """What holds a release back where all of these count; None when it may act now.

    The moment told is the first at which all of them are open.
    """
    every = tuple(hours)
    first = _first(every, now)
    if first is None:
        return None
    at, told = now, first
    for _ in range(_ROUNDS):
        found = _first(every, at)
        if found is None:
            return Shut(first.what, first.why, at, told.zone)
        if found.opens_at is None or found.opens_at > now + timedelta(days=_LOOK_AHEAD_DAYS):
            break
        at, told = found.opens_at, found
    return Shut(first.what, first.why, None, first.zone)


def _first(every: Sequence[Hours], at: datetime) -> Shut | None:
    return next((found for hours in every if (found := hours.shut(at)) is not None), None)


def local(at: datetime, zone: str) -> str:
    """A moment as people of that zone say it: "Mon 4 Jan 09:00 Europe/Berlin"."""
    there = at.astimezone(zone_of(zone))
    return f"{there:%a} {there.day} {there:%b %H:%M} {zone}"


@lru_cache(maxsize=1024)
def instant(day: date, minutes: int, zone: str) -> datetime:
    """The moment of a local time, `minutes` after that day's midnight; aware UTC."""
    at = datetime.combine(day + timedelta(days=minutes // DAY_MINUTES), time())
    wall = at + timedelta(minutes=minutes % DAY_MINUTES)
    where = zone_of(zone)
    first = wall.replace(tzinfo=where).astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None) == wall:
        return first
    return _change(wall.replace(tzinfo=where, fold=1).astimezone(UTC), first, where)


def _change(before: datetime, after: datetime, where: tzinfo) -> datetime:
    """The moment at which the clock jumps, to the second."""
    offset = after.astimezone(where).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
