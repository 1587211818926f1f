"""The worker's life, with a crew that only remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import Request, RequestState, Verb, Worker, WorkerState
from devops_tui.domain.errors import Mistake, NotFound
from devops_tui.domain.event import Json
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.workspace import Workspace
from devops_tui.services.pulse import Pulse
from devops_tui.services.requests import file_request
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.worker.process import EXIT_TAKEN, Reading, Tools, WorkerProcess

PATIENCE_S = 20


@dataclass
class RememberingCrew:
    """A double of the crew: no world behind it."""

    name: str
    log: list[str] = field(default_factory=list)

    async def recover(self) -> None:
        self.log.append(f"{self.name} recovers")

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def act(self, request: Request) -> Mapping[str, Json]:
        self.log.append(f"{self.name} {request.verb} {request.subject}")
        if request.subject == "nothing":
            raise NotFound("no pipeline nothing", "There are: shop.")
        if request.subject == "defect":
            raise ZeroDivisionError
        return {"run_id": "shop-1"}

    async def lead(self) -> None:
        await asyncio.Event().wait()

    def let_go(self) -> None:
        self.log.append(f"{self.name} lets go")

    @property
    def is_busy(self) -> bool:
        return False

    async def park(self) -> None:
        self.log.append(f"{self.name} parks")


@dataclass
class House:
    """One workspace's store and configuration, and the workers started on it."""

    path: Path
    reading: Reading = field(default_factory=lambda: Reading(Workspace("shop", "/x"), (), "1"))
    log: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    idle_s: float | None = None

    def open(self) -> SqliteStore:
        return SqliteStore.open(self.path)

    def worker(self, name: str) -> tuple[WorkerProcess, SqliteStore]:
        store = self.open()
        clock = SystemClock()
        now = clock.now()
        me = Worker(WorkerId(name), "here", 1, "1", WorkerState.STARTING, now, now)

        def build(workspace: Workspace, pulse: Pulse, worker: Worker) -> RememberingCrew:
            assert worker.fence > 0
            return RememberingCrew(f"{name}:{workspace.name}", self.log)

        tools = Tools(
            store,
            clock,
            lambda: self.reading,
            lambda: self.reading.digest,
            build,
            lambda other: other.id in self.dead,
            self.idle_s,
            patience_s=5,
        )
        return WorkerProcess(me, tools), store


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "state.db")


async def until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not look():  # noqa: ASYNC110 - another process changes the store: no event to await
            await asyncio.sleep(0.01)


@asynccontextmanager
async def working(house: House, name: str) -> AsyncIterator[tuple[WorkerProcess, SqliteStore]]:
    process, store = house.worker(name)
    task = asyncio.create_task(process.run())
    await until(lambda: any("recovers" in row and name in row for row in house.log))
    yield process, store
    process.stop("the test is over")
    async with asyncio.timeout(PATIENCE_S):
        assert await task == 0
    store.close()


def ask(store: SqliteStore, subject: str, verb: Verb = Verb.RUN) -> Request:
    return file_request(store, SystemClock(), verb, subject, "jun")


async def test_a_wish_is_done_and_its_outcome_stored(house: House) -> None:
    desk = house.open()
    async with working(house, "w1"):
        request = ask(desk, "shop")
        await until(lambda: desk.request(request.id).state is RequestState.DONE)
        assert desk.request(request.id).outcome == {"run_id": "shop-1"}
    assert house.log == ["w1:shop recovers", "w1:shop pipeline.run shop", "w1:shop parks"]
    desk.close()


async def test_a_wish_that_cannot_be_done_is_refused_with_the_reason(house: House) -> None:
    desk = house.open()
    async with working(house, "w1"):
        for subject, error in (("nothing", "no pipeline nothing"), ("defect", "a defect")):
            request = ask(desk, subject)
            await until(lambda: desk.request(request.id).state is RequestState.REFUSED)  # noqa: B023 - awaited in the loop
            assert desk.request(request.id).error.startswith(error)
    desk.close()


async def test_a_second_worker_leaves_the_first_alone(house: House) -> None:
    async with working(house, "w1"):
        second, store = house.worker("w2")
        assert await second.run() == EXIT_TAKEN
        store.close()


