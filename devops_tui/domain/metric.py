"""Figures of a host, and how cumulative counters become rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Counters:
    """What the kernel counts since its start, as one probe record said it.

    Attributes:
        uptime_s: The remote's own monotonic clock; rates are taken over it.
        cpu: Jiffies by kind: user, nice, system, idle, iowait, irq, softirq, steal.
        disks: Name to (sectors read, sectors written, ms busy).
        nets: Name to (bytes in, bytes out).
        cores: Processors that the cpu figures cover.
        processes: Tasks that the kernel schedules, threads included; in the scope of
            a tree, its processes.
    """

    uptime_s: float
    cpu: tuple[int, ...]
    cores: int
    mem_total_kb: int
    mem_available_kb: int
    swap_total_kb: int = 0
    swap_free_kb: int = 0
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)
    processes: int = 0
    disks: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    nets: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    pressure_us: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures of one interval; ratios are 0 to 1, None where the host does not say."""

    uptime_s: float
    cpu_ratio: float
    mem_ratio: float
    load_1m: float
    cores: int
    iowait_ratio: float | None = None
    steal_ratio: float | None = None
    swap_ratio: float | None = None
    mem_total_bytes: int = 0
    disk_read_bytes_s: float | None = None
    disk_write_bytes_s: float | None = None
    disk_busy_ratio: float | None = None
    net_in_bytes_s: float | None = None
    net_out_bytes_s: float | None = None
    pressure_cpu_ratio: float | None = None
    pressure_mem_ratio: float | None = None
    pressure_io_ratio: float | None = None
    processes: int = 0
    disk_used_ratio: float | None = None  # fullest local file system
    disk_used_mount: str = ""
    inode_used_ratio: float | None = None
    disk_hours_left: float | None = None  # of the file system that is full first
    failed_units: float | None = None
    oom_kills: float | None = None  # in the last hour
    reboot_required: float | None = None  # 0 or 1
    clock_offset_s: float | None = None
    cert_days: float | None = None  # until the next certificate ends
    containers_down: float | None = None
    worst_check: float | None = None  # 0 ok, 1 warning, 2 critical, 3 unknown
    temperature_c: float | None = None  # of the hottest sensor or graphics processor
    gpu_used_ratio: float | None = None  # of the busiest one
    updates: float | None = None  # packages that are older than the host's own lists say
    security_updates: float | None = None
    worst_database: float | None = None  # as worst_check


SHORTEST_S = 0.1  # below it a jiffy more or less is ten per cent
_SECTOR_BYTES = 512
_KINDS = 8
_IDLE, _IOWAIT, _STEAL = 3, 4, 7


def sample_between(before: Counters, after: Counters) -> Sample | None:
    """The figures of the interval between two records of one session.

    Returns None when no honest figure exists: the host restarted, what its processors
    did ran backwards, or less than SHORTEST_S passed. A disk or an interface that
    began anew or wrapped leaves the figures of its kind out, for this interval.
    """
    elapsed_s = after.uptime_s - before.uptime_s
    if not elapsed_s >= SHORTEST_S or not len(before.cpu) == len(after.cpu) == _KINDS:
        return None
    delta = [b - a for a, b in zip(before.cpu, after.cpu, strict=True)]
    if min(delta[:_IDLE]) < 0:
        return None
    # The kernel itself says that idle and iowait may run back a little: then they are 0.
    delta = [max(0, d) for d in delta]
    total = sum(delta)
    if total == 0:
        return None
    idle = delta[_IDLE] + delta[_IOWAIT]
    return Sample(
        uptime_s=after.uptime_s,
        cpu_ratio=_clamp(1.0 - idle / total),
        iowait_ratio=delta[_IOWAIT] / total,
        steal_ratio=delta[_STEAL] / total,
        mem_ratio=_share_used(after.mem_total_kb, after.mem_available_kb) or 0.0,
        swap_ratio=_share_used(after.swap_total_kb, after.swap_free_kb),
        mem_total_bytes=after.mem_total_kb * 1024,
        load_1m=after.load[0],
        cores=after.cores,
        processes=after.processes,
        **_disk_rates(before, after, elapsed_s),
        **_net_rates(before, after, elapsed_s),
        **_pressure(before, after, elapsed_s),
    )


def _clamp(ratio: float) -> float:
    return min(1.0, max(0.0, ratio))


def _share_used(total: int, free: int) -> float | None:
    return _clamp(1.0 - free / total) if total > 0 else None


def _grown(
    before: Mapping[str, tuple[int, ...]], after: Mapping[str, tuple[int, ...]]
) -> list[list[int]] | None:
    """What each device counted since; None when one ran backwards or none is comparable.

    A sum that misses one device for an interval would look like a pause that never was.
    """
    grown = []
    for name, now in after.items():
        past = before.get(name)
        if past is None:
            continue
        delta = [n - p for n, p in zip(now, past, strict=True)]
        if min(delta) < 0:
            return None
        grown.append(delta)
    return grown or None


def _disk_rates(before: Counters, after: Counters, elapsed_s: float) -> dict[str, Any]:
    grown = _grown(before.disks, after.disks)
    if grown is None:
        return {}
    return {
        "disk_read_bytes_s": sum(d[0] for d in grown) * _SECTOR_BYTES / elapsed_s,
        "disk_write_bytes_s": sum(d[1] for d in grown) * _SECTOR_BYTES / elapsed_s,
        "disk_busy_ratio": _clamp(max(d[2] for d in grown) / 1000 / elapsed_s),
    }


def _net_rates(before: Counters, after: Counters, elapsed_s: float) -> dict[str, Any]:
    grown = _grown(before.nets, {k: v for k, v in after.nets.items() if k != "lo"})
    if grown is None:
        return {}
    return {
        "net_in_bytes_s": sum(d[0] for d in grown) / elapsed_s,
        "net_out_bytes_s": sum(d[1] for d in grown) / elapsed_s,
    }


def _pressure(before: Counters, after: Counters, elapsed_s: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ("cpu", "mem", "io"):
        past, now = before.pressure_us.get(kind), after.pressure_us.get(kind)
        if past is not None and now is not None and now >= past:
            found[f"pressure_{kind}_ratio"] = _clamp((now - past) / 1e6 / elapsed_s)
    return found
