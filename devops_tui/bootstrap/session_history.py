"""The part of an operator's session that is about figures over time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from datetime import datetime

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.stores import open_history
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.export import FigureSource
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import HostName
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.history import HistoryReader
from devops_tui.ports.store import Store

_PATIENCE_S = 0.25
"""A store elsewhere is waited for so long; then the screen asks again."""

_Wanted = tuple[str, tuple[str, ...], datetime, datetime, int]


class HistorySession(ABC):
    """Implements ports.front_history.HistoryFront; base of Session.

    Where `history: read_from` names a store, a thread asks it, so that one that is slow
    holds up nothing else; while it does not answer, figures kept here are shown, and why.
    """

    _paths: WorkspacePaths
    _store: Store
    _kept_figures: HistoryReader | None = None
    _asking: ThreadPoolExecutor | None = None
    _source: tuple[str | None, FigureSource] | None = None
    _asked: tuple[_Wanted, Future[HostHistory]] | None = None

    @abstractmethod
    def _workspace(self) -> Workspace:
        """The configuration; Session has it."""

    def host_history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures of a host in so many equal buckets."""
        source = self._figure_source()
        if source.url:
            found = self._from_elsewhere(source, (host, tuple(metrics), start, end, count))
            if not found.why:
                return found
            return replace(self.history_here(host, metrics, start, end, count), why=found.why)
        return self.history_here(host, metrics, start, end, count)

    def fleet_history(
        self, hosts: Sequence[str], metrics: Sequence[str], start: datetime, end: datetime
    ) -> Sequence[HostHistory]:
        """Figures of many hosts in one bucket each, of what is kept on this machine."""
        return [self.history_here(host, metrics, start, end, 1) for host in hosts]

    def close_history(self) -> None:
        """Gives the file back, if it was opened."""
        if self._asking is not None:
            self._asking.shutdown(wait=False, cancel_futures=True)
            self._asking = None
        if self._kept_figures is not None:
            self._kept_figures.close()
            self._kept_figures = None

    def _figure_source(self) -> FigureSource:
        digest = self._store.workspace_hash()  # a workspace of a thousand hosts is dear to decode
        if self._source is None or self._source[0] != digest:
            try:
                self._source = (digest, self._workspace().figures)
            except DevopsError:  # it was not read yet
                return FigureSource()
        return self._source[1]

    def history_here(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """The same of the figures that are kept on this machine: no network is asked."""
        if self._kept_figures is None:
            if not self._paths.history.exists():  # nobody collects here, or not yet
                return HostHistory(HostName(host), start, end, has_store=False)
            self._kept_figures = open_history(self._paths)
        return self._kept_figures.read(HostName(host), metrics, start, end, count)

    def _from_elsewhere(self, source: FigureSource, wanted: _Wanted) -> HostHistory:
        if self._asked is None or self._asked[0] != wanted:
            if self._asking is None:
                self._asking = ThreadPoolExecutor(1, "figures")
            if self._asked is not None:
                self._asked[1].cancel()
            self._asked = (wanted, self._asking.submit(_read, source, wanted))
        host, _, start, end, _ = wanted
        answer = self._asked[1]
        try:
            found = answer.result(_PATIENCE_S)
        except NotYet:
            return HostHistory(HostName(host), start, end, is_whole=False)
        except DevopsError as error:
            found = HostHistory(HostName(host), start, end, why=error.title)
        self._asked = None  # asked again, it is asked anew
        return found


def _read(source: FigureSource, wanted: _Wanted) -> HostHistory:
    from devops_tui.integrations.prometheus_history import PrometheusHistory
    from devops_tui.transports.secrets import ReferencedSecrets

    host, metrics, start, end, count = wanted
    reader = PrometheusHistory(source, ReferencedSecrets())
    return reader.read(HostName(host), metrics, start, end, count)
