"""A flip by hand is watched as a release is: once, after a kill too, back by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import StillClock
from support.flip_bench import Bench
from support.traffic import GREEN, SHOP, RealClock, Shop

from devops_tui.bootstrap.flip_acts import FlipActs
from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import FlipId, JobId, RequestId, RunId
from devops_tui.domain.pipeline import JobRun, Pipeline, Run, State
from devops_tui.domain.traffic import FlipState
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.services.canaries import Canaries
from devops_tui.services.flip_bakes import LEAST_S, FlipBakes
from devops_tui.stores.sqlite.store import SqliteStore

BAKE_S = 60.0


class TenLooks(StillClock):
    """Ends a watch after its tenth look."""

    looks = 0

    async def sleep(self, seconds: float) -> None:
        self.looks += 1
        if self.looks == 10:
            raise asyncio.CancelledError
        await super().sleep(seconds)


class House:
    """What a worker flips with, and what it watches with."""

    def __init__(self, shop: Shop, store: SqliteStore, bake_s: float = BAKE_S) -> None:
        self.store, self.shop = store, shop
        self.bench = Bench(shop, store, WatchHealth(SHOP))
        self.service = replace(shop.service, bake_s=bake_s)
        self.workspace = Workspace("test", "/", services={SHOP: self.service})
        store.save_workspace(self.workspace, (), "x")
        self.started: list[RunId] = []
        clock = RealClock()
        self.bakes = FlipBakes(store, clock, self.workspace, self._start)
        canaries = Canaries(
            store, clock, shop.links, shop.switches, self.workspace.services, self.bench.flips
        )
        self.acts = FlipActs(
            store, clock, self.workspace, self.bench.flips, canaries, self.bakes
        ).table

    async def _start(self, run_id: RunId) -> None:
        self.started.append(run_id)

    async def flip(self, **args: Json) -> FlipId:
        now = datetime.now(UTC)
        wish = Request(RequestId("r-1"), Verb.FLIP, SHOP, "jun", now, "sprint 14", args=args)
        return FlipId(str((await self.acts[Verb.FLIP](wish))["flip_id"]))

    async def bake(self, at_most_s: float = 0.4) -> JobRun:
        """What the run of the watch comes to; its time cut short."""
        run = self.store.run(self.started[-1])
        job_id = JobId("bake/shop")
        job = run.plan.job(job_id)
        work = job.work
        assert isinstance(work, WatchHealth)
        job = replace(job, work=replace(work, duration_s=at_most_s, interval_s=0.05))
        record = JobRun(run.id, job_id, State.RUNNING, started_at=datetime.now(UTC))
        return await self.bench.watch_jobs.execute(run, run.plan, job_id, job, record)


@pytest.fixture
def house(shop: Shop, store: SqliteStore) -> House:
    return House(shop, store)


def watch_of(run: Run) -> WatchHealth:
    work = run.plan.job(JobId("bake/shop")).work
    assert isinstance(work, WatchHealth)
    return work


async def test_a_flip_by_hand_is_watched_for_the_bake_of_its_service(house: House) -> None:
    flip_id = await house.flip()
    (run_id,) = house.started
    run = house.store.run(run_id)
    assert (run.actor, run.trigger, run.why) == ("jun", "flip", "green serves since jun flipped")
    assert BAKE_S - 5 < watch_of(run).duration_s <= BAKE_S
    assert watch_of(run).flip == flip_id
    assert house.store.flip(flip_id).bake_run == run_id
    assert (await house.bake()).state is State.OK


async def test_it_is_watched_once_whoever_sees_it(house: House) -> None:
    flip_id = await house.flip()
    assert await house.bakes.begin(flip_id) is None
    assert len(house.started) == 1


async def test_what_breaks_goes_back_by_itself(house: House) -> None:
    flip_id = await house.flip()
    await house.shop.tell(GREEN, "/health/503")
    record = await house.bake(at_most_s=60)
    assert record.state is State.FAILED
    assert "went back to blue" in record.why
    back = house.store.flips(SHOP)[0]
    assert (back.actor, back.undoes, back.run_id) == ("health", flip_id, house.started[0])
    assert await house.shop.colours() == {"blue"}
    assert len(house.started) == 1  # the way back is not watched in its turn


async def test_who_goes_back_ends_the_watch_without_a_failure(house: House) -> None:
    await house.flip()
    await house.bench.flips.undo(SHOP, "jun", "not today")
    record = await house.bake(at_most_s=60)
    assert (record.state, record.why) == (
        State.CANCELLED,
        "blue serves now: somebody went back while this watched",
    )
    assert len(house.store.flips(SHOP)) == 2


async def test_nothing_watches_where_nobody_wants_it(house: House) -> None:
    flip_id = await house.flip(no_bake=True)
    assert house.started == []
    assert await house.bakes.begin(flip_id) is None


async def test_a_bake_of_nothing_watches_nothing(shop: Shop, store: SqliteStore) -> None:
    house = House(shop, store, bake_s=0)
    await house.flip()
    assert house.started == []


async def test_a_flip_whose_worker_died_is_watched_by_the_next(house: House) -> None:
    """The worker died between the flip and the begin of its watch."""
    flip = await house.bench.flips.flip(SHOP, None, "jun", "sprint 14", bake_s=BAKE_S)
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    house.store.save_flip(replace(flip, ended_at=long_ago))
    run_id = await house.bakes.begin(flip.id)
    assert run_id is not None
    assert watch_of(house.store.run(run_id)).duration_s == LEAST_S


async def test_a_flip_that_was_left_again_is_not_watched(house: House) -> None:
    flip = await house.bench.flips.flip(SHOP, None, "jun", "sprint 14", bake_s=BAKE_S)
    await house.bench.flips.undo(SHOP, "jun", "not today")
    assert await house.bakes.begin(flip.id) is None


async def test_a_flip_that_was_refused_is_not_watched(house: House) -> None:
    await house.shop.tell(GREEN, "/health/503")
    with pytest.raises(Refused):
        await house.flip()
    assert house.started == []


async def test_a_pipeline_of_that_name_keeps_its_runs(house: House) -> None:
    flip = await house.bench.flips.flip(SHOP, None, "jun", "sprint 14", bake_s=BAKE_S)
    workspace = replace(house.workspace, pipelines={"colours": Pipeline("colours", None, ())})
    bakes = FlipBakes(house.store, RealClock(), workspace, house._start)
    with pytest.raises(Refused, match="a pipeline is named colours"):
        await bakes.begin(flip.id)
    assert await house.shop.colours() == {"green"}
    assert house.store.flip(flip.id).bake_run is None


async def test_a_flip_that_ended_badly_is_not_watched(house: House) -> None:
    flip = await house.bench.flips.flip(SHOP, None, "jun", "sprint 14", bake_s=BAKE_S)
    for state in (FlipState.FAILED, FlipState.UNKNOWN, FlipState.PROVED):
        house.store.save_flip(replace(flip, state=state))
        assert await house.bakes.begin(flip.id) is None
    house.store.save_flip(flip)
    assert await house.bakes.begin(flip.id) is not None


async def test_what_cannot_be_watched_is_said_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.bench.flips.flip(SHOP, None, "jun", "sprint 14", bake_s=BAKE_S)
    workspace = replace(house.workspace, pipelines={"colours": Pipeline("colours", None, ())})
    bakes = FlipBakes(house.store, TenLooks(), workspace, house._start)
    with pytest.raises(asyncio.CancelledError):
        await bakes.watch()
    assert [r.getMessage() for r in caplog.records if "is not watched" in r.getMessage()] == [
        "the flip of shop is not watched: a pipeline is named colours. Give it another name."
    ]
