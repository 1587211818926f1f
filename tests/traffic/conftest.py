"""A shop behind a real front door, and a store in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.haproxy import skip_without_haproxy
from support.traffic import Shop

from devops_tui.stores.sqlite.store import SqliteStore


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are cut for good here, where a test does not say otherwise."""
    monkeypatch.setattr("devops_tui.services.flip_reach.LINK_WAIT_S", 0.05)
    monkeypatch.setattr("devops_tui.services.flip_reach.AGAIN_S", 0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", ("embedded", "embedded"))
    yield made
    made.close()


@pytest.fixture(params=["embedded", pytest.param("haproxy", marks=pytest.mark.real)])
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "haproxy":
        skip_without_haproxy()
    made = Shop(tmp_path / "shop", (request.param, request.param))
    yield made
    made.close()
