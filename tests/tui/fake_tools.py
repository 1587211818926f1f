"""The part of the double of ports.front.Front that is about connected tools."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.tool import ToolStatus


class FakeTools:
    """Says what a test set."""

    statuses: Sequence[ToolStatus] = ()

    def _act(self, *call: object) -> None:
        raise NotImplementedError

    def tools(self) -> Sequence[ToolStatus]:
        return self.statuses

    def ask_tools(self) -> str:
        self._act("ask_tools")
        return "wish"
