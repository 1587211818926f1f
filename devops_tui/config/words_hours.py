"""The little languages of weekdays, times of day and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from devops_tui.config.words import BadWord
from devops_tui.config.yaml_events import shown
from devops_tui.domain.hours import DAY_MINUTES, DAYS

_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})\Z")
_MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}))?\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """A local date, with the minutes after its midnight where a time is given."""

    day: date
    minutes: int | None = None


def days(value: object) -> tuple[int, ...]:
    """0 for Monday and so on: of `mon-thu`, `sat`, `fri-mon`, or a list of such words."""
    items = value if isinstance(value, list) else [value]
    found: set[int] = set()
    for item in items:
        if not isinstance(item, str):
            raise BadWord("bad days", "write mon-thu, or [mon, wed, fri]")
        for part in item.split(","):
            first, dash, last = part.strip().lower().partition("-")
            if first not in DAYS or (dash and last not in DAYS):
                raise BadWord(f"bad days `{shown(item)}`", "write mon-thu, or [mon, wed, fri]")
            begin = DAYS.index(first)
            count = (DAYS.index(last) - begin) % 7 if dash else 0
            found |= {(begin + step) % 7 for step in range(count + 1)}
    if not found:
        raise BadWord("no days", "write mon-thu, or [mon, wed, fri]")
    return tuple(sorted(found))


def clock(value: object) -> int:
    """Minutes after midnight of `"09:00"`; `"24:00"` is the end of the day."""
    found = _CLOCK.match(value) if isinstance(value, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found is not None else -1
    if found is None or int(found[2]) > 59 or minutes > DAY_MINUTES:
        raise BadWord(f"bad time of day `{shown(value)}`", 'write it like "09:00"')
    return minutes


def moment(value: object) -> Moment:
    """The date of `2026-12-20`, with the time of `2026-12-20 18:00`."""
    found = _MOMENT.match(value) if isinstance(value, str) else None
    todo = 'write it like 2026-12-20, or "2026-12-20 18:00"'
    if found is None:
        raise BadWord(f"bad date `{shown(value)}`", todo)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise BadWord(f"there is no day `{shown(value)}`", todo) from None
    return Moment(day, clock(found[4]) if found[4] else None)
