"""Says whether a load test is worse than an earlier one, or only noisier.

Two runs of the same build never measure the same. So the question is not whether the
figures differ, which with enough requests they always do (Mann-Whitney's test would say
"yes" to a tenth of a percent), but whether the true change exceeds what is allowed. That
is asked of an interval that holds the true change with 95 % confidence:

- all of it within what is allowed: fine;
- all of it beyond: worse;
- else: nobody can tell, and a person is asked.

Where both tests have a series over time, the interval comes from a block bootstrap over
its intervals: it needs no assumption about the shape of response times, and blocks keep
the dependence of one moment on the next (Künsch 1989; block length n^(1/3)). Where a tool
tells totals only, it comes from how much the accepted runs differ from one another
(Student's t on logarithms). With fewer than four of these the noise is unknown: then a
figure beyond what is allowed asks, and one within is fine.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from devops_tui.domain.report import Change, Judgement, LoadReport, Series
from devops_tui.domain.work import LoadGate

MIN_INTERVALS = 8
MIN_RUNS = 4
MAX_RUNS = 10
_RESAMPLES = 2000
_TAIL = 0.025
_FLOOR_MS = 0.1  # below that a ratio of times says nothing

# Student's t, 97.5 %, by degrees of freedom
_T = {3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}

_TIMES = ("mean_ms", "p95_ms", "p99_ms")
_FIGURES = ("tps", *_TIMES, "error_ratio")
_NOTHING = (0.0, 0.0, 0.0, 0.0, 0.0)

Sums = tuple[float, float, float, float, float]
Values = Mapping[str, float]


def compare(
    now: LoadReport, accepted: Sequence[LoadReport], gate: LoadGate
) -> tuple[str, tuple[Change, ...]]:
    """How the noise was estimated, and each figure's change since `accepted[0]`.

    `accepted` are those of accepted releases, newest first, at least one. The same input
    gives the same answer. Takes some tenths of a second.
    """
    before = accepted[0]
    old, new = _cut(before.series), _cut(now.series)
    if old is not None and new is not None:
        told = f"{len(old.rows)} and {len(new.rows)} intervals, block bootstrap, 95 %"
        return told, _from_series(old, new, gate)
    runs = accepted[:MAX_RUNS]
    if len(runs) >= MIN_RUNS:
        return f"how {len(runs)} accepted runs differ, 95 %", _from_runs(runs, now, gate)
    told = f"the noise is unknown: {len(runs)} of {MIN_RUNS} accepted runs to tell it from"
    return told, _from_runs(runs, now, gate)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The intervals of a series as sums: requests, errors, and times weighted by requests."""

    rows: tuple[Sums, ...]
    width_s: float


def _cut(series: Series | None) -> _Rows | None:
    """Without the first and last interval, in which load begins and ends; None when short."""
    if series is None or len(series.requests) < MIN_INTERVALS + 2:
        return None
    columns = zip(
        series.requests,
        series.errors,
        series.mean_ms,
        series.p95_ms,
        series.p99_ms,
        strict=True,
    )
    rows = tuple((float(n), float(e), n * m, n * p, n * q) for n, e, m, p, q in columns)[1:-1]
    return _Rows(rows, series.width_s) if sum(row[0] for row in rows) else None


def _from_series(old: _Rows, new: _Rows, gate: LoadGate) -> tuple[Change, ...]:
    before, now = _values(old.rows, old.width_s), _values(new.rows, new.width_s)
    random = Random(0)  # noqa: S311 - the same results must give the same verdict
    drawn = list(zip(_resampled(old, random), _resampled(new, random), strict=True))
    changes: list[Change] = []
    for figure, allowed in _asked(gate, before, now):
        spread = sorted(_worse_by(figure, a, b) for a, b in drawn if figure in a and figure in b)
        if spread:
            low = spread[int(_TAIL * len(spread))]
            high = spread[math.ceil((1.0 - _TAIL) * len(spread)) - 1]
            changes.append(_change(figure, before, now, allowed, (low, high)))
    return tuple(changes)


