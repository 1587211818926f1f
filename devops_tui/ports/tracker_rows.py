"""What is known of issues of another tool; part of ports.store.Store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import IssueCopy, OutboxEntry, Tracked


class TrackerRows(Protocol):
    """Copies of issues, one a card, and the outbox."""

    def tracked(self) -> Mapping[CardId, Tracked]:
        """By card, as much of each copy as lists show; without those that are left."""
        ...

    def issue_copy(self, card_id: CardId) -> IssueCopy | None: ...

    def copy_of_issue(self, issue_id: str) -> IssueCopy | None: ...

    def issue_copies(self, *, is_clashing: bool = False) -> Sequence[IssueCopy]:
        """By card; with `is_clashing` those that ask a person."""
        ...

    def issue_ids(self) -> Mapping[str, CardId]:
        """Every issue that has a copy, also those that are left."""
        ...

    def save_issue_copy(self, copy: IssueCopy) -> None:
        """Adds the copy of a card, or replaces it."""
        ...

    def remove_issue_copy(self, card_id: CardId) -> None: ...

    def outbox(self, card_id: CardId | None = None) -> Sequence[OutboxEntry]:
        """In the order in which they were first put in."""
        ...

    def save_entry(self, entry: OutboxEntry) -> None:
        """Adds an entry, or replaces that of the same key."""
        ...

    def remove_entry(self, key: str) -> None: ...
