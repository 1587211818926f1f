"""The newest figures, which are not kept yet, put into a history that was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from devops_tui.domain.history import BY_NAME, METRICS, Block, HostHistory, Step
from devops_tui.domain.metric import Sample
from devops_tui.domain.rollup import Buckets

Seen = tuple[datetime, Sample]


def with_tail(history: HostHistory, seen: Sequence[Seen]) -> HostHistory:
    """The history with samples in those buckets that know nothing yet."""
    inside = [(at, sample) for at, sample in seen if history.start <= at < history.end]
    count = max((len(series) for series in history.series.values()), default=0)
    if not inside or not count:
        return history
    columns = [[getattr(s, metric.field) for _, s in inside] for metric in METRICS]
    numbers = {name: METRICS.index(BY_NAME[name]) for name in history.series}
    start, end = history.start.timestamp() * 1000, history.end.timestamp() * 1000
    buckets = Buckets(start, end, count, list(numbers.values()))
    times = [int(at.timestamp() * 1000) for at, _ in inside]
    buckets.add(Block(history.host, Step.SAMPLE, times, columns))
    series = {
        name: tuple(
            old if old is not None else new
            for old, new in zip(known, buckets.series(numbers[name]), strict=True)
        )
        for name, known in history.series.items()
    }
    return replace(history, series=series)
