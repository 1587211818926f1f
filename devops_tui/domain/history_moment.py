"""A host as it was at a moment of its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import BY_NAME, HostHistory, Series
from devops_tui.domain.metric import Sample

_BEFORE = 30  # buckets of the trend


def frame_at(history: HostHistory, at: datetime, now: Frame) -> Frame:
    """The frame of then: means of the bucket that the moment lies in.

    What was not kept is unknown; cores and memory are those of now. Without any figures
    of that bucket there is no sample.
    """
    index = _index(history, at)
    figures: dict[str, Any] = {}
    for name, series in history.series.items():
        bucket = series[index] if 0 <= index < len(series) else None
        figures[BY_NAME[name].field] = None if bucket is None else bucket.mean
    blank = replace(now, at=at, why="", retry_at=None, sample=None, cpu_trend=())
    if any(figures.get(field) is None for field in ("cpu_ratio", "mem_ratio", "load_1m")):
        return replace(blank, link=LinkState.STALE, why="nothing was seen of it then")
    ago_s = (now.at - at).total_seconds()
    known = now.sample
    up_s = max(0.0, known.uptime_s - ago_s) if known is not None else 0.0
    figures["processes"] = round(figures.get("processes") or 0)
    sample = Sample(
        uptime_s=up_s,
        cores=known.cores if known is not None else 0,
        mem_total_bytes=known.mem_total_bytes if known is not None else 0,
        **figures,
    )
    trend = _trend(history.series.get("cpu", ()), index)
    return replace(blank, link=LinkState.LIVE, sample=sample, cpu_trend=trend)


def _index(history: HostHistory, at: datetime) -> int:
    return int((at - history.start).total_seconds() // history.bucket_s) if history.bucket_s else -1


def _trend(series: Series, index: int) -> tuple[float, ...]:
    before = series[max(0, index - _BEFORE) : index + 1]
    return tuple(bucket.mean for bucket in before if bucket is not None)
