"""k6's summary: the JSON of `--summary-export`, and what `handleSummary` is given.

The export has the values of a metric in the metric itself, handleSummary below `values`.
In `http_req_failed` the passes are the requests that failed.

Source: Grafana k6 documentation, "Results output", "End of test".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.event import Json
from devops_tui.domain.report import LoadFormat, LoadReport

MAX_BYTES = 16 << 20

_TIMES = (
    ("mean_ms", "avg"),
    ("p50_ms", "med"),
    ("p95_ms", "p(95)"),
    ("p99_ms", "p(99)"),
    ("max_ms", "max"),
)


def parse(stream: BinaryIO, file: str) -> LoadReport:
    """The figures of a summary; p99 only when `--summary-trend-stats` asks k6 for it.

    Raises:
        BadReport: It is not JSON, or not a summary.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadReport(file, 1, f"larger than {MAX_BYTES >> 20} MiB")
    try:
        summary = json.loads(data)
    except json.JSONDecodeError as error:
        raise BadReport(file, error.lineno, f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # not UTF-8, a huge number, nested too deep
        raise BadReport(file, 1, "not JSON") from None
    metrics = summary.get("metrics") if isinstance(summary, dict) else None
    if not isinstance(metrics, dict):
        raise BadReport(file, 1, "not a summary of k6: it has no metrics")
    is_http = bool(_values(metrics, "http_reqs"))
    total = _values(metrics, "http_reqs" if is_http else "iterations")
    times = _values(metrics, "http_req_duration" if is_http else "iteration_duration")
    rate, count = _number(total.get("rate")), _number(total.get("count"))
    if rate is None or count is None or not times:
        raise BadReport(file, 1, "not a summary of k6: no rate and times of requests")
    figures: dict[str, Json] = {"requests": int(count)}
    for name, key in _TIMES:
        value = _number(times.get(key))
        if value is not None:
            figures[name] = round(value, 3)
    ratio = _failed_ratio(metrics, is_http)
    if ratio is not None:
        figures["errors"] = round(ratio * count)
        figures["error_ratio"] = round(ratio, 6)
    figures["tps"] = round(rate * (1.0 - (ratio or 0.0)), 1)
    return LoadReport(LoadFormat.K6.value, figures)


def _failed_ratio(metrics: Mapping[str, Json], is_http: bool) -> float | None:
    """The share that failed: of the requests, or of the checks where there are none."""
    values = _values(metrics, "http_req_failed" if is_http else "checks")
    ratio = _number(values.get("rate", values.get("value")))
    if ratio is None or ratio > 1.0:
        return None
    return ratio if is_http else 1.0 - ratio


def _values(metrics: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    metric = metrics.get(name)
    if not isinstance(metric, dict):
        return {}
    values = metric.get("values", metric)
    return values if isinstance(values, dict) else {}


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < 1e15 or not math.isfinite(value):
        return None
    return float(value)
