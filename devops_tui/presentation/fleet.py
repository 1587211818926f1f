"""Hosts as a table: one row each, what is wrong first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from devops_tui.domain.fleet import Frame
from devops_tui.domain.metric import Sample
from devops_tui.presentation import units
from devops_tui.presentation.fleet_columns import MORE, chosen
from devops_tui.presentation.glyphs import SILENT
from devops_tui.presentation.host import (
    CPU_HIGH,
    DISK_HIGH,
    IOWAIT_HIGH,
    LOAD_PER_CORE_HIGH,
    MEM_HIGH,
    PRESSURE_HIGH,
    Condition,
    condition,
)
from devops_tui.presentation.layout import Field, Grid, Part, joined
from devops_tui.presentation.line import Line, Role, line, span
from devops_tui.presentation.rows import Row
from devops_tui.presentation.sparkline import sparkline

FIELDS = (
    Field("name", "host", 14, keep=0),
    Field("state", "state", 13, keep=2),
    Field("trend", "", 10, keep=6),
    Field("cpu", "cpu", 5, keep=1, align="right"),
    Field("mem", "mem", 5, keep=3, align="right"),
    Field("load", "load", 6, keep=5, align="right"),
    Field("disk", "disk", 5, keep=5, align="right"),
    Field("io", "io", 5, keep=7, align="right"),
    Field("psi", "psi", 5, keep=8, align="right"),
    Field("net", "net in", 10, keep=9, align="right"),
    Field("out", "net out", 10, keep=10, align="right"),
    Field("read", "read", 10, keep=11, align="right"),
    Field("write", "write", 10, keep=11, align="right"),
    Field("why", "", 24, keep=4, grows=True),
)
"""Columns of the fleet's table; `psi` is the worst pressure of cpu, memory and io."""

HOME_FIELDS = (
    Field("name", "  host", 14, keep=0),
    Field("trend", "", 8, keep=3),
    Field("cpu", "cpu", 5, keep=1, align="right"),
    Field("mem", "mem", 5, keep=4, align="right"),
    Field("load", "load", 6, keep=5, align="right"),
    Field("disk", "disk", 5, keep=6, align="right"),
    Field("why", "", 14, keep=2, grows=True),
)
"""Columns of Home's pane; the state's glyph stands before the name, its word in `why`."""

SORTS: Mapping[str, Callable[[Sample], float | None]] = {
    "cpu": lambda s: s.cpu_ratio,
    "mem": lambda s: s.mem_ratio,
    "load": lambda s: s.load_1m,
    "disk": lambda s: s.disk_used_ratio,
    "io": lambda s: s.iowait_ratio,
    "net": lambda s: s.net_in_bytes_s,
    "psi": lambda s: worst_pressure(s),
}
"""What a column sorts by; highest first."""


_RANKS: tuple[tuple[int, str, str, Role], ...] = (
    (0, "✕", "out of reach", "failed"),
    (1, "✕", "hurt", "failed"),
    (2, "~", "stale", "stale"),
    (3, "○", "connecting", "muted"),
)


def worst_pressure(sample: Sample) -> float | None:
    """The highest of the three pressure ratios that the host tells, or None."""
    told = [
        r
        for r in (sample.pressure_cpu_ratio, sample.pressure_mem_ratio, sample.pressure_io_ratio)
        if r is not None
    ]
    return max(told, default=None)


def grid(width: int, names: Sequence[str] = ()) -> Grid:
    """The columns for one width, those that were chosen; make it once, use it for all rows."""
    return Grid(chosen(names, FIELDS), width)


def home_grid(width: int) -> Grid:
    """The columns of Home's pane."""
    return Grid(HOME_FIELDS, width)


def row(
    frame: Frame, columns: Grid, now: datetime, how: Condition | None = None, quiet: str = ""
) -> Row:
    """One host; old figures are drawn as stale, unknown ones as "?".

    `how` is its condition at `now`, where that is known already; `quiet` the word for what
    keeps its alerts from opening incidents.
    """
    how = how or condition(frame, now)
    has_state = columns.has("state")
    name: Role = "muted" if how.rank == 3 else "accent"
    cells: dict[str, Part] = {
        "name": (frame.host, name) if has_state else line(how.mark.short, " ", (frame.host, name)),
        "state": _state(how),
        "why": _why(how.why if has_state else _in_words(how), how, quiet),
    }
    if frame.sample is not None:
        cells.update(_figures(frame, frame.sample, how, columns.room("trend")))
        role: Role = "stale" if how.is_stale else "text"
        for column, (_, shown) in MORE.items():
            if columns.has(column):
                cells[column] = (shown(frame.sample), role)
    else:
        cells.update(dict.fromkeys(("cpu", "mem", "load", "disk"), ("?", "lost")))
    return Row(frame.host, columns.row(cells))


