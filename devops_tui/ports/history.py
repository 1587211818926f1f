"""Figures of hosts over time: written by the collector, read by screens of the same machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.history import Block, HistoryKeep, HostHistory
from devops_tui.domain.ids import HostName


class HistoryWriter(Protocol):
    """Belongs to the thread that opened it; a power cut costs the last minute, never a file."""

    def save_blocks(self, blocks: Sequence[Block]) -> None:
        """Keeps minutes of samples; durable together.

        Raises:
            StoreError: Nothing was written; a retry can help.
        """
        ...

    def roll_up(self, now: datetime, limit: int = 4) -> int:
        """Makes roll-ups of so many hours of hosts that are over; 0 when none is left."""
        ...

    def prune(self, now: datetime, keep: HistoryKeep) -> int:
        """Removes what is older than its limit, in small steps; counts the rows."""
        ...

    def close(self) -> None: ...


class HistoryReader(Protocol):
    """Belongs to the thread that opened it; milliseconds."""

    def read(
        self, host: HostName, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures of a host in so many equal buckets; what was not seen is None there."""
        ...

    def close(self) -> None: ...
