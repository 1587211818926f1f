"""What operators did to cards: what undo and redo walk along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.card_change import CardChange
from devops_tui.domain.ids import CardId


class CardChanges(Protocol):
    """Written inside of the transaction that changes the card."""

    def add_card_change(self, change: CardChange) -> CardChange:
        """Stores a change and returns it with its `seq`; its group is that unless given.

        What its actor had undone can be done again no more, and what is older than the
        levels that are kept is forgotten.
        """
        ...

    def last_card_changes(self, actor: str, *, is_undone: bool) -> Sequence[CardChange]:
        """The group that undo takes back next, newest first; or that redo does, oldest first."""
        ...

    def turn_card_change(self, change: CardChange, rev: int) -> None:
        """Says that a change was undone, or done again, which gave its card the revision `rev`.

        All changes that named the revision under which the card was as it is now name
        `rev` from now on.
        """
        ...

    def follow_card(self, card_id: CardId, old: int, new: int) -> None:
        """All changes of a card that named the revision `old` name `new` from now on.

        For what gives a card another revision and changes nothing that people say of it.
        """
        ...

    def remove_card(self, card_id: CardId, expected_rev: int) -> None:
        """Takes a card out whose stored rev is `expected_rev` (compare-and-set)."""
        ...
