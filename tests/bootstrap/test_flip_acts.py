"""What the worker does with a wish to go back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from support.traffic import BLUE, SHOP, RealClock, Shop

from devops_tui.bootstrap.flip_acts import FlipActs
from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import RequestId, RunId
from devops_tui.domain.workspace import Workspace
from devops_tui.services.access import why_not
from devops_tui.services.canaries import Canaries
from devops_tui.services.flip_bakes import FlipBakes
from devops_tui.stores.sqlite.store import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop")
    yield made
    made.close()


async def not_expected(run_id: RunId) -> None:
    raise AssertionError(f"{run_id} watches a way back")


async def test_a_second_undo_does_not_bring_back_what_the_first_left(
    shop: Shop, store: SqliteStore, tmp_path: Path
) -> None:
    """The verb says nothing of a colour here: what was done last tells."""
    clock = RealClock()
    workspace = Workspace("test", str(tmp_path), services={"shop": shop.service})
    store.save_workspace(workspace, (), "x")
    flips = shop.flips(store)
    await flips.flip(SHOP, None, "jun", "release")
    bakes = FlipBakes(store, clock, workspace, not_expected)
    acts = FlipActs(store, clock, workspace, flips, cast("Canaries", None), bakes).table
    wish = Request(RequestId("r-1"), Verb.UNDO, SHOP, "jun", clock.now(), "errors")
    assert (await acts[Verb.UNDO](wish))["live"] == "blue"
    with pytest.raises(Refused, match="shop went back already: jun") as refused:
        await acts[Verb.UNDO](wish)
    assert "`flip shop` goes forward" in refused.value.hint
    assert await shop.colours() == {BLUE.value}
    assert "went back already" in (why_not(store, clock, Verb.UNDO, SHOP) or "")
