"""Kill -9 at every write of the journal: one colour everywhere after recovery."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.flip_once import flip_in_a_child
from support.traffic import SHOP, Shop

from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store

WRITES = 14


@pytest.mark.parametrize("count", range(1, WRITES + 1))
async def test_one_colour_everywhere_after_recovery(
    count: int, shop: Shop, store: Store, tmp_path: Path
) -> None:
    child = await asyncio.to_thread(flip_in_a_child, shop, tmp_path / "state.db", count)
    assert child.returncode == -9, child.stderr
    settled = await shop.flips(store).recover()
    assert len(settled) == len(store.flips(SHOP)) == (0 if count == 1 else 1)
    if not settled:  # it died before the first write was durable: nothing had begun
        assert await shop.colours() == {"blue"}
        after = await shop.flips(store).flip(SHOP, None, "sora", "life goes on")
        assert after.state is FlipState.DONE
        return
    (flip,) = settled
    assert flip.state in (FlipState.DONE, FlipState.FAILED)
    if flip.state is FlipState.FAILED:
        assert "rolled back" in flip.error
    colour = flip.to_colour if flip.state is FlipState.DONE else flip.from_colour
    assert await shop.colours() == {colour.value}
    assert store.service_status(SHOP).live is colour
    for door in shop.doors.values():  # and the same after a restart of the doors
        assert f"shop {colour}" in door.map.read_text().splitlines()
    assert any("found unfinished" in step.what for step in flip.steps)
    again = await shop.flips(store).flip(SHOP, None, "sora", "life goes on")
    assert again.state is FlipState.DONE
    assert again.fence > flip.fence


async def test_the_journal_has_as_many_writes_as_are_tried_here(
    shop: Shop, store: Store, tmp_path: Path
) -> None:
    child = await asyncio.to_thread(flip_in_a_child, shop, tmp_path / "state.db", WRITES + 1)
    assert child.returncode == 0, child.stderr
    assert "done" in child.stdout


async def test_the_next_flip_settles_what_nobody_recovered(
    shop: Shop, store: Store, tmp_path: Path
) -> None:
    """A worker that died long ago: its lease is over, its flip stands in the journal."""
    child = await asyncio.to_thread(flip_in_a_child, shop, tmp_path / "state.db", 7)
    assert child.returncode == -9, child.stderr
    (dead,) = store.flips(SHOP)
    store.release_lease(f"traffic:{SHOP}", f"jun ({dead.id})")
    flip = await shop.flips(store).flip(SHOP, None, "sora", "release")
    assert flip.state is FlipState.DONE
    assert store.flip(dead.id).state in (FlipState.DONE, FlipState.FAILED)
    assert await shop.colours() == {flip.to_colour.value}
