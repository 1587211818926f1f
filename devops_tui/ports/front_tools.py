"""What a screen or a command may ask about the connected tools; part of ports.front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.tool import ToolStatus


class ToolFront(Protocol):
    """Read from the store alone; the worker asks the tools."""

    def tools(self) -> Sequence[ToolStatus]:
        """All tools of the configuration, in its order, with what is known of each."""
        ...

    def ask_tools(self) -> str:
        """Wants all of them to be read at once; ToolState.answered names the wish when one was.

        Raises:
            NotFound: The workspace has none.
        """
        ...
