"""The board's part of the double of ports.front.Front: remembers, and says what a test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.automation import DeedDone
from devops_tui.domain.board import Card, Place, put
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.sprint import Burndown, Sprint
from devops_tui.domain.workspace import Workspace


class FakeBoard:
    """Nothing is stored; `taken_back` is what the next undo or redo returns."""

    taken_back: tuple[CardChange, ...] = ()
    filters: Mapping[str, str] = {}

    def _act(self, *call: object) -> None:
        raise NotImplementedError

    def card(self, card_id: CardId) -> Card:
        raise NotImplementedError

    def edit_card(
        self,
        card_id: CardId,
        edit: CardEdit,
        expected_rev: int | None = None,
        override_why: str = "",
    ) -> Card:
        self._act("edit_card", card_id, edit)
        return self.card(card_id)

    def move_cards(
        self, seen: Mapping[CardId, int], to: Place, override_why: str = ""
    ) -> Sequence[Card]:
        self._act("move_cards", tuple(seen), to, *([override_why] if override_why else []))
        return [put(self.card(card_id), to) for card_id in seen]

    def rehearse(self, workspace: Workspace, days: int) -> Sequence[DeedDone]:
        return ()

    def add_card_of(self, template: str, title: str = "", text: str = "") -> Card:
        self._act("add_card_of", template, title)
        return self.card(CardId("SHOP-1"))

    def archive_card(self, card_id: CardId, expected_rev: int | None = None) -> Card:
        self._act("archive_card", card_id)
        return self.card(card_id)

    def undo_card(self, override_why: str = "") -> Sequence[CardChange]:
        self._act("undo_card")
        return self.taken_back

    def redo_card(self, override_why: str = "") -> Sequence[CardChange]:
        self._act("redo_card")
        return self.taken_back

    def saved_filters(self) -> Mapping[str, str]:
        return self.filters

    def save_filter(self, name: str, query: str) -> Mapping[str, str]:
        self._act("save_filter", name, query)
        return {**self.filters, name: query}

    def start_sprint(self, goal: str, last_day: str) -> Sprint:
        self._act("start_sprint", goal, last_day)
        raise Refused("a double begins no sprint")

    def end_sprint(self) -> Burndown:
        raise Refused("no sprint runs")

    def burndown(self) -> Burndown:
        raise Refused("no sprint runs")
