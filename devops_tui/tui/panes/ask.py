"""How a pane asks the house, without knowing the screen that it stands on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from devops_tui.ports.front import Front

T = TypeVar("T")


class Ask(Protocol):
    """Asks the house on its thread; `then` is called back on the event loop."""

    def __call__(self, question: Callable[[Front], T], then: Callable[[T], None]) -> None:
        """Returns at once."""
