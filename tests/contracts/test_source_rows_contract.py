"""Every store keeps what is known of what starts pipelines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from devops_tui.domain.source_state import SourceState
from devops_tui.ports.store import Store

AT = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)


def test_it_is_kept_by_pipeline(store: Store) -> None:
    assert store.source_state("shop") is None
    assert list(store.source_states()) == []
    shop = SourceState("shop", "u", {"refs/heads/main": "a"}, ("main",), AT, "gone", next_at=AT)
    store.save_source_state(shop)
    store.save_source_state(SourceState("shop-2"))
    assert store.source_state("shop") == shop
    again = replace(shop, unreadable_since=None, why="")
    store.save_source_state(again)
    assert list(store.source_states()) == [again, SourceState("shop-2")]


def test_it_is_apart_from_the_configuration(store: Store) -> None:
    store.save_workspace(None, (), "hash")
    store.save_source_state(SourceState("workspace hash"))
    assert store.workspace_hash() == "hash"
    assert [s.pipeline for s in store.source_states()] == ["workspace hash"]
