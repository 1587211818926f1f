"""When a pipeline starts by the clock: a cron expression in a time zone.

The rules of the days on which clocks change:
- A local time that does not exist (02:30 on the day that jumps from 02:00 to 03:00) means
  the moment of the jump: it runs once, just after.
- A local time that exists twice means the first of the two, so it runs once. Only where
  the field of hours is `*` both count: "every hour" goes on through the repeated one.
- Occasions that fall on the same moment are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devops_tui.domain.cron import Cron, parse
from devops_tui.domain.errors import NotFound

_HORIZON_DAYS = 366 * 8 + 2  # 29 February is at most eight years away
_MISSED_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression and the zone whose clock it means; both are checked already."""

    cron: str
    zone: str = "UTC"


def zone_of(name: str) -> tzinfo:
    """The time zone of that name.

    Raises:
        NotFound: There is none, or this machine has no data about time zones.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotFound(
            f"unknown time zone {name}", "Write it like Europe/Berlin; is tzdata installed?"
        ) from None


def next_after(schedule: Schedule, moment: datetime) -> datetime | None:
    """The first occasion later than `moment`, in UTC; None when there is none in 8 years."""
    return next(_occasions(schedule, moment), None)


def missed(schedule: Schedule, since: datetime, until: datetime) -> tuple[int, datetime | None]:
    """How many occasions lie after `since` up to `until` (1,000 at most), and the last."""
    count = 0
    last: datetime | None = None
    for occasion in _occasions(schedule, since):
        if occasion > until or count >= _MISSED_COUNTED:
            break
        count += 1
        last = occasion
    return count, last


def _occasions(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Later than `after`, in their order, each once."""
    cron = parse(schedule.cron)
    zone = zone_of(schedule.zone)
    last = after.astimezone(UTC)
    first_day = last.astimezone(zone).date() - timedelta(days=1)  # a jump may cross midnight
    for number in range(_HORIZON_DAYS):
        day = first_day + timedelta(days=number)
        if not cron.has_day(day):
            continue
        for moment in sorted(_moments(cron, day, zone)):
            if moment > last:
                yield moment
                last = moment


def _moments(cron: Cron, day: date, zone: tzinfo) -> set[datetime]:
    """The occasions of one local day, in UTC."""
    found: set[datetime] = set()
    for hour in cron.hours:
        for minute in cron.minutes:
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            early = local.replace(fold=0).astimezone(UTC)
            late = local.replace(fold=1).astimezone(UTC)
            if early <= late:
                found.add(early)
                if late != early and cron.is_every_hour:
                    found.add(late)
            else:
                found.add(_jump_between(late, early, zone))
    return found


def _jump_between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The moment between two at which the clock is moved, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