def _why(words: str, how: Condition, quiet: str) -> Line:
    """What is wrong, after the word for what keeps it quiet."""
    mark = (span(f"{SILENT} {quiet}", "waits"),) if quiet else ()
    return joined([mark, line((words, how.mark.role)) if words else ()])


def _state(how: Condition) -> Line:
    if how.rank == 2:
        return (span(f"~ {units.duration(how.age_s)} old", "stale"),)
    return (how.mark.full,)


def _in_words(how: Condition) -> str:
    if how.rank == 1:
        return how.why
    word = "ok" if how.rank == 4 else how.mark.word
    if how.rank == 2:
        word = f"{units.duration(how.age_s)} stale"
    return f"{word}, {how.why}" if how.why else word


def _figures(frame: Frame, sample: Sample, how: Condition, trend: int) -> dict[str, Part]:
    old: Role | None = "stale" if how.is_stale else None
    per_core = sample.load_1m / sample.cores if sample.cores > 0 else None
    cells: dict[str, Part] = {
        "trend": (sparkline(frame.cpu_trend, trend), old or high(sample.cpu_ratio, CPU_HIGH)),
        "load": (units.plain(sample.load_1m), old or high(per_core, LOAD_PER_CORE_HIGH)),
        "net": (units.rate(sample.net_in_bytes_s), old or "muted"),
        "out": (units.rate(sample.net_out_bytes_s), old or "muted"),
        "read": (units.rate(sample.disk_read_bytes_s), old or "muted"),
        "write": (units.rate(sample.disk_write_bytes_s), old or "muted"),
    }
    for name, ratio, limit in (
        ("cpu", sample.cpu_ratio, CPU_HIGH),
        ("mem", sample.mem_ratio, MEM_HIGH),
        ("disk", sample.disk_used_ratio, DISK_HIGH),
        ("io", sample.iowait_ratio, IOWAIT_HIGH),
        ("psi", worst_pressure(sample), PRESSURE_HIGH),
    ):
        cells[name] = (units.percent(ratio), old or high(ratio, limit))
    return cells


def high(value: float | None, limit: float) -> Role:
    """How a figure is drawn beside the limit at which it hurts."""
    if value is None:
        return "lost"
    return "failed" if value >= limit else "warning" if value >= 0.8 * limit else "text"


def worst_first(frames: Iterable[Frame], now: datetime) -> list[Frame]:
    """Hosts that are wrong before those that are well; else the given order."""
    return sorted(frames, key=lambda f: condition(f, now).rank)


def conditions(frames: Iterable[Frame], now: datetime) -> dict[str, Condition]:
    """How each host is at one moment, for all who ask about many hosts then."""
    return {frame.host: condition(frame, now) for frame in frames}


def order(
    frames: Iterable[Frame], by: str, how: Mapping[str, Condition], is_reversed: bool
) -> list[Frame]:
    """Hosts by a column: "state", "name", or a key of SORTS, highest first.

    What is unknown comes last in either direction.
    """
    listed = list(frames)
    if by == "state":
        listed.sort(key=lambda f: how[f.host].rank, reverse=is_reversed)
    elif by == "name":
        listed.sort(key=lambda f: f.host, reverse=is_reversed)
    elif by in SORTS:
        told: list[tuple[float, Frame]] = []
        silent: list[Frame] = []
        for frame in listed:
            value = SORTS[by](frame.sample) if frame.sample is not None else None
            if value is None:
                silent.append(frame)
            else:
                told.append((value, frame))
        told.sort(key=lambda pair: pair[0], reverse=not is_reversed)
        listed = [frame for _, frame in told] + silent
    return listed


def summary(how: Mapping[str, Condition]) -> Line:
    """Counts by state: "214 hosts · 2 hurt · 1 stale"."""
    ranks = [each.rank for each in how.values()]
    parts: list[Line] = [line((units.plural(len(ranks), "host"), "text"))]
    for rank, glyph, word, role in _RANKS:
        if count := ranks.count(rank):
            parts.append(line((f"{glyph} {count:,} {word}", role)))
    if ranks and all(r == 4 for r in ranks):
        parts.append(line(("● all ok", "ok")))
    return joined(parts)