async def test_a_dead_worker_is_replaced_at_once_with_a_higher_fence(house: House) -> None:
    desk = house.open()
    clock = SystemClock()
    now = clock.now()
    lease = desk.take_lease("worker", "w0", "acts", now, 3600)
    assert lease is not None
    desk.save_worker(Worker(WorkerId("w0"), "here", 1, "1", WorkerState.WORKING, now, now, 1))
    request = ask(desk, "shop")
    desk.claim_request(request.id)
    house.dead.add("w0")
    async with working(house, "w1"):
        (worker,) = desk.workers()
        assert (worker.id, worker.fence) == ("w1", lease.fence + 1)
        ended = desk.request(request.id)
        assert ended.state is RequestState.REFUSED  # claimed by the dead one: never repeated
        assert "the worker ended" in ended.error
    desk.close()


async def test_a_newer_version_takes_over_between_steps(house: House) -> None:
    desk = house.open()
    first, store = house.worker("w1")
    old = asyncio.create_task(first.run())
    await until(lambda: house.log)
    file_request(desk, SystemClock(), Verb.HAND_OVER, "w1", "worker", "version 2 is installed")
    async with working(house, "w2"):
        assert await old == 0
        assert [w.id for w in desk.workers()] == ["w2"]
    assert house.log.index("w1:shop parks") < house.log.index("w2:shop recovers")
    store.close()
    desk.close()


async def test_a_changed_configuration_gets_a_new_crew(house: House) -> None:
    async with working(house, "w1") as (_, store):
        house.reading = Reading(Workspace("market", "/x"), (), "2")
        await until(lambda: "w1:market recovers" in house.log)
        workspace = store.workspace()
        assert workspace is not None
        assert workspace.name == "market"


async def test_a_broken_configuration_keeps_the_last_good_one_acting(house: House) -> None:
    async with working(house, "w1") as (_, store):
        house.reading = Reading(None, (Mistake("devops.yaml", 3, 1, "what"),), "2")
        await until(lambda: house.log.count("w1:shop recovers") == 2)
        assert [m.line for m in store.workspace_mistakes()] == [3]


async def test_without_any_good_configuration_a_wish_is_refused_not_lost(house: House) -> None:
    house.reading = Reading(None, (Mistake("devops.yaml", 3, 1, "what"),), "1")
    desk = house.open()
    process, store = house.worker("w1")
    task = asyncio.create_task(process.run())
    request = ask(desk, "shop")
    await until(lambda: desk.request(request.id).state is RequestState.REFUSED)
    assert "devops-tui check" in desk.request(request.id).hint
    process.stop("over")
    assert await task == 0
    store.close()
    desk.close()


async def test_stop_is_a_wish_too(house: House) -> None:
    desk = house.open()
    process, store = house.worker("w1")
    task = asyncio.create_task(process.run())
    await until(lambda: house.log)
    ask(desk, "w1", Verb.STOP_WORKER)
    async with asyncio.timeout(PATIENCE_S):
        assert await task == 0
    assert desk.workers() == []
    assert [e.kind for e in desk.events()][-1] == "worker.stopped"
    store.close()
    desk.close()


async def test_a_worker_that_lost_its_lease_stops_acting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.worker.process.BEAT_S", 0.05)
    desk = house.open()
    process, store = house.worker("w1")
    task = asyncio.create_task(process.run())
    await until(lambda: house.log)
    desk.release_lease("worker", "w1")
    assert desk.take_lease("worker", "w9", "took over", SystemClock().now(), 3600) is not None
    async with asyncio.timeout(PATIENCE_S):
        await task
    lease = desk.lease("worker")
    assert lease is not None
    assert lease.holder == "w9"
    store.close()
    desk.close()


async def test_an_idle_worker_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devops_tui.worker.process.BEAT_S", 0.05)
    house.idle_s = 0.2
    process, store = house.worker("w1")
    async with asyncio.timeout(PATIENCE_S):
        assert await process.run() == 0
    assert [e.why for e in store.events() if e.kind == "worker.stopped"] == ["idle"]
    store.close()
