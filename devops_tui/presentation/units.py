"""Numbers with their units; what is unknown is a question mark, never a zero."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from devops_tui.domain.event import Json

UNKNOWN = "?"

_STEPS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TENS_FROM = 20


def known(value: float | None) -> bool:
    """Whether there is a number to show."""
    return value is not None and math.isfinite(value)


def number(value: Json) -> float | None:
    """A figure out of JSON, or None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def percent(ratio: float | None, digits: int = 0) -> str:
    """A ratio of 0 to 1 as "96 %"."""
    if ratio is None or not math.isfinite(ratio):
        return UNKNOWN
    return f"{ratio * 100:.{digits}f} %"


def size(count: float | None) -> str:
    """Bytes as "1.2 GiB"."""
    if count is None or not math.isfinite(count):
        return UNKNOWN
    step = 0
    while abs(count) >= 999.5 and step < len(_STEPS) - 1:
        count /= 1024
        step += 1
    return f"{_short(count) if step else f'{count:.0f}'} {_STEPS[step]}"


def rate(bytes_s: float | None) -> str:
    """Bytes per second as "1.2 MiB/s"."""
    return UNKNOWN if not known(bytes_s) else f"{size(bytes_s)}/s"


def count_rate(per_s: float | None, what: str = "/s") -> str:
    """Things per second as "1,842/s"."""
    if per_s is None or not math.isfinite(per_s):
        return UNKNOWN
    return f"{per_s:,.0f}{what}" if abs(per_s) >= 10 or per_s == 0 else f"{per_s:.1f}{what}"


def plain(value: float | None, digits: int = 1) -> str:
    """A number without a unit (load)."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:,.{digits}f}"


def milliseconds(ms: float | None) -> str:
    """Latency as "3.2 ms", "38 ms" or "1.2 s"."""
    if ms is None or not math.isfinite(ms):
        return UNKNOWN
    return f"{ms / 1000:.1f} s" if abs(ms) >= 999.5 else f"{_short(ms)} ms"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: "0.4 s", "18 s", "4 m 10 s", "3 d 4 h"."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    return _two(whole, _DAY, "d", _HOUR, "h")


def seconds_between(since: datetime | None, until: datetime | None) -> float | None:
    """Seconds from one time to another; None when one is not known."""
    if since is None or until is None:
        return None
    return (until - since).total_seconds()


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, in one unit: "40 s", "4 m", "2 h", "3 d"; clocks that differ give "0 s"."""
    seconds = seconds_between(since, now)
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= unit:
            return f"{whole // unit} {name}"
    return f"{whole} s"


def rough_step_s(seconds: float) -> int:
    """How finely an age is told in a long list: by seconds, by tens, and then by minutes.

    So a thousand old rows are not drawn anew each second for what nobody reads.
    """
    if seconds < _TENS_FROM:
        return 1
    return 10 if seconds < _MINUTE else _MINUTE


def rough_age_s(seconds: float) -> float:
    """An age in whole steps of `rough_step_s`; clocks that differ give 0."""
    whole = max(0, int(seconds))
    return float(whole - whole % rough_step_s(whole))


def countdown(until: datetime | None, now: datetime) -> str:
    """What is left, as "1:42" or "01:59:40"; "0:00" when it is over."""
    seconds = seconds_between(now, until)
    if seconds is None:
        return UNKNOWN
    whole = max(0, math.ceil(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours:02d}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def time_of_day(at: datetime | None, now: datetime) -> str:
    """The time in the zone of `now`; with the date when it was another day."""
    if at is None:
        return UNKNOWN
    try:
        there = at.astimezone(now.tzinfo)
    except OverflowError:
        return UNKNOWN
    shown = f"{there:%H:%M:%S}"
    return shown if there.date() == now.date() else f"{there:%m-%d} {shown}"


def is_over(until: datetime | None, now: datetime) -> bool:
    """Whether a time that is known has passed."""
    return until is not None and until - now <= timedelta(0)


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 host", "2 hosts"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _two(whole: int, unit: int, name: str, below: int, below_name: str) -> str:
    rest = whole % unit // below
    first = f"{whole // unit} {name}"
    return f"{first} {rest} {below_name}" if rest else first


def _short(value: float) -> str:
    return f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
