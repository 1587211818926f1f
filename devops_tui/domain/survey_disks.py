"""How full the file systems of a host are, and when they will be, at the pace of late."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.file_system import file_systems
from devops_tui.domain.survey import Level, Reading

WARN_RATIO, CRITICAL_RATIO = 0.90, 0.97
_INODES = b"#inodes"
_WINDOW = timedelta(hours=1)
_LEAST = timedelta(minutes=10)
_FURTHEST_H = 24.0 * 90


def read_disks(output: bytes) -> tuple[Reading, ...]:
    """A reading for each file system of the host's own, the fullest first."""
    blocks, _, inodes = output.partition(_INODES)
    inode_ratios = {found.mount: found.used_ratio for found in file_systems(inodes)}
    readings = []
    for found in file_systems(blocks):
        figures = {
            "used_ratio": found.used_ratio,
            "size_bytes": float(found.size_bytes),
            "free_bytes": float(found.free_bytes),
        }
        if found.mount in inode_ratios:
            figures["inodes_ratio"] = inode_ratios[found.mount]
        worst = max(found.used_ratio, figures.get("inodes_ratio", 0.0))
        readings.append(Reading(found.mount, level=_level(worst), figures=figures))
    return tuple(sorted(readings, key=lambda r: (-r.figures["used_ratio"], r.name)))


class DiskTrend:
    """When file systems will be full if they go on filling as in the last hour."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[datetime, float]]] = {}

    def take(self, readings: Sequence[Reading], at: datetime) -> tuple[Reading, ...]:
        """The same readings, with "left_hours" where a file system fills."""
        return tuple(self._with_end(reading, at) for reading in readings)

    def _with_end(self, reading: Reading, at: datetime) -> Reading:
        free = reading.figures.get("free_bytes")
        if free is None:
            return reading
        seen = self._seen.setdefault(reading.name, deque())
        if seen and not seen[-1][0] < at:
            seen.clear()  # the clock jumped back: nothing before is comparable
        seen.append((at, free))
        while at - seen[0][0] > _WINDOW:
            seen.popleft()
        began, free_then = seen[0]
        if at - began < _LEAST or free_then <= free:
            return reading
        hours = (at - began).total_seconds() / 3600
        left = free / ((free_then - free) / hours)
        if left > _FURTHEST_H:
            return reading
        return replace(reading, figures={**reading.figures, "left_hours": left})


def _level(ratio: float) -> Level:
    if ratio >= CRITICAL_RATIO:
        return Level.CRITICAL
    return Level.WARNING if ratio >= WARN_RATIO else Level.OK
