"""What a screen or a command may ask about the Jira beside the board; part of ports.front."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.board import Card
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import TrackedCard, TrackerStatus


class TrackerFront(Protocol):
    """Read from the store alone; the worker speaks with Jira."""

    def tracker_status(self) -> TrackerStatus:
        """How the two sides stand.

        Raises:
            NotFound: The workspace has no Jira.
        """
        ...

    def tracked_card(self, card_id: CardId) -> TrackedCard:
        """What is known of the issue of a card; raises as `tracker_status`."""
        ...

    def ask_tracker(self) -> str:
        """Wants a round at once; `SyncState.answered` names the wish when it was made."""
        ...

    def resolve_clash(self, card_id: CardId, field: str, take: str, why: str = "") -> Card:
        """Decides a field: "mine" keeps what is here, "theirs" takes what is there.

        Raises:
            NotFound: Nothing is asked about it.
            Refused: The rules of the board do not let the operator take it over.
        """
        ...
