"""Canaries: share by share, watched, back at once from any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from support.flip_bench import RUN, Bench
from support.flip_once import flip_in_a_child
from support.haproxy import skip_without_haproxy
from support.load import LoadProcess, failed
from support.traffic import BLUE, GREEN, SHOP, RealClock, Shop

from devops_tui.domain.errors import Refused, RevisionConflict
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import FlipState, Service
from devops_tui.domain.work import WatchHealth
from devops_tui.services.canaries import Canaries
from devops_tui.services.jobs.flip import FlipJobs
from devops_tui.stores.sqlite.store import SqliteStore

T = TypeVar("T")

STEPS = (1, 25, 50, 100)
WRITES = 12


@pytest.fixture(
    params=["embedded-weighted", pytest.param("haproxy-weighted", marks=pytest.mark.real)]
)
def weighted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "haproxy-weighted":
        skip_without_haproxy()
    yield from a_shop(tmp_path, request.param)


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Shop]:
    yield from a_shop(tmp_path, "embedded-weighted")


def a_shop(folder: Path, kind: str) -> Iterator[Shop]:
    made = Shop(folder / "shop", (kind, kind))
    made.service = replace(made.service, canary=STEPS, canary_step_s=0.3)
    yield made
    made.close()


def canaries_of(shop: Shop, store: SqliteStore) -> Canaries:
    status = store.service_status(SHOP)
    if status.live is None:
        store.save_service(replace(status, live=BLUE, versions={"green": "1.1"}))
    flips = shop.flips(store)
    services: dict[str, Service] = {SHOP: shop.service}
    return Canaries(store, RealClock(), shop.links, shop.switches, services, flips)


async def shares(shop: Shop) -> list[int | None]:
    return [(await switch.read()).share for switch in shop.switches(shop.service)]


async def test_every_share_is_given_watched_and_the_last_is_a_flip(
    weighted: Shop, store: SqliteStore
) -> None:
    load = LoadProcess(weighted.ports[0], 100.0)
    try:
        end = await canaries_of(weighted, store).walk(SHOP, "jun", "release")
        samples = await asyncio.to_thread(load.finish)
    finally:
        load.stop()
    assert (end.held, end.went_back) == ("", "")
    assert await weighted.colours() == {"green"}
    flips = store.flips(SHOP)[::-1]
    assert [flip.percent for flip in flips] == list(STEPS)
    assert {flip.state for flip in flips} == {FlipState.DONE}
    fences = [flip.fence for flip in flips]
    assert fences == sorted(set(fences))
    status = store.service_status(SHOP)
    assert (status.live, status.canary, status.last_flip) == (GREEN, 0, flips[-1].id)
    assert status.watching_until is None
    kinds = [event.kind for event in store.events(subject=SHOP)]
    assert kinds.count("canary.moved") == 3
    assert kinds.count("flip.committed") == 1  # one delivery, whatever its shares
    assert failed(samples) == []
    assert {sample.colour for sample in samples} == {"blue", "green"}


async def test_a_share_that_is_ill_brings_the_old_colour_back(
    weighted: Shop, store: SqliteStore
) -> None:
    weighted.service = replace(weighted.service, canary_step_s=60.0)
    canaries = canaries_of(weighted, store)
    walking = asyncio.create_task(canaries.walk(SHOP, "jun", "release"))
    await until(store, walking, 1)
    await weighted.tell(GREEN, "/health/503")
    end = await walking
    assert end.went_back.startswith("canary at 1 %: web-")
    assert end.went_back.endswith("503")
    assert await weighted.colours() == {"blue"}
    status = store.service_status(SHOP)
    assert (status.live, status.canary) == (BLUE, 0)
    assert "flip.reverted" in [event.kind for event in store.events(subject=SHOP)]


async def until(store: SqliteStore, walking: asyncio.Task[T], percent: int) -> None:
    async with asyncio.timeout(30):
        while True:
            status = store.service_status(SHOP)
            if status.canary == percent and status.watching_until is not None:
                return
            assert not walking.done(), walking
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("percent", [1, 25, 50])
async def test_an_undo_at_any_share_goes_back_at_once_and_ends_the_canary(
    percent: int, quick: Shop, store: SqliteStore
) -> None:
    quick.service = replace(quick.service, canary=(percent, 100), canary_step_s=60.0)
    canaries = canaries_of(quick, store)
    walking = asyncio.create_task(canaries.walk(SHOP, "jun", "release"))
    await until(store, walking, percent)
    flip = await quick.flips(store).undo(SHOP, "minji", "wrong price")
    assert (flip.state, flip.to_colour, flip.undoes) == (FlipState.DONE, BLUE, None)
    end = await walking
    assert end.went_back == "somebody changed it while it was watched"
    assert await quick.colours() == {"blue"}
    assert await shares(quick) == [0, 0]
    assert store.service_status(SHOP).canary == 0


async def test_a_canary_goes_on_after_the_share_that_stands(
    quick: Shop, store: SqliteStore
) -> None:
    canaries = canaries_of(quick, store)
    await quick.flips(store).weigh(SHOP, 25, "jun", "release", held=0)
    await canaries.walk(SHOP, "jun", "go on")
    assert [flip.percent for flip in store.flips(SHOP)[::-1]] == [25, 50, 100]


async def test_what_nobody_can_see_holds_the_share_and_asks(
    quick: Shop, store: SqliteStore
) -> None:
    canaries = canaries_of(quick, store)
    walking = asyncio.create_task(canaries.walk(SHOP, "jun", "release"))
    await until(store, walking, 1)
    quick.links.to(HostName("web-3")).is_cut = True
    end = await walking
    assert end.held.startswith("it stays at 1 %: web-3")
    assert await shares(quick) == [1, 1]
    assert store.service_status(SHOP).canary == 1


async def test_a_share_that_somebody_changed_is_not_overwritten(
    quick: Shop, store: SqliteStore
) -> None:
    canaries_of(quick, store)
    flips = quick.flips(store)
    await flips.weigh(SHOP, 25, "jun", "release", held=0)
    with pytest.raises(RevisionConflict, match="is at 25 %, not at 1 %"):
        await flips.weigh(SHOP, 50, "sora", "release", held=1)
    assert await shares(quick) == [25, 25]


async def test_a_service_without_a_canary_says_so(shop: Shop, store: SqliteStore) -> None:
    with pytest.raises(Refused, match="shop has no canary"):
        await canaries_of(shop, store).walk(SHOP, "jun", "release")


async def test_a_balancer_that_gives_another_share_is_drift(
    quick: Shop, store: SqliteStore
) -> None:
    canaries_of(quick, store)
    flips = quick.flips(store)
    await flips.weigh(SHOP, 25, "jun", "release", held=0)
    one = quick.switches(quick.service)[1]
    await one.commit(await one.prepare(GREEN, 999))
    with pytest.raises(Refused, match="the balancers disagree"):
        await flips.weigh(SHOP, 50, "jun", "release", held=25)
    await flips.undo(SHOP, "jun", "repair")
    assert await shares(quick) == [0, 0]


@pytest.mark.parametrize("count", range(1, WRITES + 1))
async def test_kill_9_ends_at_one_colour_or_the_named_share_everywhere(
    count: int, quick: Shop, store: SqliteStore, tmp_path: Path
) -> None:
    canaries_of(quick, store)
    child = await asyncio.to_thread(flip_in_a_child, quick, tmp_path / "state.db", count, 25)
    assert child.returncode == -9, child.stderr
    await quick.flips(store).recover()
    status = store.service_status(SHOP)
    assert status.live is BLUE
    assert status.canary in (0, 25)
    assert await shares(quick) == [status.canary, status.canary]
    assert all(f.state in (FlipState.DONE, FlipState.FAILED) for f in store.flips(SHOP))
    after = await quick.flips(store).weigh(SHOP, 50, "sora", "go on", held=status.canary)
    assert after.state is FlipState.DONE
    assert await shares(quick) == [50, 50]


async def test_a_share_has_as_many_writes_as_are_tried_here(
    quick: Shop, store: SqliteStore, tmp_path: Path
) -> None:
    canaries_of(quick, store)
    child = await asyncio.to_thread(flip_in_a_child, quick, tmp_path / "state.db", WRITES + 1, 25)
    assert child.returncode == 0, child.stderr


async def test_a_run_releases_share_by_share_and_says_when_it_went_back(
    quick: Shop, store: SqliteStore
) -> None:
    bench = Bench(quick, store, WatchHealth(SHOP))
    bench.brought_up()
    bench.flip_jobs = FlipJobs(bench.tools, bench.flips, canaries_of(quick, store))
    began = datetime.now(UTC)
    record = await bench.flip(began)
    assert (record.state, record.why) == (State.OK, "green serves")
    assert [flip.percent for flip in store.flips(SHOP)[::-1]] == list(STEPS)
    assert {flip.run_id for flip in store.flips(SHOP)} == {RUN}
    again = await bench.flip(began)
    assert again.state is State.OK
    assert len(store.flips(SHOP)) == len(STEPS)


async def test_a_run_goes_on_from_the_share_that_a_dead_worker_left(
    quick: Shop, store: SqliteStore
) -> None:
    bench = Bench(quick, store, WatchHealth(SHOP))
    bench.brought_up()
    canaries = canaries_of(quick, store)
    bench.flip_jobs = FlipJobs(bench.tools, bench.flips, canaries)
    began = datetime.now(UTC)
    await bench.flips.weigh(SHOP, 25, "jun", "release", held=0, run_id=RUN)
    record = await bench.flip(began)
    assert record.state is State.OK
    assert [flip.percent for flip in store.flips(SHOP)[::-1]] == [25, 50, 100]
    assert await quick.colours() == {"green"}


async def test_a_run_whose_share_is_ill_fails_with_the_reason(
    quick: Shop, store: SqliteStore
) -> None:
    bench = Bench(quick, store, WatchHealth(SHOP))
    bench.brought_up()
    quick.service = replace(quick.service, canary_step_s=60.0)
    canaries = canaries_of(quick, store)
    bench.flip_jobs = FlipJobs(bench.tools, bench.flips, canaries)
    flipping = asyncio.create_task(bench.flip())
    await until(store, flipping, 1)
    await quick.tell(GREEN, "/version/0.9")
    record = await flipping
    assert record.state is State.FAILED
    assert "is version 0.9, not 1.1; it went back" in record.why
    assert await quick.colours() == {"blue"}
