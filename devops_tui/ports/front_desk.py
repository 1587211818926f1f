"""What a command may ask about what the board does by itself; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.automation import DeedDone
from devops_tui.domain.board import Card
from devops_tui.domain.workspace import Workspace


class DeskFront(Protocol):
    """Rules of the house, and templates of cards."""

    def rehearse(self, workspace: Workspace, days: int) -> Sequence[DeedDone]:
        """What the rules of a workspace would do for what happened here; changes nothing."""
        ...

    def add_card_of(self, template: str, title: str = "", text: str = "") -> Card:
        """Files a card that begins as the template of that name; raises NotFound."""
        ...
