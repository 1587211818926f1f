"""A chart of one figure in braille: the mean as a line, lowest to highest as a shade.

A bucket that nothing was seen in stays empty: no line goes over a gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.history import Bucket, Series
from devops_tui.presentation.line import Line, Role, Span
from devops_tui.presentation.safe_text import SafeText

PER_CELL = 2
"""Buckets that stand in one cell, side by side."""

_BRAILLE = 0x2800
_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))  # left and right, from below
_HIGH = 4
_SHADE = "░"
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is drawn.

    Attributes:
        top: Value at the upper edge, > 0; higher ones stop there.
        role: Of the line.
        cursor: Cell of the vertical cursor; negative for none.
    """

    top: float
    role: Role = "text"
    cursor: int = -1


def plot(series: Series, cells: int, rows: int, look: Look) -> list[Line]:
    """The buckets, two in a cell, as `rows` lines of exactly `cells` cells."""
    dots = [[0] * cells for _ in range(rows)]
    shade = [[False] * cells for _ in range(rows)]
    before: int | None = None
    for index, bucket in enumerate(series[: cells * PER_CELL]):
        if bucket is None:
            before = None
            continue
        x, side = divmod(index, PER_CELL)
        mean = _level(bucket.mean, rows, look.top)
        low, high = (min(before, mean), max(before, mean)) if before is not None else (mean, mean)
        for level in range(low, high + 1):
            dots[level // _HIGH][x] |= _DOTS[side][level % _HIGH]
        lowest, highest = (_level(v, rows, look.top) for v in (bucket.lowest, bucket.highest))
        for y in range(lowest // _HIGH, highest // _HIGH + 1):
            shade[y][x] = True
        before = mean
    return [_row(dots[y], shade[y], look) for y in range(rows - 1, -1, -1)]


def _level(value: float, rows: int, top: float) -> int:
    share = min(1.0, max(0.0, value / top)) if math.isfinite(value) else 0.0
    return int(share * (rows * _HIGH - 1) + 0.5)


def _row(dots: Sequence[int], shade: Sequence[bool], look: Look) -> Line:
    made: list[Span] = []
    text, role = "", look.role
    for x, (bits, is_shaded) in enumerate(zip(dots, shade, strict=True)):
        char = chr(_BRAILLE + bits) if bits else _SHADE if is_shaded else " "
        its: Role = "match" if x == look.cursor else look.role if bits else "muted"
        if its != role and text:
            made.append(Span(SafeText(text), role))
            text = ""
        text, role = text + char, its
    if text:
        made.append(Span(SafeText(text), role))
    return tuple(made)


def nice_top(series: Series, least: float, base: float = 10.0) -> float:
    """A round number that all values fit below.

    Args:
        series: What will be drawn.
        least: Smaller ones are not used, so that noise is not drawn as a mountain.
        base: 10, or 1024 for bytes.
    """
    highest = max((b.highest for b in series if b is not None), default=0.0)
    if not math.isfinite(highest) or highest <= least:
        return least
    unit = base ** math.floor(math.log(highest, base))
    while unit * base < highest:
        unit *= base
    steps = [n * m for n in _NICE for m in (1.0, 10.0, 100.0)] if base > 10 else list(_NICE)
    return next((unit * n for n in sorted(steps) if unit * n >= highest), unit * base)


def at_cell(series: Series, cell: int) -> Bucket | None:
    """What a cell shows: the later of its buckets that is known."""
    for index in range(min(len(series), (cell + 1) * PER_CELL) - 1, cell * PER_CELL - 1, -1):
        found = series[index] if index >= 0 else None
        if found is not None:
            return found
    return None


def whole(series: Series) -> Bucket | None:
    """All buckets as one; None when nothing was seen."""
    known = [b for b in series if b is not None]
    if not known:
        return None
    return Bucket(
        min(b.lowest for b in known),
        math.fsum(b.mean for b in known) / len(known),
        max(b.highest for b in known),
    )
