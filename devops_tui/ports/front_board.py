"""What a screen or a command may ask about the board; part of ports.front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from devops_tui.domain.board import Card, Place
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.ids import CardId
from devops_tui.domain.sprint import Burndown, Sprint


class BoardFront(Protocol):
    """Cards, filters and sprints of one operator; no worker is needed.

    Refused, NotAllowed and LimitReached say why not and who could.
    """

    def edit_card(
        self,
        card_id: CardId,
        edit: CardEdit,
        expected_rev: int | None = None,
        override_why: str = "",
    ) -> Card:
        """Changes what a card says.

        Raises:
            RevisionConflict: Somebody changed it since `expected_rev`.
        """
        ...

    def move_cards(
        self, seen: Mapping[CardId, int], to: Place, override_why: str = ""
    ) -> Sequence[Card]:
        """Moves several cards, of each the revision that was seen: all of them, or none."""
        ...

    def archive_card(self, card_id: CardId, expected_rev: int | None = None) -> Card:
        """Takes a card from the board; undo brings it back."""
        ...

    def undo_card(self, override_why: str = "") -> Sequence[CardChange]:
        """Takes back what this operator did to cards last; what was done together, together.

        Raises:
            RevisionConflict: Somebody changed the card since; says who and when.
        """
        ...

    def redo_card(self, override_why: str = "") -> Sequence[CardChange]:
        """Does again what was taken back last."""
        ...

    def saved_filters(self) -> Mapping[str, str]:
        """This operator's, name to query."""
        ...

    def save_filter(self, name: str, query: str) -> Mapping[str, str]:
        """Keeps a query under a name; an empty query takes it away."""
        ...

    def start_sprint(self, goal: str, last_day: str) -> Sprint:
        """Begins a sprint until a day like "2026-11-30"."""
        ...

    def end_sprint(self) -> Burndown:
        """Ends the one that runs."""
        ...

    def burndown(self) -> Burndown:
        """How much was left of the sprint that runs, over time."""
        ...
