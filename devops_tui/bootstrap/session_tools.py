"""The part of an operator's session that is about the connected tools."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from devops_tui.domain.tool import ToolStatus
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store
from devops_tui.services.tools import book


class ToolSession(ABC):
    """Implements ports.front_tools.ToolFront; base of Session."""

    _store: Store

    @abstractmethod
    def ensure_worker(self) -> None:
        """Starts a worker when none is alive; Session has it."""

    @abstractmethod
    def _workspace(self) -> Workspace:
        """The configuration; Session has it."""

    def tools(self) -> Sequence[ToolStatus]:
        """All tools, with what is known of each."""
        return book.statuses(self._store, self._workspace())

    def ask_tools(self) -> str:
        """Wants all of them to be read at once."""
        wish = book.ask(self._store, self._workspace())
        self.ensure_worker()
        return wish
