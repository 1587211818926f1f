"""Flips while clients ask without a pause: nothing fails, nothing comes late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.haproxy import skip_without_haproxy
from support.load import LoadProcess, failed, late
from support.traffic import GREEN, SHOP, Shop

from devops_tui.domain.traffic import FlipState
from devops_tui.ports.store import Store

FLIPS = 20
RATE = 200.0


@pytest.fixture(params=["embedded", pytest.param("haproxy", marks=pytest.mark.real)])
def one_door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "haproxy":
        skip_without_haproxy()
    made = Shop(tmp_path / "shop", (request.param,))
    yield made
    made.close()


async def test_no_request_fails_and_none_is_answered_late(one_door: Shop, store: Store) -> None:
    flips = one_door.flips(store)
    load = LoadProcess(one_door.ports[0], RATE)
    quiet: list[tuple[str, float, float]] = []
    try:
        for number in range(FLIPS):
            flip = await flips.flip(SHOP, None, "jun", f"flip {number}")
            assert flip.state is FlipState.DONE, flip.error
            returned = time.monotonic()
            for _ in range(20):  # let the load meet this colour
                await one_door.ask(one_door.ports[0], "/")
            quiet.append((flip.to_colour, returned, time.monotonic()))
    finally:
        samples = await asyncio.to_thread(load.finish)
        load.stop()
    assert failed(samples) == []
    assert [late(samples, *each) for each in quiet] == [[]] * FLIPS
    assert {s.kind for s in samples} == {"keep-alive", "one-shot", "post", "slow"}
    assert {s.colour for s in samples} == {"blue", "green"}
    assert len(samples) > 10 * FLIPS


async def test_nothing_is_lost_when_the_old_colour_dies_right_after_a_flip(
    one_door: Shop, store: Store
) -> None:
    load = LoadProcess(one_door.ports[0], RATE)
    try:
        for _ in range(60):
            await one_door.ask(one_door.ports[0], "/")
        flip = await one_door.flips(store).flip(SHOP, GREEN, "jun", "release")
        assert flip.state is FlipState.DONE
        one_door.children[GREEN.other].kill()
        for _ in range(60):
            await one_door.ask(one_door.ports[0], "/")
    finally:
        samples = await asyncio.to_thread(load.finish)
        load.stop()
    assert failed(samples) == []
    assert {s.colour for s in samples} == {"blue", "green"}
