"""Roll-ups of figures: lowest, mean and highest over steps and over buckets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

from devops_tui.domain.history import METRICS, Block, Bucket, Series, Step, Values

_INTERVAL_MS = 7000.0  # hosts that nobody looks at are asked every 5 s

_Sums = tuple[list[float], list[float], list[float], list[int]]
_Whole = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Lowest, sum and highest of each step."""
_Stretch = tuple[int, int, int]
"""A bucket, and the first and one past the last of the points that belong into it."""

_Found = tuple[float, float, float, int]
"""Lowest, sum, highest and count of samples."""


def rolled_up(blocks: Sequence[Block], steps: Sequence[Step]) -> list[Block]:
    """All of these blocks of samples as one block of roll-ups a step; none when they are empty.

    A step without a sample has no point: what nobody saw stays a gap.

    Args:
        blocks: Samples of one host, in their order.
        steps: Each coarser than samples, and than the one before.
    """
    filled = [block for block in blocks if block.at_ms]
    if not filled:
        return []
    times = [at for block in filled for at in block.at_ms]
    cuts = [_cuts(times, step.seconds * 1000) for step in steps]
    nests = [None, *(_nested(fine, coarse) for fine, coarse in pairwise(cuts))]
    columns: list[list[Values]] = [[] for _ in steps]
    for number in range(len(METRICS)):
        column = _joined(filled, number)
        if column is None:
            for made in columns:
                made.extend(((), (), ()))
            continue
        has_gaps = None in column
        finer: _Whole | None = None
        for made, cut, nest in zip(columns, cuts, nests, strict=True):
            if has_gaps:
                made.extend(_three_with_gaps(column, cut))
                continue
            finer = _whole(column, cut) if finer is None or nest is None else _coarser(finer, nest)
            made.extend(_three(finer, cut))
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


def _nested(
    fine: Sequence[tuple[int, int]], coarse: Sequence[tuple[int, int]]
) -> list[tuple[int, int]] | None:
    """Which finer steps each coarser one holds; None where they cross, as of a clock set back."""
    begins = {first: index for index, (first, _) in enumerate(fine)}
    begins[fine[-1][1]] = len(fine)
    found = [(begins.get(first, -1), begins.get(last, -1)) for first, last in coarse]
    return None if any(first < 0 or last < 0 for first, last in found) else found


def _whole(column: Sequence[float | None], cuts: Sequence[tuple[int, int]]) -> _Whole:
    """Lowest, sum and highest of each step of a column without gaps."""
    whole: Sequence[float] = column  # type: ignore[assignment] # it has no gaps
    first = whole[0]
    if first == whole[-1] and whole.count(first) == len(whole):
        steady = [first] * len(cuts)
        return steady, [first * (end - begin) for begin, end in cuts], steady
    parts = [whole[begin:end] for begin, end in cuts]
    return list(map(min, parts)), list(map(sum, parts)), list(map(max, parts))


def _coarser(finer: _Whole, nest: Sequence[tuple[int, int]]) -> _Whole:
    lowest, sums, highest = finer
    return (
        [min(lowest[first:last]) for first, last in nest],
        [sum(sums[first:last]) for first, last in nest],
        [max(highest[first:last]) for first, last in nest],
    )


def _three(whole: _Whole, cuts: Sequence[tuple[int, int]]) -> tuple[Values, ...]:
    lowest, sums, highest = whole
    means = [total / (last - first) for total, (first, last) in zip(sums, cuts, strict=True)]
    return lowest, means, highest


def _three_with_gaps(
    column: Sequence[float | None], cuts: Sequence[tuple[int, int]]
) -> tuple[Values, ...]:
    found: list[tuple[float, float, float] | tuple[None, None, None]] = []
    for first, last in cuts:
        known = [v for v in column[first:last] if v is not None]
        found.append(
            (min(known), sum(known) / len(known), max(known)) if known else (None, None, None)
        )
    return tuple(zip(*found, strict=True))


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
