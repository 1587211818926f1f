"""Files what came in from outside, each wish once."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.board import Card
from devops_tui.domain.intake import DESK, Wish
from devops_tui.ports.store import Store
from devops_tui.services.boards import Boards


@dataclass(frozen=True, slots=True)
class Filing:
    """Puts wishes into the Backlog of one workspace."""

    store: Store
    boards: Boards

    def file(self, wish: Wish, mark: str) -> tuple[Card, bool]:
        """The card of a wish, and whether it is new; `mark` is the wish's own.

        Raises:
            Refused: It cannot be a card.
            StoreError: Nothing was stored.
        """
        with self.store.transaction():
            known = self.store.card_by_fingerprint(mark)
            if known is not None:
                return known, False
            card = self.boards.add(wish.title, DESK, wish.kind, text=wish.text, fingerprint=mark)
        return card, True
