"""Counts answers of a load test as they come, in memory that does not grow with them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.event import Json
from devops_tui.domain.report import Series

MAX_INTERVALS = 60
_FIRST_WIDTH_MS = 100


@dataclass(slots=True)
class _Interval:
    requests: int = 0
    errors: int = 0
    sum_ms: float = 0.0
    times: Counter[float] = field(default_factory=Counter)

    def add(self, elapsed_ms: float, is_ok: bool) -> None:
        self.requests += 1
        self.errors += not is_ok
        self.sum_ms += elapsed_ms
        self.times[elapsed_ms] += 1

    def take(self, other: _Interval) -> None:
        self.requests += other.requests
        self.errors += other.errors
        self.sum_ms += other.sum_ms
        self.times.update(other.times)


class LoadSamples:
    """Answers by their time: totals, percentiles, and a series of at most 60 intervals.

    Times are kept exact to a hundredth of a millisecond below 10 ms, to a whole one below
    10 s, and to three digits above; the intervals begin at a tenth of a second and double
    in width whenever there would be too many.
    """

    def __init__(self) -> None:
        self._total = _Interval()
        self._max_ms = 0.0
        self._width_ms = _FIRST_WIDTH_MS
        self._intervals: dict[int, _Interval] = {}
        self._begun_ms: float | None = None
        self._ended_ms = 0.0

    @property
    def requests(self) -> int:
        """Answers so far, errors included."""
        return self._total.requests

    def add(self, began_ms: float, elapsed_ms: float, is_ok: bool) -> None:
        """Takes one answer; times since any fixed moment, not negative, in any order."""
        ended_ms = began_ms + elapsed_ms
        first = self._begun_ms is None
        self._begun_ms = began_ms if first else min(self._begun_ms or 0.0, began_ms)
        self._ended_ms = ended_ms if first else max(self._ended_ms, ended_ms)
        self._max_ms = max(self._max_ms, elapsed_ms)
        kept = _rounded(elapsed_ms)
        self._total.add(kept, is_ok)
        index = int(ended_ms // self._width_ms)
        interval = self._intervals.get(index)
        if interval is None:
            interval = self._intervals[index] = _Interval()
            interval.add(kept, is_ok)
            self._keep_few()
        else:
            interval.add(kept, is_ok)

    def figures(self) -> dict[str, Json]:
        """As in LoadReport; times are of all answers, errors included."""
        total = self._total
        if not total.requests or self._begun_ms is None:
            return {"tps": 0.0, "requests": 0, "errors": 0, "error_ratio": 1.0}
        elapsed_s = max(self._ended_ms - self._begun_ms, 1.0) / 1000.0
        return {
            "tps": round((total.requests - total.errors) / elapsed_s, 1),
            "mean_ms": round(total.sum_ms / total.requests, 3),
            "p50_ms": percentile(total.times, 0.50),
            "p95_ms": percentile(total.times, 0.95),
            "p99_ms": percentile(total.times, 0.99),
            "max_ms": round(self._max_ms, 3),
            "requests": total.requests,
            "errors": total.errors,
            "error_ratio": round(total.errors / total.requests, 6),
        }

    def series(self) -> Series | None:
        """None when nothing was counted."""
        if not self._intervals:
            return None
        places = range(min(self._intervals), max(self._intervals) + 1)
        rows = [self._intervals.get(place) or _Interval() for place in places]
        return Series(
            width_s=self._width_ms / 1000.0,
            requests=tuple(row.requests for row in rows),
            errors=tuple(row.errors for row in rows),
            mean_ms=tuple(round(row.sum_ms / max(1, row.requests), 3) for row in rows),
            p95_ms=tuple(percentile(row.times, 0.95) for row in rows),
            p99_ms=tuple(percentile(row.times, 0.99) for row in rows),
        )

    def _keep_few(self) -> None:
        while max(self._intervals) - min(self._intervals) >= MAX_INTERVALS:
            self._width_ms *= 2
            wider: dict[int, _Interval] = {}
            for index, interval in self._intervals.items():
                if index // 2 in wider:
                    wider[index // 2].take(interval)
                else:
                    wider[index // 2] = interval
            self._intervals = wider


def percentile(times: Mapping[float, int], ratio: float) -> float:
    """The smallest time that `ratio` of all do not exceed; 0 for no times."""
    left = math.ceil(ratio * sum(times.values()))
    for elapsed in sorted(times):
        left -= times[elapsed]
        if left <= 0:
            return float(elapsed)
    return 0.0


def _rounded(ms: float) -> float:
    if ms < 10.0:
        return round(ms, 2)
    if ms < 10_000.0:
        return float(round(ms))
    return float(round(ms, 2 - math.floor(math.log10(ms))))
