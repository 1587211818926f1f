"""What a command may ask about boards as files; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.board_file import FiledCard, ImportReport


class BoardFileFront(Protocol):
    """Export and import; an import is by the rules, as the operator who asks."""

    def export_cards(self, *, is_whole: bool = False) -> Sequence[FiledCard]:
        """All cards that are on the board, by column and rank; then those of the archive."""
        ...

    def import_cards(self, cards: Sequence[FiledCard], *, is_dry: bool = False) -> ImportReport:
        """Adds and changes cards, or says what would be done."""
        ...
