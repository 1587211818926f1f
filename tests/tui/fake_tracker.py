"""The part of the double of ports.front.Front that is about Jira."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.board import Card
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import TrackedCard, TrackerStatus


class FakeTracker:
    """Says of each card what a test set."""

    issues: Mapping[CardId, TrackedCard] = {}

    def _act(self, *call: object) -> None:
        raise NotImplementedError

    def card(self, card_id: CardId) -> Card:
        raise NotImplementedError

    def tracker_status(self) -> TrackerStatus:
        raise NotFound("the double has no Jira")

    def tracked_card(self, card_id: CardId) -> TrackedCard:
        return self.issues.get(card_id, TrackedCard(card_id))

    def ask_tracker(self) -> str:
        self._act("ask_tracker")
        return "wish"

    def resolve_clash(self, card_id: CardId, field: str, take: str, why: str = "") -> Card:
        self._act("resolve_clash", card_id, field, take)
        return self.card(card_id)
