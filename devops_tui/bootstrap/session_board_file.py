"""The part of an operator's session that is about boards as files."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.board_file import FiledCard, ImportReport
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.board_import import BoardImport
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards


class BoardFileSession:
    """Implements ports.front_board_file.BoardFileFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def export_cards(self, *, is_whole: bool = False) -> Sequence[FiledCard]:
        """All cards that are on the board, and those of the archive."""
        return self._files().export(is_whole=is_whole)

    def import_cards(self, cards: Sequence[FiledCard], *, is_dry: bool = False) -> ImportReport:
        """Adds and changes cards, or says what would be done."""
        return self._files().take(cards, self._actor, is_dry=is_dry)

    def _workspace(self) -> Workspace:
        raise AssertionError("the session has its own")

    def _files(self) -> BoardImport:
        workspace = self._workspace()
        rules, team = workspace.board, workspace.team
        boards = Boards(self._store, self._clock, rules, team)
        return BoardImport(boards, Ledger(self._store, self._clock, rules, team))
