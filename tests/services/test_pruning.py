"""Pruning for real: files, folders, rows; in short pieces, and again after a death."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.artifact import Holding
from devops_tui.domain.errors import NotFound
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import THIS_MACHINE, Digest, HostName, JobId, RunId
from devops_tui.domain.pipeline import (
    Artifact,
    Job,
    LogChunk,
    Plan,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.retention import Rest, Retention
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.services.jobs.tools import task_id
from devops_tui.services.left_folders import LeftFolders
from devops_tui.services.pruning import Pruner
from devops_tui.services.shelf import Shelf
from devops_tui.services.spools import Spools
from devops_tui.stores.repository import FileRepository
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.links import JobctlRunners, SshLinks

BUILD = JobId("build/build")
DAY = timedelta(days=1)
PLAN = Plan("shop", (Stage("build", StageKind.BUILD, (Job("build", RunCommand("x")),)),))


class House:
    """Everything that a pruner needs, on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        hosts = {str(THIS_MACHINE): Host(THIS_MACHINE, is_local=True)}
        self.workspace = Workspace("test", str(folder), hosts=hosts, retention=Retention(runs=1))
        self.repository = FileRepository(folder / "artifacts")
        self.shelf = Shelf(self.store, self.clock, self.repository)
        self.folders = LeftFolders(folder / "checkouts", folder / "mirrors")
        self.links = SshLinks(hosts)
        self.runners = JobctlRunners(self.links, folder / "spool")
        self.spools = Spools(self.store, self.clock, self.runners)

    def pruner(self) -> Pruner:
        return Pruner(self.store, self.clock, self.workspace, self.shelf, self.folders, self.spools)

    async def run(self, number: int, days: float, text: str, state: State = State.FAILED) -> Run:
        at = self.clock.now() - days * DAY
        run = Run(RunId(f"shop-{number}"), number, PLAN, state, at, "jun", ended_at=at)
        self.store.add_run(run)
        source = self.folder / "source"
        source.write_text(text)
        digest, size = await self.repository.store(source)
        self.store.add_artifact(Artifact(digest, "app", size, run.id, BUILD, "c0ffee", at))
        for offset in range(5):
            host = HostName("local")
            self.store.append_log([LogChunk(run.id, BUILD, 1, host, offset, b"x", at)])
        return run

    def digest(self, number: int) -> Digest:
        return self.store.artifacts(RunId(f"shop-{number}"))[0].digest


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    house.runners.close()
    await house.links.close()
    house.store.close()


async def test_a_run_goes_with_its_log_and_the_file_that_only_it_had(house: House) -> None:
    await house.run(1, 3, "one")
    await house.run(2, 2, "shared")
    await house.run(3, 1, "shared", State.OK)
    lone, shared = house.digest(1), house.digest(2)
    report = await house.pruner().prune()
    assert {(i.kind, i.subject) for i in report.gone} == {
        (Rest.ARTIFACT, lone),
        (Rest.LOG, "shop-1"),
        (Rest.LOG, "shop-2"),
        (Rest.RUN, "shop-1"),
        (Rest.RUN, "shop-2"),
    }
    with pytest.raises(NotFound):
        house.store.run(RunId("shop-1"))
    assert not house.store.has_log(RunId("shop-1"))
    assert (await house.shelf.file(shared)).read_text() == "shared"
    with pytest.raises(NotFound, match="was pruned on 2026-03-01 by retention: its run goes"):
        await house.shelf.file(lone)
    (event,) = [e for e in house.store.events() if e.kind == "retention.pruned"]
    assert event.data["counts"]["artifact"] == 1


async def test_a_log_that_went_leaves_its_date(house: House) -> None:
    house.workspace = replace(house.workspace, retention=Retention())
    run = await house.run(1, 40, "one", State.OK)
    before = house.clock.now()
    await house.pruner().prune()
    assert not house.store.has_log(run.id)
    assert house.store.run(run.id).log_pruned_at == before
    assert (await house.shelf.file(house.digest(1))).exists()


async def test_pruning_again_does_nothing_and_says_nothing(house: House) -> None:
    await house.run(1, 3, "one")
    await house.run(2, 1, "two", State.OK)
    await house.pruner().prune()
    count = len(house.store.events())
    assert (await house.pruner().prune()).gone == ()
    assert len(house.store.events()) == count


