"""Everything that is known of one host."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.fleet import Frame, Host
from devops_tui.domain.metric import Sample
from devops_tui.presentation import units
from devops_tui.presentation.fleet import high
from devops_tui.presentation.glyphs import SILENT
from devops_tui.presentation.host import (
    BUSY_HIGH,
    CPU_HIGH,
    DISK_HIGH,
    IOWAIT_HIGH,
    MEM_HIGH,
    PRESSURE_HIGH,
    STEAL_HIGH,
    SWAP_HIGH,
    Condition,
    condition,
)
from devops_tui.presentation.layout import blank, joined, rule
from devops_tui.presentation.line import Line, Role, cut, fit, line, span
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.sparkline import bar, sparkline


def detail(
    frame: Frame, host: Host | None, now: datetime, width: int, quiet: str = ""
) -> list[Row]:
    """Everything that is known of one host; `quiet` says until when its alerts are."""
    how = condition(frame, now)
    head: list[Line] = [line((frame.host, "title")), (how.mark.full,)]
    if how.is_stale:
        head.append(line((f"figures are {units.age(frame.at, now)} old", "stale")))
    rows = [note("head", cut(joined(head), width))]
    if how.why:
        rows.append(note("why", cut(line(("  ", "text"), (how.why, how.mark.role)), width)))
    if quiet:
        rows.append(note("quiet", cut(line((f"  {SILENT} quiet ", "waits"), quiet), width)))
    if host is not None:
        rows.append(note("where", cut(_where(host), width)))
    rows.append(note("gap", ()))
    if frame.sample is None:
        rows.append(note("none", cut(line(("No figures yet.", "lost")), width)))
        return rows
    rows.extend(_bars(frame, frame.sample, how, width))
    rows.append(note("rule", rule(line(("flow", "title")), width)))
    rows.extend(_flow(frame.sample, width))
    return rows


def _where(host: Host) -> Line:
    if host.is_local:
        return line(("  this machine, no SSH", "muted"))
    parts = [host.address or "as ~/.ssh/config says"]
    if host.port:
        parts.append(f"port {host.port}")
    if host.user:
        parts.append(f"as {host.user}")
    if host.via:
        parts.append(f"via {host.via}")
    if host.groups:
        parts.append("in " + ", ".join(host.groups))
    return line((f"  {' · '.join(parts)}", "muted"))


def _bars(frame: Frame, sample: Sample, how: Condition, width: int) -> list[Row]:
    old: Role | None = "stale" if how.is_stale else None
    cells = max(4, min(40, width - 36))
    rows = []
    trend = sparkline(frame.cpu_trend, max(4, min(len(frame.cpu_trend), width - 16)))
    rows.append(
        _figure("cpu trend", (span(trend, old or high(sample.cpu_ratio, CPU_HIGH)),), width)
    )
    memory = f"of {units.size(sample.mem_total_bytes)}" if sample.mem_total_bytes > 0 else ""
    for name, ratio, limit, more in (
        ("cpu", sample.cpu_ratio, CPU_HIGH, f"of {units.plural(sample.cores, 'core')}"),
        ("memory", sample.mem_ratio, MEM_HIGH, memory),
        ("swap", sample.swap_ratio, SWAP_HIGH, ""),
        ("disk used", sample.disk_used_ratio, DISK_HIGH, sample.disk_used_mount),
        ("disk busy", sample.disk_busy_ratio, BUSY_HIGH, ""),
        ("io wait", sample.iowait_ratio, IOWAIT_HIGH, ""),
        ("steal", sample.steal_ratio, STEAL_HIGH, ""),
        ("psi cpu", sample.pressure_cpu_ratio, PRESSURE_HIGH, ""),
        ("psi mem", sample.pressure_mem_ratio, PRESSURE_HIGH, ""),
        ("psi io", sample.pressure_io_ratio, PRESSURE_HIGH, ""),
    ):
        role = old or high(ratio, limit)
        told = units.percent(ratio) if ratio is not None else "unknown"
        parts = (
            span(f"{fit(told, 7, 'right')} ", role),
            span(bar(ratio, cells) if ratio is not None else "", role),
            span(f" {more}", "muted"),
        )
        rows.append(_figure(name, parts, width))
    return rows


def _flow(sample: Sample, width: int) -> list[Row]:
    cores = units.plural(sample.cores, "core")
    return [
        _figure(name, line(shown), width)
        for name, shown in (
            ("load", f"{units.plain(sample.load_1m, 2)} on {cores}"),
            ("net in", units.rate(sample.net_in_bytes_s)),
            ("net out", units.rate(sample.net_out_bytes_s)),
            ("disk read", units.rate(sample.disk_read_bytes_s)),
            ("disk write", units.rate(sample.disk_write_bytes_s)),
            ("processes", f"{sample.processes:,}" if sample.processes else units.UNKNOWN),
            ("up", units.duration(sample.uptime_s)),
        )
    ]


def _figure(name: str, shown: Line, width: int) -> Row:
    return note(name, cut((span(fit(f"  {name}", 13), "muted"), blank(1), *shown), width))
