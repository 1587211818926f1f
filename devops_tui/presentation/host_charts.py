"""The figures of a host over time: charts with an axis, and what the cursor stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.history import BY_NAME, SPANS, Bucket, HostHistory, Metric, Series, Unit
from devops_tui.presentation import units
from devops_tui.presentation.layout import beside, blank, joined, pad
from devops_tui.presentation.line import Line, Role, cut, fit, line, span
from devops_tui.presentation.plot import PER_CELL, Look, at_cell, nice_top, plot, whole
from devops_tui.presentation.rows import Row, note

SHOWN = (
    "cpu", "memory", "load", "disk", "disk_busy", "disk_read", "disk_write", "net_in", "net_out",
    "psi_cpu", "psi_mem", "psi_io",
)  # fmt: skip
"""The charts, in their order."""

_TITLES = {"psi_cpu": "pressure cpu", "psi_mem": "pressure memory", "psi_io": "pressure io"}
_WHOLE = frozenset({"cpu", "memory", "disk"})  # drawn to 100 %: hosts can be compared
_LEAST = {Unit.RATIO: 0.05, Unit.COUNT: 1.0, Unit.BYTES_S: 1024.0}
_LIMITS = {"cpu": 0.9, "memory": 0.9, "disk": 0.9}
_LABEL = 10
_TWO_COLUMNS = 120
_GAP = 2
_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class View:
    """What the operator looks at.

    Attributes:
        span: A key of SPANS.
        at: Where the cursor stands; None when the charts are live.
        rows: Lines of one chart.
    """

    span: str = "1h"
    at: datetime | None = None
    rows: int = 3


def plot_cells(width_: int) -> int:
    """Cells of one plot in a pane of that width."""
    return max(4, _column(width_) - _LABEL - 1)


def bucket_count(width_: int) -> int:
    """Buckets to ask for."""
    return plot_cells(width_) * PER_CELL


def head(history: HostHistory, view: View, now: datetime) -> Line:
    """Span, and whether it is live: what is old never looks like now."""
    spans = [line((word, "title" if word == view.span else "muted")) for word in SPANS]
    parts = [joined(spans, line(" "))]
    if view.at is not None:
        told = f"{units.time_of_day(view.at, now)}, {units.age(view.at, now)} ago"
        parts.append(line((told, "match"), (" not live", "warning")))
    elif now - history.end > timedelta(minutes=5):
        parts.append(line((f"ends {units.age(history.end, now)} ago", "stale")))
    else:
        parts.append(line(("live", "ok")))
    return joined(parts)


def charts(history: HostHistory, view: View, now: datetime, cells: int) -> list[Row]:
    """All charts below one another, or in two columns where there is room."""
    rows = [note("head", cut(head(history, view, now), cells))]
    if history.why:
        said = line(("not read back from where figures are kept: ", "warning"), history.why)
        rows.append(note("why", cut(said, cells)))
    if not history.is_whole:
        return [*rows, note("none", cut(line(("figures are being fetched…", "muted")), cells))]
    if not history.has_store:
        told = "No figures are kept on this machine; they are where the worker collects."
        return [*rows, note("none", cut(line((told, "muted")), cells))]
    if all(whole(series) is None for series in history.series.values()):
        told = f"Nothing was seen of {history.host} in this time."
        return [*rows, note("none", cut(line((told, "muted")), cells)), *_axis_row(history, cells)]
    shown = [n for n in SHOWN if whole(history.series.get(n, ())) is not None]
    made = [_chart(BY_NAME[name], history, view, _column(cells)) for name in shown]
    per = 2 if cells >= _TWO_COLUMNS else 1
    for first in range(0, len(made), per):
        for index, parts in enumerate(zip(*made[first : first + per], strict=True)):
            rows.append(note(f"{shown[first]} {index}", _abreast(parts, cells)))
    return [*rows, *_axis_row(history, cells)]


def _column(cells: int) -> int:
    return (cells - _GAP) // 2 if cells >= _TWO_COLUMNS else cells


def _abreast(parts: Sequence[Line], cells: int) -> Line:
    if len(parts) == 1:
        return cut(parts[0], cells)
    return cut((*pad(parts[0], _column(cells)), blank(_GAP), *parts[1]), cells)


def _chart(metric: Metric, history: HostHistory, view: View, cells: int) -> list[Line]:
    series = history.series[metric.name]
    room = max(4, cells - _LABEL - 1)
    top = 1.0 if metric.name in _WHOLE else _top(metric, series)
    cursor = cursor_cell(history, view.at, room)
    title = line((f"{_TITLES.get(metric.name, metric.name.replace('_', ' '))}", "title"))
    found = plot(series, room, view.rows, Look(top, _role(metric, series), cursor))
    lines = [beside(title, _told(metric, series, cursor), cells)]
    for index, drawn in enumerate(found):
        label = figure(metric, top) if index == 0 else "0" if index == len(found) - 1 else ""
        edge = "┤" if label else "│"
        lines.append((span(fit(label, _LABEL, "right") + edge, "muted"), *drawn))
    return lines


def _top(metric: Metric, series: Series) -> float:
    top = nice_top(series, _LEAST[metric.unit], 1024.0 if metric.unit is Unit.BYTES_S else 10.0)
    return min(1.0, top) if metric.unit is Unit.RATIO else top


def _role(metric: Metric, series: Series) -> Role:
    limit = _LIMITS.get(metric.name)
    last = next((b for b in reversed(series) if b is not None), None)
    return "warning" if limit and last is not None and last.mean >= limit else "running"


def _told(metric: Metric, series: Series, cursor: int) -> Line:
    if cursor >= 0:
        found = at_cell(series, cursor)
        if found is None:
            return line(("nothing seen then", "stale"))
        return line(_range(metric, found))
    found = whole(series)
    if found is None:
        return ()
    return line(
        ("mean ", "muted"), figure(metric, found.mean),
        ("  peak ", "muted"), figure(metric, found.highest),
    )  # fmt: skip


def _range(metric: Metric, bucket: Bucket) -> str:
    mean = figure(metric, bucket.mean)
    low, high = figure(metric, bucket.lowest), figure(metric, bucket.highest)
    return mean if low == high else f"{mean} ({low} to {high})"


def figure(metric: Metric, value: float) -> str:
    """A value with its unit."""
    if metric.unit is Unit.RATIO:
        return units.percent(value, 0 if value >= 0.0995 or value == 0 else 1)
    if metric.unit is Unit.BYTES_S:
        return units.rate(value)
    return units.plain(value, 0 if value >= 100 else 2)


def cursor_cell(history: HostHistory, at: datetime | None, cells: int) -> int:
    """The cell that a moment lies in; -1 outside of the span, and for none."""
    whole_s = (history.end - history.start).total_seconds()
    if at is None or whole_s <= 0:
        return -1
    place = int((at - history.start).total_seconds() / whole_s * cells)
    return place if 0 <= place < cells else -1


def _axis_row(history: HostHistory, cells: int) -> list[Row]:
    room = max(4, _column(cells) - _LABEL - 1)
    told = axis(history.start, history.end, room)
    whole_line: Line = (blank(_LABEL + 1), *told)
    if cells >= _TWO_COLUMNS:
        whole_line = _abreast((whole_line, whole_line), cells)
    return [note("axis", cut(whole_line, cells))]


def axis(start: datetime, end: datetime, cells: int) -> Line:
    """Times in the zone of `end`, each beginning below its own place."""
    span_s = (end - start).total_seconds()
    form = "%H:%M:%S" if span_s <= 600 else "%H:%M" if span_s <= _DAY_S else "%m-%d %H:%M"
    text = ""
    ticks = max(2, min(6, cells // 16))
    for n in range(ticks):
        place = n * cells // ticks
        at = start + timedelta(seconds=span_s * place / cells)
        text = text.ljust(place) + f"╵{at:{form}} "
    return cut(line((text.rstrip(), "muted")), cells)