async def test_a_file_that_was_marked_and_not_removed_is_removed(house: House) -> None:
    await house.run(1, 1, "one", State.OK)
    digest = house.digest(1)
    house.store.save_holding(Holding(digest, pruned_at=house.clock.now(), pruned_why="old"))
    report = await house.pruner().prune()
    assert [(i.kind, i.subject, i.size_bytes) for i in report.gone] == [(Rest.ARTIFACT, digest, 3)]
    assert await house.repository.sizes() == {}


async def test_folders_of_ended_runs_go(house: House) -> None:
    house.workspace = replace(house.workspace, retention=Retention())
    await house.run(1, 3, "one", State.OK)
    checkout = house.folder / "checkouts" / "shop-1" / "build.build.1"
    checkout.mkdir(parents=True)
    (checkout / "file").write_text("12345")
    old = (house.clock.now() - 3 * DAY).timestamp()
    os.utime(checkout.parent, (old, old))
    report = await house.pruner().prune()
    assert [(i.kind, i.subject, i.size_bytes) for i in report.gone] == [
        (Rest.CHECKOUT, "shop-1", 5)
    ]
    assert list((house.folder / "checkouts").iterdir()) == []


async def test_spools_of_old_runs_go_and_no_others(house: House) -> None:
    house.workspace = replace(house.workspace, retention=Retention())
    old = await house.run(1, 3, "one", State.OK)
    young = await house.run(2, 1, "two", State.OK)
    stranger = replace(old, created_at=old.created_at + DAY)
    runner = house.runners.on(THIS_MACHINE)
    names = [task_id(run, BUILD, 1, THIS_MACHINE) for run in (old, young, stranger)]
    for name in names:
        await runner.start(name, "true", env={}, secrets={}, folder="")
        async for _ in runner.follow(name, 0):  # until it has ended
            pass
    report = await house.pruner().prune()
    assert [(i.kind, i.count) for i in report.gone] == [(Rest.SPOOL, 1)]
    assert sorted(await runner.tasks()) == sorted(names[1:])


async def test_what_cannot_be_removed_is_told_and_the_rest_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.run(1, 3, "one")
    await house.run(2, 1, "two", State.OK)

    async def broken(_: Digest) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(house.repository, "remove", broken)
    report = await house.pruner().prune()
    assert any("Read-only file system" in error for error in report.errors)
    assert house.store.run(RunId("shop-1")), "its row stays while its file could not go"
    assert not house.store.has_log(RunId("shop-1"))


async def test_old_events_go_in_pieces_and_the_chain_holds(house: House) -> None:
    at = house.clock.now() - 400 * DAY
    with house.store.transaction():
        for number in range(300):
            house.store.append(Event("job.started", f"shop-{number}", at))
    house.store.append(Event("job.started", "shop-301", house.clock.now()))
    report = await house.pruner().prune()
    assert [(i.kind, i.count) for i in report.gone] == [(Rest.EVENTS, 300)]
    assert [e.kind for e in house.store.events()] == ["job.started", "retention.pruned"]
    assert house.store.first_broken_event() is None


_KILLED = """
import asyncio, os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from services_pruning_house import House

async def main():
    house = House(Path({folder!r}))
    left = {count}
    remove, drop = house.repository.remove, house.store.drop_log
    def count():
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    async def removing(digest):
        count()
        done = await remove(digest)
        count()
        return done
    def dropping(run_id, rows):
        count()
        done = drop(run_id, 1)
        count()
        return done
    house.repository.remove = removing
    house.store.drop_log = dropping
    await house.pruner().prune()

asyncio.run(main())
"""


@pytest.mark.parametrize("count", range(1, 14))
async def test_a_death_in_the_middle_leaves_no_row_without_its_file(
    house: House, count: int, tmp_path: Path
) -> None:
    await house.run(1, 4, "one")
    await house.run(2, 3, "two")
    await house.run(3, 1, "three", State.OK)
    house.clock.move(0)
    script = _KILLED.format(
        tests=str(Path(__file__).parent), folder=str(tmp_path), count=count
    ).replace("services_pruning_house", "test_pruning")
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], env=environ, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    there = await house.repository.sizes()
    for row in house.store.all_artifacts():
        is_marked = house.store.holding(row.digest).pruned_at is not None
        assert is_marked or row.digest in there
    for mark in house.store.run_marks():
        run = house.store.run(mark.run_id)
        chunks, _ = house.store.log_room(mark.run_id)
        assert chunks == 5 or run.log_pruned_at is not None
    await house.pruner().prune()
    assert [m.run_id for m in house.store.run_marks()] == ["shop-3"]
    assert list(await house.repository.sizes()) == [house.digest(3)]
