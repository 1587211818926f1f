"""The part of an operator's session that is about rules of the house and templates."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.automation import DeedDone
from devops_tui.domain.board import Card
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.automation import rehearse
from devops_tui.services.boards import Boards
from devops_tui.services.card_templates import add_from


class DeskSession:
    """Implements ports.front_desk.DeskFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def rehearse(self, workspace: Workspace, days: int) -> Sequence[DeedDone]:
        """What the rules would do."""
        return rehearse(self._store, self._clock, workspace, days)

    def add_card_of(self, template: str, title: str = "", text: str = "") -> Card:
        """Files a card by a template."""
        workspace = self._workspace()
        boards = Boards(self._store, self._clock, workspace.board, workspace.team)
        return add_from(boards, workspace.templates, template, self._actor, title, text)

    def _workspace(self) -> Workspace:
        raise AssertionError("the session has its own")
