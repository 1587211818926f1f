"""The jobs that flip and watch, as an engine calls them, over a real front door."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.flip_bench import RUN, VERSION, Bench
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import FlipId, HostName, JobId
from devops_tui.domain.pipeline import Gate, State
from devops_tui.domain.traffic import Flip, FlipState, FlipStep, Service
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.switch import Switch
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.stores.sqlite.store import SqliteStore


@pytest.fixture
def bench(shop: Shop, store: SqliteStore) -> Bench:
    return Bench(shop, store, WatchHealth(SHOP, duration_s=0.3, interval_s=0.05))


async def test_flips_to_what_the_run_brought_up_with_the_approvers_reason(bench: Bench) -> None:
    bench.brought_up()
    now = datetime.now(UTC)
    gate = Gate(RUN, JobId("approve/approve"), State.ASKING, now, "hash")
    bench.store.open_gate(gate)
    approved = replace(gate, state=State.OK, decided_by="minji", why="fixes SHOP-91")
    bench.store.decide_gate(approved)
    record = await bench.flip()
    assert (record.state, record.why) == (State.OK, "green serves")
    (flip,) = bench.store.flips(SHOP)
    assert (flip.actor, flip.why, flip.run_id) == ("minji", "fixes SHOP-91", RUN)
    assert await bench.shop.colours() == {"green"}


async def test_called_again_it_makes_no_second_flip(bench: Bench) -> None:
    bench.brought_up()
    began = datetime.now(UTC)
    first = await bench.flip(began)
    again = await bench.flip(began)
    assert (first.state, again.state) == (State.OK, State.OK)
    assert len(bench.store.flips(SHOP)) == 1


def half_a_flip(*steps: FlipStep) -> Flip:
    return Flip(
        FlipId("f-1"),
        SHOP,
        BLUE,
        GREEN,
        FlipState.PREPARED,
        "jun",
        "why",
        1,
        datetime.now(UTC),
        run_id=RUN,
        steps=steps,
    )


async def test_a_flip_that_only_its_workers_death_ended_is_made_again(bench: Bench) -> None:
    bench.brought_up()
    began = datetime.now(UTC)
    bench.store.add_flip(half_a_flip(FlipStep(began, "commit green", is_done=False)))
    record = await bench.flip(began)
    assert record.state is State.OK
    assert await bench.shop.colours() == {"green"}
    first = bench.store.flip(FlipId("f-1"))
    assert (first.state, first.is_interrupted) == (FlipState.FAILED, True)
    assert "rolled back" in first.error
    assert (await bench.flip(began)).state is State.OK
    assert len(bench.store.flips(SHOP)) == 2


async def test_a_flip_that_went_wrong_before_its_worker_died_stays_failed(bench: Bench) -> None:
    bench.brought_up()
    began = datetime.now(UTC)
    step = FlipStep(began, "commit green: lb2 said no", is_done=False, ms=3.5)
    bench.store.add_flip(half_a_flip(step))
    record = await bench.flip(began)
    assert record.state is State.FAILED
    assert "rolled back" in record.why
    retried = await bench.flip()
    assert retried.state is State.OK
    assert await bench.shop.colours() == {"green"}


async def test_another_version_on_the_idle_colour_is_refused(bench: Bench) -> None:
    status = bench.store.service_status(SHOP)
    bench.store.save_service(replace(status, live=BLUE, versions={"green": "fffffff"}))
    with pytest.raises(Refused, match=r"no colour of shop is 1\.1; there is green fffffff"):
        await bench.flip()


async def test_a_version_that_serves_already_needs_no_flip(bench: Bench) -> None:
    status = bench.store.service_status(SHOP)
    bench.store.save_service(replace(status, live=BLUE, versions={"blue": VERSION}))
    assert (await bench.flip()).why == "blue serves 1.1 already"
    assert bench.store.flips(SHOP) == []


async def test_an_unknown_flip_is_lost_and_not_failed(bench: Bench) -> None:
    bench.brought_up()
    link = bench.shop.links.to(HostName("lb-2"))

    async def cut(data: bytes) -> None:
        if data.startswith(b"commit"):
            link.is_cut = True

    link.before_exchange = cut
    record = await bench.flip()
    assert record.state is State.LOST
    assert "lb-2 cannot be read" in record.why


async def test_a_watch_that_sees_health_ends_well(bench: Bench) -> None:
    bench.brought_up()
    await bench.flip()
    record = await bench.watch()
    assert (record.state, record.why) == (State.OK, "")
    lines = bench.log().splitlines()
    assert "green: web-3 ok, web-4 ok; lb-1 green, lb-2 green" in lines[0]
    assert record.figures["samples"] == len(lines) - 1
    assert bench.store.service_status(SHOP).watching_until is None


async def test_a_server_that_breaks_brings_the_old_colour_back(
    shop: Shop, store: SqliteStore
) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.05))
    bench.brought_up()
    await bench.flip()
    await shop.tell(GREEN, "/health/503")
    record = await bench.watch()
    assert record.state is State.FAILED
    assert record.why == "health broke: web-3 503; went back to blue"
    assert await shop.colours() == {"blue"}
    back, there = store.flips(SHOP)
    assert (back.actor, back.undoes, back.run_id) == ("health", there.id, RUN)
    assert bench.kinds().count("flip.reverted") == 1
    again = await bench.watch()
    assert again.why == record.why
    assert len(store.flips(SHOP)) == 2
    assert bench.kinds().count("flip.reverted") == 1


@pytest.mark.parametrize("fault", ["/health/503", "dies"])
async def test_a_green_that_breaks_in_the_bake_is_left_within_two_looks(
    fault: str, any_shop: Shop, store: SqliteStore
) -> None:
    bench = Bench(any_shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.2))
    bench.brought_up()
    await bench.flip()
    looks: list[bool] = []  # whether it was broken already when a look began
    broken = asyncio.Event()

    def seen(service: Service) -> list[Switch]:
        looks.append(broken.is_set())
        return any_shop.switches(service)

    workspace = Workspace("test", "/", services={SHOP: any_shop.service})
    bench.watch_jobs = WatchJobs(bench.tools, bench.flips, seen, lambda: workspace)
    watching = asyncio.create_task(bench.watch())
    while len(looks) < 3:
        assert not watching.done()
        await asyncio.sleep(0.01)
    if fault == "dies":
        any_shop.children[GREEN].kill()
    else:
        await any_shop.tell(GREEN, fault)
    broken.set()
    record = await watching
    assert record.state is State.FAILED
    assert "went back to blue" in record.why
    assert 1 <= looks.count(True) <= 2  # one may have been under way when it broke
    assert await any_shop.colours() == {"blue"}


async def test_failing_requests_bring_the_old_colour_back(shop: Shop, store: SqliteStore) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.1))
    bench.brought_up()
    await bench.flip()
    await shop.tell(GREEN, "/answer/500")
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            await shop.ask(shop.ports[0], "/")

    clients = asyncio.create_task(ask())
    record = await bench.watch()
    stop.set()
    await clients
    assert record.state is State.FAILED
    assert "requests failed; went back to blue" in record.why
    assert await shop.colours() == {"blue"}


async def test_without_reverts_it_only_says_so(shop: Shop, store: SqliteStore) -> None:
    watch = WatchHealth(SHOP, duration_s=60, interval_s=0.05, reverts=False)
    bench = Bench(shop, store, watch)
    bench.brought_up()
    await bench.flip()
    await shop.tell(GREEN, "/health/503")
    record = await bench.watch()
    assert (record.state, record.why) == (State.FAILED, "health broke: web-3 503")
    assert await shop.colours() == {"green"}


async def test_an_old_colour_that_is_gone_is_said(shop: Shop, store: SqliteStore) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.05))
    bench.brought_up()
    await bench.flip()
    shop.children[BLUE].kill()
    await shop.tell(GREEN, "/health/503")
    record = await bench.watch()
    assert record.state is State.FAILED
    assert "could not go back to blue: blue is not up any more" in record.why


async def test_what_nobody_can_see_is_lost_and_not_ok(bench: Bench) -> None:
    bench.brought_up()
    await bench.flip()
    bench.shop.links.to(HostName("web-3")).is_cut = True
    record = await bench.watch()
    assert record.state is State.LOST
    assert "nobody knows: web-3" in record.why
    assert "web-3 unknown" in bench.log()
    assert await bench.shop.colours() == {"green"}


async def test_the_end_of_the_watch_survives_a_restart(shop: Shop, store: SqliteStore) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=3600, interval_s=0.05))
    bench.brought_up()
    await bench.flip()
    record = await bench.watch(began=datetime.now(UTC) - timedelta(hours=1))
    assert (record.state, record.figures["samples"]) == (State.OK, 1)
    await shop.tell(GREEN, "/health/503")
    late = await bench.watch(began=datetime.now(UTC) - timedelta(hours=1))
    assert late.state is State.FAILED


async def test_somebody_who_goes_back_ends_the_watch(shop: Shop, store: SqliteStore) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.05))
    bench.brought_up()
    await bench.flip()
    watching = asyncio.create_task(bench.watch())
    await bench.flips.undo(SHOP, "jun", "wrong price")
    record = await watching
    assert record.state is State.FAILED
    assert "blue serves now" in record.why


async def test_a_cancel_ends_the_watch_and_leaves_traffic_alone(
    shop: Shop, store: SqliteStore
) -> None:
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=60, interval_s=0.05))
    bench.brought_up()
    await bench.flip()
    looked = asyncio.Event()

    async def look(data: bytes) -> None:
        looked.set()

    shop.links.to(HostName("lb-1")).before_exchange = look
    watching = asyncio.create_task(bench.watch())
    await looked.wait()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert store.service_status(SHOP).watching_until is None
    assert await shop.colours() == {"green"}
