"""Silences and maintenance: what opens no incidents until an end, with who and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.hours import Window
from devops_tui.domain.schedule import zone_of

SILENCED = "alert.silenced"
SUBJECT = "alerts"
LONGEST = timedelta(days=30)
EVERYTHING = "all"
_SPAN = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?")


@dataclass(frozen=True, slots=True)
class Silence:
    """What people keep quiet.

    Attributes:
        what: An alert or a connected tool, a host, a group, "ALERT@HOST", "ALERT@GROUP", or "all".
        why: Untrusted text.
        since: When it begins; None for one that began when it was written.
        actor: Empty for maintenance that the configuration plans.
    """

    what: str
    until: datetime
    actor: str
    why: str
    since: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it keeps things quiet at a moment."""
        return now < self.until and (self.since is None or self.since <= now)

    def covers(self, alert: str, host: Host) -> bool:
        """Whether it is about an alert of a host; an empty alert asks for all of them."""
        if self.what == EVERYTHING:
            return True
        named, at, where = self.what.partition("@")
        if not at:
            return self.what == alert or _is_there(self.what, host)
        return named == alert and _is_there(where, host)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Hours that come again, in which hosts are worked on.

    Attributes:
        what: Hosts and groups, as Silence names them.
    """

    what: tuple[str, ...]
    window: Window
    why: str = ""

    def silences(self, now: datetime) -> Sequence[Silence]:
        """As silences, while its hours last."""
        today = now.astimezone(zone_of(self.window.zone)).date()
        for day in (today - timedelta(days=1), today):
            begins, ends = self.window.span(day)
            if day.weekday() in self.window.days and begins <= now < ends:
                return [Silence(what, ends, "", self.why, begins) for what in self.what]
        return ()


def known(events: Iterable[Event], now: datetime) -> Sequence[Silence]:
    """Those of the events that have not ended, planned ones too.

    The newest about a thing counts; planned hours stand beside what holds at once, and an
    end that lies behind its own event takes everything about the thing away.
    """
    found: dict[tuple[str, str], Silence] = {}
    for event in sorted(events, key=lambda e: e.seq):
        if event.kind != SILENCED:
            continue
        what, since = str(event.data["what"]), str(event.data.get("since", ""))
        until = datetime.fromisoformat(str(event.data["until"]))
        if until <= event.at:
            for key in [k for k in found if k[0] == what]:
                del found[key]
            continue
        begins = datetime.fromisoformat(since) if since else None
        found[what, since] = Silence(what, until, event.actor, event.why, begins)
    return [s for s in found.values() if s.until > now]


def with_planned(
    written: Iterable[Silence], planned: Iterable[Maintenance], now: datetime
) -> Sequence[Silence]:
    """What people wrote, and the maintenance of this hour."""
    return [*written, *(silence for plan in planned for silence in plan.silences(now))]


def silencing(silences: Iterable[Silence], alert: str, host: Host, now: datetime) -> Silence | None:
    """What keeps an alert of a host quiet now; the one that ends last."""
    found = [s for s in silences if s.holds(now) and s.covers(alert, host)]
    return max(found, key=lambda s: s.until, default=None)


def span_of(text: str) -> timedelta | None:
    """The time that "90m", "4h" or "1d12h" means; None when it means none."""
    match = _SPAN.fullmatch(text.strip())
    if not text.strip() or match is None:
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _is_there(name: str, host: Host) -> bool:
    return name in (host.name, EVERYTHING) or name in host.groups
