"""The part of an operator's session that is about figures over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.stores import open_history
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import HostName
from devops_tui.ports.history import HistoryReader


class HistorySession:
    """Implements ports.front_history.HistoryFront; base of Session."""

    _paths: WorkspacePaths
    _kept_figures: HistoryReader | None = None

    def host_history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures of a host in so many equal buckets."""
        if self._kept_figures is None:
            if not self._paths.history.exists():  # nobody collects here, or not yet
                return HostHistory(HostName(host), start, end, has_store=False)
            self._kept_figures = open_history(self._paths)
        return self._kept_figures.read(HostName(host), metrics, start, end, count)

    def close_history(self) -> None:
        """Gives the file back, if it was opened."""
        if self._kept_figures is not None:
            self._kept_figures.close()
            self._kept_figures = None
