"""What a screen or a command may ask about figures over time; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.history import HostHistory


class HistoryFront(Protocol):
    """Calls are synchronous, short, and belong to one thread; all may raise DevopsError."""

    def host_history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures of a host in so many equal buckets; milliseconds.

        Where another machine collects, nothing is known here: `has_store` is False then.
        """
        ...

    def fleet_history(
        self, hosts: Sequence[str], metrics: Sequence[str], start: datetime, end: datetime
    ) -> Sequence[HostHistory]:
        """The same of many hosts in one bucket each, in that order; below a millisecond a host.

        Always of the figures that are kept on this machine, wherever charts are read from.
        """
        ...
