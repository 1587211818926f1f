"""The log of events by kind: what figures are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from devops_tui.domain.event import Event


class EventKinds(Protocol):
    """Part of ports.store.Store."""

    def events_of(self, kinds: Collection[str], after: int = 0) -> Sequence[Event]:
        """All events of these kinds with seq > after, oldest first; read by an index."""
        ...
