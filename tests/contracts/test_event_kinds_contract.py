"""Events by kind, of either store."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.event import Event
from devops_tui.ports.store import Store

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_only_the_kinds_asked_for_come_in_their_order(store: Store) -> None:
    kinds = ("card.created", "run.created", "card.moved", "card.created")
    events = [store.append(Event(kind, f"X-{n}", AT)) for n, kind in enumerate(kinds)]
    found = store.events_of(("card.moved", "card.created"))
    assert list(found) == [events[0], events[2], events[3]]
    assert list(store.events_of(("card.created",), events[0].seq)) == [events[3]]
    assert list(store.events_of(("flip.asked",))) == []
