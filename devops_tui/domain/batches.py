"""In which order the hosts of a job have their turn, and how many of them may fail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.ids import HostName

_ROUNDING = 1e-9  # 29 % of 100 hosts are 29, whatever floating point makes of it


@dataclass(frozen=True, slots=True)
class HostCount:
    """A number of hosts: a fixed one, or a share of all hosts of the job.

    Attributes:
        count: The number, when `ratio` is 0.
        ratio: The share, 0 to 1.
    """

    count: int = 0
    ratio: float = 0.0

    def as_batch(self, total: int) -> int:
        """How many hosts a batch of this size has: a share is rounded up; at least one."""
        return max(1, math.ceil(total * self.ratio - _ROUNDING) if self.ratio else self.count)

    def as_limit(self, total: int) -> int:
        """How many hosts are the most: a share is rounded down."""
        return math.floor(total * self.ratio + _ROUNDING) if self.ratio else self.count


def in_batches(
    hosts: Sequence[HostName], sizes: Sequence[HostCount]
) -> tuple[tuple[HostName, ...], ...]:
    """The hosts in batches, in their order; the last size repeats until all had their turn.

    Without sizes all of them are one batch.
    """
    batches: list[tuple[HostName, ...]] = []
    begin = 0
    while begin < len(hosts):
        size = sizes[min(len(batches), len(sizes) - 1)].as_batch(len(hosts)) if sizes else None
        end = len(hosts) if size is None else begin + size
        batches.append(tuple(hosts[begin:end]))
        begin = end
    return tuple(batches)
