"""Cron's five fields: minute, hour, day of month, month, day of week."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SHORTHANDS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class BadCron(Exception):
    """A piece of text that is no cron expression.

    Attributes:
        column: Where the mistake begins, from 0.
        what: What is wrong.
        todo: What to write instead.
    """

    def __init__(self, column: int, what: str, todo: str) -> None:
        super().__init__(what)
        self.column = column
        self.what = what
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Cron:
    """When something happens, in local time.

    Attributes:
        days_of_week: 0 is Sunday.
        is_every_hour: The field of hours is `*`: repeated hours count twice.
        is_day_free, is_weekday_free: The field begins with `*`. Where both name days, a
            day needs to be in one of them only, as in every cron.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    days_of_week: frozenset[int]
    is_every_hour: bool
    is_day_free: bool
    is_weekday_free: bool

    def has_day(self, day: date) -> bool:
        """Whether something happens on that day."""
        if day.month not in self.months:
            return False
        in_month = day.day in self.days
        in_week = day.isoweekday() % 7 in self.days_of_week
        if self.is_day_free or self.is_weekday_free:
            return in_month and in_week
        return in_month or in_week


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    first: int = 0  # the number of the first name


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS, 1),
    _Field("day of week", 0, 7, _DAYS),
)


def parse(text: str) -> Cron:
    """Reads five fields: lists, ranges, steps, `*`, names of months and days.

    Raises:
        BadCron: With the column of the first mistake.
    """
    words = list(re.finditer(r"\S+", text))
    if len(words) == 1 and words[0][0].lower() in _SHORTHANDS:
        written = _SHORTHANDS[words[0][0].lower()]
        raise BadCron(words[0].start(), f"no shorthand `{words[0][0]}`", f'write "{written}"')
    if len(words) != len(_FIELDS):
        column = words[len(_FIELDS)].start() if len(words) > len(_FIELDS) else len(text)
        named = ", ".join(field.name for field in _FIELDS)
        what = f"{len(words)} fields instead of {len(_FIELDS)}"
        raise BadCron(column, what, f"write {named}")
    found = [_field(f, w[0], w.start()) for f, w in zip(_FIELDS, words, strict=True)]
    minutes, hours, days, months, weekdays = found
    made = Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        is_every_hour=words[1][0] == "*",
        is_day_free=words[2][0].startswith("*"),
        is_weekday_free=words[4][0].startswith("*"),
    )
    if made.is_weekday_free and all(min(days) > _LONGEST_MONTH[m - 1] for m in months):
        what = "this day does not exist: it would never run"
        raise BadCron(words[2].start(), what, "correct the day or the month")
    return made


def _field(field: _Field, text: str, column: int) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        values |= _part(field, part, column)
        column += len(part) + 1
    return frozenset(values)


def _part(field: _Field, text: str, column: int) -> set[int]:
    span, slash, step = text.partition("/")
    low, high = field.low, field.high
    if span != "*":
        first, dash, last = span.partition("-")
        low = _value(field, first, column)
        high = _value(field, last, column + len(first) + 1) if dash else low
        if high < low:
            wanted = f"{high}-{low}" if field.names == () else "two ranges, or a list"
            raise BadCron(column, f"the range `{span}` ends before it begins", f"write {wanted}")
        if slash and not dash:
            what = f"a step needs a range: `{text}`"
            raise BadCron(column, what, f"write {span}-{field.high}/{step} or */{step}")
    if not slash:
        return set(range(low, high + 1))
    if not (step.isascii() and step.isdecimal()) or not 1 <= int(step[:4]) <= field.high:
        what = f"bad step `{step}` of the {field.name}"
        raise BadCron(column + len(span) + 1, what, f"write a number from 1 to {field.high}")
    return set(range(low, high + 1, int(step)))


def _value(field: _Field, text: str, column: int) -> int:
    name = text.lower()
    if name in field.names:
        return field.names.index(name) + field.first
    if text.isascii() and text.isdecimal() and field.low <= int(text[:4]) <= field.high:
        return int(text)
    named = f", or {field.names[0]} to {field.names[-1]}" if field.names else ""
    raise BadCron(column, f"bad {field.name} `{text}`", f"write {field.low} to {field.high}{named}")
