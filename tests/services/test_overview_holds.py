"""What Home knows of who changes the traffic of a service."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from support.clocks import StillClock

from devops_tui.services.flip_journal import lease_name
from devops_tui.services.overview import read_overview
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 9, 24, 9, 0, tzinfo=UTC)


def test_a_lease_of_the_traffic_is_known_by_its_service(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "state.db")
    frames = SqliteFrames(tmp_path / "frames.db")
    try:
        store.take_lease(lease_name("shop"), "minji (f-1)", "flip: 1.5", NOW, 20)
        store.take_lease("environment:production", "shop-1", "a release", NOW, 20)
        overview = read_overview(store, frames, StillClock(NOW))
        assert [(n, held.holder) for n, held in overview.holds.items()] == [("shop", "minji (f-1)")]
        store.release_lease(lease_name("shop"), "minji (f-1)")
        given_back = read_overview(store, frames, StillClock(NOW)).holds["shop"]
        assert given_back.expires_at <= NOW
    finally:
        frames.close()
        store.close()
