"""The part of an operator's session that is about the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.board import Card, Place
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.ids import CardId
from devops_tui.domain.sprint import Burndown, Sprint
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import saved_filters
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.services.sprints import Sprints


class BoardSession:
    """Implements ports.front_board.BoardFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def edit_card(
        self,
        card_id: CardId,
        edit: CardEdit,
        expected_rev: int | None = None,
        override_why: str = "",
    ) -> Card:
        """Changes what a card says."""
        return self._boards().edit(
            card_id, edit, self._actor, expected_rev=expected_rev, override_why=override_why
        )

    def move_cards(
        self, seen: Mapping[CardId, int], to: Place, override_why: str = ""
    ) -> Sequence[Card]:
        """Moves several cards, all of them or none."""
        return self._boards().move_together(seen, to, self._actor, override_why=override_why)

    def archive_card(self, card_id: CardId, expected_rev: int | None = None) -> Card:
        """Takes a card from the board."""
        return self._boards().archive(card_id, self._actor, expected_rev=expected_rev)

    def undo_card(self, override_why: str = "") -> Sequence[CardChange]:
        """Takes back what this operator did last."""
        return self._history().undo(self._actor, override_why)

    def redo_card(self, override_why: str = "") -> Sequence[CardChange]:
        """Does again what was taken back last."""
        return self._history().redo(self._actor, override_why)

    def saved_filters(self) -> Mapping[str, str]:
        """This operator's, name to query."""
        return saved_filters.saved_filters(self._store, self._actor)

    def save_filter(self, name: str, query: str) -> Mapping[str, str]:
        """Keeps a query under a name."""
        return saved_filters.save_filter(self._store, self._actor, name, query)

    def start_sprint(self, goal: str, last_day: str) -> Sprint:
        """Begins a sprint."""
        return self._sprints().start(goal, last_day, self._actor)

    def end_sprint(self) -> Burndown:
        """Ends the one that runs."""
        return self._sprints().end(self._actor)

    def burndown(self) -> Burndown:
        """How much was left of the sprint that runs."""
        return self._sprints().burndown()

    def _workspace(self) -> Workspace:
        raise AssertionError("the session has its own")

    def _boards(self) -> Boards:
        workspace = self._workspace()
        return Boards(self._store, self._clock, workspace.board, workspace.team)

    def _history(self) -> BoardHistory:
        workspace = self._workspace()
        return BoardHistory(Ledger(self._store, self._clock, workspace.board, workspace.team))

    def _sprints(self) -> Sprints:
        return Sprints(self._store, self._clock, self._workspace().team)
