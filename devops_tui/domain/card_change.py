"""What an operator did to a card, so that it can be undone and done again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.board import Card
from devops_tui.domain.ids import CardId

LEVELS = 1000
"""How many changes of one operator can be taken back."""


class ChangeKind(StrEnum):
    """What was done."""

    ADD = "add"
    MOVE = "move"
    EDIT = "edit"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class CardChange:
    """One change of one card by one person.

    Revisions only grow, so taking a change back gives the card a revision of its own;
    `rev_before` and `rev_after` follow, so that they always name the revision under which
    the card is as it was before, or after, this change.

    Attributes:
        group: Changes of the same number were made together, and go together.
        before: None when the card was filed.
        is_undone: It was taken back and can be done again.
        seq: Position in the store, > 0; 0 before it is stored.
    """

    actor: str
    card_id: CardId
    kind: ChangeKind
    at: datetime
    before: Card | None
    after: Card
    rev_before: int
    rev_after: int
    group: int = 0
    is_undone: bool = False
    seq: int = 0
