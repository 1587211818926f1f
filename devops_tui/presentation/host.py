"""What is wrong with a host, in words, worst first; one place for the thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.metric import Sample
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import HURT, LINKS, STALE, Mark

STALE_AFTER_S = 10.0
"""A frame older than this is stale, whatever the collector said when it wrote it."""

CPU_HIGH, MEM_HIGH, DISK_HIGH, SWAP_HIGH = 0.90, 0.92, 0.90, 0.50
IOWAIT_HIGH, BUSY_HIGH, PRESSURE_HIGH, STEAL_HIGH = 0.25, 0.95, 0.40, 0.20
LOAD_PER_CORE_HIGH = 2.0

_GONE = frozenset(
    {
        LinkState.UNREACHABLE,
        LinkState.KEY_UNKNOWN,
        LinkState.KEY_CHANGED,
        LinkState.LOGIN_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a host is.

    Attributes:
        mark: Its state.
        why: What is wrong, worst first, untrusted; empty when nothing is.
        rank: 0 gone, 1 hurt, 2 stale, 3 not known yet, 4 well: the order of a list that
            shows what is wrong first.
        age_s: Age of figures that are stale, as roughly as it is told (`units.rough_age_s`),
            else 0: two conditions that are equal are drawn alike.
    """

    mark: Mark
    why: str
    rank: int
    age_s: float

    @property
    def is_stale(self) -> bool:
        """Whether the figures must not be read as live."""
        return self.rank in (0, 2)


def condition(frame: Frame, now: datetime) -> Condition:
    """How the host of a frame is at `now`."""
    age_s = max(0.0, (now - frame.at).total_seconds())
    if frame.link in _GONE:
        return Condition(LINKS[frame.link], _gone(frame, now), 0, 0.0)
    if frame.link is LinkState.STALE or (frame.sample is not None and age_s > STALE_AFTER_S):
        why = _gone(frame, now) or "no news"
        return Condition(STALE, why, 2, units.rough_age_s(age_s))
    if frame.sample is None:
        return Condition(LINKS[LinkState.CONNECTING], _gone(frame, now), 3, 0.0)
    wrong = complaints(frame.sample)
    if wrong:
        return Condition(HURT, ", ".join(wrong), 1, 0.0)
    return Condition(LINKS[LinkState.LIVE], "", 4, 0.0)


def complaints(sample: Sample) -> tuple[str, ...]:
    """Which figures are too high, each with its value."""
    wrong: list[str] = []
    for name, value, limit in (
        ("disk", sample.disk_used_ratio, DISK_HIGH),
        ("mem", sample.mem_ratio, MEM_HIGH),
        ("cpu", sample.cpu_ratio, CPU_HIGH),
        ("io wait", sample.iowait_ratio, IOWAIT_HIGH),
        ("disk busy", sample.disk_busy_ratio, BUSY_HIGH),
        ("swap", sample.swap_ratio, SWAP_HIGH),
        ("steal", sample.steal_ratio, STEAL_HIGH),
        ("mem pressure", sample.pressure_mem_ratio, PRESSURE_HIGH),
        ("io pressure", sample.pressure_io_ratio, PRESSURE_HIGH),
        ("cpu pressure", sample.pressure_cpu_ratio, PRESSURE_HIGH),
    ):
        if value is not None and value >= limit:
            wrong.append(f"{name} {units.percent(value)}")
    if sample.cores > 0 and sample.load_1m >= LOAD_PER_CORE_HIGH * sample.cores:
        wrong.append(f"load {units.plain(sample.load_1m)} on {units.plural(sample.cores, 'core')}")
    return tuple(wrong)


def _gone(frame: Frame, now: datetime) -> str:
    parts = [frame.why] if frame.why else []
    if frame.retry_at is not None:
        left = (frame.retry_at - now).total_seconds()
        parts.append(f"retry in {units.duration(math.ceil(left))}" if left > 0 else "retrying")
    return ", ".join(parts)