def _resampled(of: _Rows, random: Random) -> list[Values]:
    count = len(of.rows)
    length = max(1, round(count ** (1 / 3)))
    blocks = [
        _added([of.rows[(start + i) % count] for i in range(length)]) for start in range(count)
    ]
    draws = math.ceil(count / length)
    width_s = of.width_s * length
    return [_values(random.choices(blocks, k=draws), width_s) for _ in range(_RESAMPLES)]


def _added(rows: Sequence[Sums]) -> Sums:
    requests, errors, mean, p95, p99 = (math.fsum(column) for column in zip(*rows, strict=True))
    return requests, errors, mean, p95, p99


def _values(rows: Sequence[Sums], width_s: float) -> Values:
    requests, errors, mean, p95, p99 = _added(rows) if rows else _NOTHING
    if not requests:
        return {"tps": 0.0}
    return {
        "tps": (requests - errors) / (width_s * len(rows)),
        "mean_ms": mean / requests,
        "p95_ms": p95 / requests,
        "p99_ms": p99 / requests,
        "error_ratio": errors / requests,
    }


def _from_runs(runs: Sequence[LoadReport], now: LoadReport, gate: LoadGate) -> tuple[Change, ...]:
    before, after = _known(runs[0]), _known(now)
    changes: list[Change] = []
    for figure, allowed in _asked(gate, before, after):
        past = [known[figure] for known in map(_known, runs) if figure in known]
        half = _half_width(figure, past)
        around: tuple[float, float] | None = None
        if half is not None and figure == "error_ratio":
            change = _worse_by(figure, before, after)
            around = (change - half, change + half)
        elif half is not None:
            ratio = math.log(_scale(figure, after) / _scale(figure, before))
            ends = [math.exp(ratio - half), math.exp(ratio + half)]
            sign = -1.0 if figure == "tps" else 1.0
            low, high = sorted(sign * (end - 1.0) for end in ends)
            around = (low, high)
        changes.append(_change(figure, before, after, allowed, around))
    return tuple(changes)


def _half_width(figure: str, past: Sequence[float]) -> float | None:
    """Of the interval around the difference of two runs; None when there are too few."""
    if len(past) < MIN_RUNS:
        return None
    floor = _FLOOR_MS if figure in _TIMES else 1e-6
    scaled = past if figure == "error_ratio" else [math.log(max(value, floor)) for value in past]
    return _T[len(past) - 1] * statistics.stdev(scaled) * math.sqrt(2.0)


def _known(report: LoadReport) -> Values:
    return {name: float(report.figures[name]) for name in _FIGURES if name in report.figures}


def _asked(gate: LoadGate, before: Values, now: Values) -> list[tuple[str, float]]:
    """The figures that are to be compared and can be, with what is allowed."""
    found: list[tuple[str, float]] = []
    for figure in _FIGURES:
        limit = gate.max_more_errors if figure == "error_ratio" else gate.max_slower_ratio
        if limit is not None and figure in before and figure in now:
            found.append((figure, limit))
    return found


def _scale(figure: str, values: Values) -> float:
    return max(values[figure], _FLOOR_MS if figure in _TIMES else 1e-6)


def _worse_by(figure: str, before: Values, now: Values) -> float:
    if figure == "error_ratio":
        return now[figure] - before[figure]
    ratio = _scale(figure, now) / _scale(figure, before)
    return 1.0 - ratio if figure == "tps" else ratio - 1.0


def _change(
    figure: str, before: Values, now: Values, allowed: float, around: tuple[float, float] | None
) -> Change:
    worse_by = _worse_by(figure, before, now)
    if around is None:
        judgement = Judgement.UNSURE if worse_by > allowed else Judgement.FINE
    elif around[0] > allowed:
        judgement = Judgement.WORSE
    else:
        judgement = Judgement.FINE if around[1] <= allowed else Judgement.UNSURE
    low, high = (round(end, 4) for end in around) if around else (None, None)
    return Change(
        figure,
        round(before[figure], 4),
        round(now[figure], 4),
        round(worse_by, 4),
        allowed,
        judgement,
        low,
        high,
    )
