"""Roll-ups of figures: lowest, mean and highest over steps and over buckets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import ceil

from devops_tui.domain.history import METRICS, Block, Bucket, Series, Step, Values

_INTERVAL_MS = 7000.0  # hosts that nobody looks at are asked every 5 s

_Sums = tuple[list[float], list[float], list[float], list[int]]
_Stretch = tuple[int, int, int]
"""A bucket, and the first and one past the last of the points that belong into it."""

_Found = tuple[float, float, float, int]
"""Lowest, sum, highest and count of samples."""


def rolled_up(blocks: Sequence[Block], steps: Sequence[Step]) -> list[Block]:
    """All of these blocks of samples as one block of roll-ups a step; none when they are empty.

    A step without a sample has no point: what nobody saw stays a gap.

    Args:
        blocks: Samples of one host, in their order.
        steps: Each coarser than samples.
    """
    filled = [block for block in blocks if block.at_ms]
    if not filled:
        return []
    times = [at for block in filled for at in block.at_ms]
    cuts = [_cuts(times, step.seconds * 1000) for step in steps]
    columns: list[list[Values]] = [[] for _ in steps]
    for number in range(len(METRICS)):
        column = _joined(filled, number)
        has_gaps = column is not None and None in column
        for made, cut in zip(columns, cuts, strict=True):
            made.extend(((), (), ()) if column is None else _three(column, cut, has_gaps))
    return [
        Block(
            filled[0].host,
            step,
            [times[first] // (step.seconds * 1000) * step.seconds * 1000 for first, _ in cut],
            made,
            [last - first for first, last in cut],
        )
        for step, made, cut in zip(steps, columns, cuts, strict=True)
    ]


def _cuts(times: Sequence[int], width_ms: int) -> list[tuple[int, int]]:
    """First and last-plus-one index of each step that has points."""
    cuts = []
    first = 0
    while first < len(times):
        until = (times[first] // width_ms + 1) * width_ms
        last = max(first + 1, bisect_left(times, until, first))
        cuts.append((first, last))
        first = last
    return cuts


def _joined(blocks: Iterable[Block], number: int) -> list[float | None] | None:
    found: list[float | None] = []
    is_known = False
    for block in blocks:
        column = block.columns[number] if number < len(block.columns) else ()
        if len(column):
            found.extend(column)
            is_known = True
        else:
            found.extend([None] * len(block.at_ms))
    return found if is_known else None


def _three(
    column: Sequence[float | None], cuts: Sequence[tuple[int, int]], has_gaps: bool
) -> tuple[Values, ...]:
    lowest: list[float | None] = []
    mean: list[float | None] = []
    highest: list[float | None] = []
    for first, last in cuts:
        part = column[first:last]
        known: Sequence[float] = [v for v in part if v is not None] if has_gaps else part  # type: ignore[assignment]
        if not known:
            lowest.append(None)
            mean.append(None)
            highest.append(None)
            continue
        lowest.append(min(known))
        mean.append(sum(known) / len(known))
        highest.append(max(known))
    return lowest, mean, highest


class Buckets:
    """Gathers points into equal buckets of time, whatever step they come in.

    Args:
        start_ms, end_ms: The span; the end is not in it.
        count: How many buckets.
        metrics: Numbers of the wanted columns of METRICS.
    """

    def __init__(self, start_ms: float, end_ms: float, count: int, metrics: Sequence[int]) -> None:
        self._start = start_ms
        self._end = end_ms
        self._width = (end_ms - start_ms) / count
        self._count = count
        self._sums: dict[int, _Sums] = {
            number: ([0.0] * count, [0.0] * count, [0.0] * count, [0] * count) for number in metrics
        }

    def add(self, block: Block) -> None:
        """Takes the points of a block that lie in the span; a roll-up counts by its samples.

        A roll-up wider than a bucket fills every bucket that it speaks of.
        """
        step_ms = block.step.seconds * 1000
        if step_ms > self._width:
            self._spread(block, step_ms)
            return
        half_ms = step_ms / 2
        times = block.at_ms
        first = bisect_left(times, self._start - half_ms)
        end = bisect_left(times, self._end - half_ms)
        make = self._one_by_one if self._width < 2 * step_ms else self._in_strides
        self._gather(block, make(times, first, end, half_ms))

    def _one_by_one(
        self, times: Sequence[int], first: int, end: int, half_ms: float
    ) -> list[_Stretch]:
        """Hardly more than a point to a bucket: each is put into its own."""
        from_ms, width, last = self._start - half_ms, self._width, self._count - 1
        places = [int((at - from_ms) / width) for at in times[first:end]]
        return [
            (min(max(place, 0), last), index, index + 1)
            for index, place in enumerate(places, first)
        ]

    def _in_strides(
        self, times: Sequence[int], first: int, end: int, half_ms: float
    ) -> list[_Stretch]:
        """Many points to a bucket: looks only for where each bucket ends."""
        found: list[_Stretch] = []
        while first < end:
            place = int((times[first] + half_ms - self._start) / self._width)
            place = min(max(place, 0), self._count - 1)
            until = self._start + (place + 1) * self._width - half_ms
            last = min(end, max(first + 1, bisect_left(times, until, first)))
            found.append((place, first, last))
            first = last
        return found

    def _spread(self, block: Block, step_ms: int) -> None:
        found: list[_Stretch] = []
        for index, at in enumerate(block.at_ms):
            first = max(0, ceil((at - self._start) / self._width - 0.5))
            after = ceil((at + step_ms - self._start) / self._width - 0.5)
            found += [(place, index, index + 1) for place in range(first, min(after, self._count))]
        self._gather(block, found)

    def _gather(self, block: Block, stretches: Sequence[_Stretch]) -> None:
        for number, sums in self._sums.items():
            _gather(sums, stretches, block, number)

    def series(self, number: int) -> Series:
        """The buckets of one metric.

        A sample speaks of the interval that it ends: buckets narrower than that, between
        two samples that follow one another, are what the later one says.
        """
        lowest, total, highest, counts = self._sums[number]
        found = [
            Bucket(lowest[i], total[i] / counts[i], highest[i]) if counts[i] else None
            for i in range(self._count)
        ]
        reach = int(_INTERVAL_MS / self._width)
        if reach:
            _fill(found, reach)
        return tuple(found)


def _fill(buckets: list[Bucket | None], reach: int) -> None:
    seen = -1
    for index, bucket in enumerate(buckets):
        if bucket is None:
            continue
        if seen >= 0 and index - seen <= reach:
            buckets[seen + 1 : index] = [bucket] * (index - seen - 1)
        seen = index


def _gather(sums: _Sums, stretches: Sequence[_Stretch], block: Block, number: int) -> None:
    is_sample = block.step is Step.SAMPLE
    base = number if is_sample else 3 * number
    if base >= len(block.columns) or not len(block.columns[base]):
        return
    low = block.columns[base]
    mean = low if is_sample else block.columns[base + 1]
    high = low if is_sample else block.columns[base + 2]
    lows, totals, highs, counts = sums
    for place, first, last in stretches:
        if last == first + 1:
            found = _one(low, mean, high, block.counts, first)
        else:
            found = _several(low, mean, high, block.counts, slice(first, last))
        if found is None:
            continue
        lowest, total, highest, count = found
        if counts[place]:
            lowest, highest = min(lowest, lows[place]), max(highest, highs[place])
        lows[place], highs[place] = lowest, highest
        totals[place] += total
        counts[place] += count


def _one(low: Values, mean: Values, high: Values, counts: Sequence[int], at: int) -> _Found | None:
    lowest, value, highest = low[at], mean[at], high[at]
    if value is None or lowest is None or highest is None:
        return None
    weight = counts[at] if counts else 1
    return lowest, value * weight, highest, weight


def _several(
    low: Values, mean: Values, high: Values, counts: Sequence[int], part: slice
) -> _Found | None:
    values = mean[part]
    weights = counts[part] if counts else [1] * len(values)
    known = [
        (value, weight) for value, weight in zip(values, weights, strict=True) if value is not None
    ]
    if not known:
        return None
    lowest = min(v for v in low[part] if v is not None)
    highest = max(v for v in high[part] if v is not None)
    total = sum(value * weight for value, weight in known)
    return lowest, total, highest, sum(weight for _, weight in known)
