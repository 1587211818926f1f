"""What retention would remove, and what it never does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.artifact import Holding, JobInput
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, FlipId, HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Artifact,
    Job,
    LogChunk,
    Pipeline,
    Plan,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.retention import DAY_S, Rest, Retention
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.services.left_folders import LeftFolders
from devops_tui.services.prune_plan import mirror_name, plan
from devops_tui.stores.sqlite.store import SqliteStore

BUILD = JobId("build/build")
SHOP = ServiceName("shop")
DAY = timedelta(days=1)


class House:
    """A store with runs of some days."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        self.workspace = Workspace("test", str(folder), retention=Retention())
        self.folders = LeftFolders(folder / "checkouts", folder / "mirrors")

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def limits(self, **of: float) -> None:
        retention = replace(self.workspace.retention, **of)  # type: ignore[arg-type]
        self.workspace = replace(self.workspace, retention=retention)

    def run(
        self,
        number: int,
        days: float,
        letter: str = "",
        state: State = State.OK,
        pipeline: str = "shop",
    ) -> RunId:
        """A run that ended so many days ago, with an artifact and two chunks of log."""
        stage = Stage("build", StageKind.BUILD, (Job("build", RunCommand("x")),))
        run_id = RunId(f"{pipeline}-{number}")
        at = self.now - days * DAY
        ended = None if state in (State.RUNNING, State.WAITING) else at
        self.store.add_run(
            Run(run_id, number, Plan(pipeline, (stage,)), state, at, "jun", ended_at=ended)
        )
        if letter:
            self.store.add_artifact(self.artifact(run_id, letter, at))
        chunk = LogChunk(run_id, BUILD, 1, HostName("local"), 0, b"abc", at)
        self.store.append_log([chunk, replace(chunk, offset=3)])
        return run_id

    def artifact(self, run_id: RunId, letter: str, at: datetime) -> Artifact:
        return Artifact(digest(letter), "dist/shop.pyz", 10, run_id, BUILD, "c0ffee", at)

    def gone(self, kind: Rest) -> dict[str, str]:
        report = plan(self.store, self.clock, self.workspace, self.folders)
        return {item.subject: item.why for item in report.gone if item.kind is kind}

    def kept(self) -> dict[str, str]:
        return dict(plan(self.store, self.clock, self.workspace, self.folders).kept)


def digest(letter: str) -> Digest:
    return Digest(f"sha256:{letter * 64}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def test_nothing_goes_from_a_young_workspace(house: House) -> None:
    for number in range(1, 6):
        house.run(number, 1, "abcde"[number - 1])
    report = plan(house.store, house.clock, house.workspace, house.folders)
    assert report.gone == ()


def test_runs_go_by_count_and_by_age_but_never_the_newest_success(house: House) -> None:
    house.limits(runs=3)
    house.run(1, 200, "a")
    for number, days in ((2, 100), (3, 4), (4, 3), (5, 2)):
        house.run(number, days, state=State.FAILED)
    gone = house.gone(Rest.RUN)
    assert gone == {"shop-2": "beyond the newest 3 of shop"}
    assert house.kept()["shop-1"] == "newest success of shop"
    house.limits(runs=10)
    assert house.gone(Rest.RUN) == {"shop-2": "older than 90d"}


def test_each_pipeline_has_its_own_count(house: House) -> None:
    house.limits(runs=1)
    house.run(1, 2, pipeline="a", state=State.FAILED)
    house.run(2, 1, pipeline="a")
    house.run(1, 1, pipeline="b")
    assert set(house.gone(Rest.RUN)) == {"a-1"}


def test_a_run_that_has_not_ended_keeps_itself_its_files_and_its_inputs(house: House) -> None:
    house.limits(runs=1)
    house.run(1, 300, "a", State.FAILED)
    running = house.run(2, 300, "b", State.RUNNING)
    record = house.store.job_run(running, BUILD)
    inputs = (JobInput("dist/shop.pyz", digest("a"), RunId("shop-1")),)
    house.store.save_job(replace(record, inputs=inputs), record.state)
    house.run(3, 1, state=State.FAILED)
    assert house.gone(Rest.ARTIFACT) == {}
    assert house.kept()[digest("a")] == "shop-2 uses it"
    assert "shop-2" not in house.gone(Rest.LOG)
    assert house.gone(Rest.RUN) == {}, "the run that built an input says where it comes from"


def test_artifacts_go_by_count_of_digests_and_by_age(house: House) -> None:
    house.limits(artifacts=2)
    for number, letter in enumerate("aabcd", start=1):
        house.run(number, 6 - number, letter, State.FAILED)
    gone = house.gone(Rest.ARTIFACT)
    assert gone == {
        digest("a"): "beyond the newest 2 of dist/shop.pyz",
        digest("b"): "beyond the newest 2 of dist/shop.pyz",
    }
    house.limits(artifacts=20, artifacts_age_s=2.5 * DAY_S)
    assert set(house.gone(Rest.ARTIFACT)) == {digest("a"), digest("b")}


def test_a_digest_that_any_run_keeps_stays(house: House) -> None:
    house.limits(artifacts_age_s=10 * DAY_S)
    house.run(1, 50, "a", State.FAILED)
    house.run(2, 1, "a", State.FAILED)
    assert house.gone(Rest.ARTIFACT) == {}


def test_what_serves_and_what_is_the_way_back_stays(house: House) -> None:
    house.limits(artifacts=1, runs=1)
    for number, letter in enumerate("abcd", start=1):
        house.run(number, 300 - number, letter, State.FAILED)
    digests = {"blue": digest("a"), "green": digest("b")}
    house.store.save_service(ServiceStatus(SHOP, live=Colour.GREEN, digests=digests))
    assert set(house.gone(Rest.ARTIFACT)) == {digest("c"), digest("d")}
    assert house.kept()[digest("a")] == "shop blue is the way back"
    assert house.kept()[digest("b")] == "shop green serves"
    assert {"shop-1", "shop-2"}.isdisjoint(house.gone(Rest.RUN))


def test_the_last_two_releases_of_a_service_stay(house: House) -> None:
    house.limits(runs=1)
    for number in range(1, 5):
        run_id = house.run(number, 300 - number, "abcd"[number - 1], State.FAILED)
        asked = house.now - (300 - number) * DAY
        flip = Flip(
            FlipId(f"shop-f{number}"), SHOP, Colour.BLUE, Colour.GREEN, FlipState.DONE, "jun",
            "", number, asked, run_id=run_id,
        )  # fmt: skip
        house.store.add_flip(flip)
    house.store.save_service(ServiceStatus(SHOP, live=Colour.GREEN))
    assert set(house.gone(Rest.RUN)) == {"shop-1", "shop-2"}
    assert set(house.gone(Rest.ARTIFACT)) == {digest("a"), digest("b")}


def test_a_pinned_file_and_the_run_that_built_it_stay(house: House) -> None:
    house.limits(runs=1)
    house.run(1, 300, "a", State.FAILED)
    house.run(2, 1, "b")
    pinned = Holding(digest("a"), pinned_at=house.now, pinned_by="jun", pin_why="reads old orders")
    house.store.save_holding(pinned)
    assert house.gone(Rest.ARTIFACT) == {}
    assert house.gone(Rest.RUN) == {}
    assert house.kept()[digest("a")] == "pinned by jun: reads old orders"
    house.store.save_holding(replace(pinned, pinned_at=None))
    assert set(house.gone(Rest.ARTIFACT)) == {digest("a")}


def test_a_pruned_file_is_not_planned_again(house: House) -> None:
    house.run(1, 300, "a", State.FAILED)
    house.store.save_holding(Holding(digest("a"), pruned_at=house.now))
    assert house.gone(Rest.ARTIFACT) == {}


def test_logs_go_before_their_runs(house: House) -> None:
    house.run(1, 40)
    house.run(2, 1)
    assert house.gone(Rest.LOG) == {"shop-1": "older than 30d"}
    assert house.gone(Rest.RUN) == {}
    report = plan(house.store, house.clock, house.workspace, None)
    assert [(i.size_bytes, i.count) for i in report.gone] == [(6, 2)]


def test_a_run_that_goes_takes_its_log_along(house: House) -> None:
    house.limits(runs=1, logs_s=1000 * DAY_S)
    house.run(1, 2, state=State.FAILED)
    house.run(2, 1)
    report = plan(house.store, house.clock, house.workspace, None)
    assert [(i.kind, i.subject) for i in report.gone] == [
        (Rest.LOG, "shop-1"),
        (Rest.RUN, "shop-1"),
    ]


def test_old_events_go_but_those_of_delivery_and_audit(house: House) -> None:
    for kind in ("job.started", "run.finished", "host.state_changed"):
        house.store.append(Event(kind, "x", house.now - 400 * DAY))
    house.store.append(Event("job.started", "x", house.now))
    report = plan(house.store, house.clock, house.workspace, None)
    assert [(i.kind, i.count, i.why) for i in report.gone] == [(Rest.EVENTS, 2, "older than 365d")]


def folder(path: Path, at: datetime) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_bytes(b"12345")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_checkouts_of_ended_and_of_unknown_runs_go(house: House) -> None:
    house.run(1, 5)
    house.run(2, 5, state=State.RUNNING)
    old, young = house.now - 3 * DAY, house.now - DAY
    for name, at in (("shop-1", old), ("shop-2", old), ("shop-9", old), ("shop-8", young)):
        folder(house.folder / "checkouts" / name, at)
    folder(house.folder / "checkouts" / ".new-abc", old)
    folder(house.folder / "checkouts" / ".gone-abc", house.now)
    gone = house.gone(Rest.CHECKOUT)
    assert gone == {
        ".new-abc": "left by a process that ended in the middle",
        "shop-1": "older than 2d",
        "shop-9": "its run is gone",
    }
    report = plan(house.store, house.clock, house.workspace, house.folders)
    assert {i.size_bytes for i in report.gone if i.kind is Rest.CHECKOUT} == {5}


def test_copies_of_repositories_that_nobody_names_go(house: House) -> None:
    used, unused = "https://git.example.com/shop.git", "https://git.example.com/old.git"
    pipeline = Pipeline("shop", Source(used), ())
    house.workspace = replace(house.workspace, pipelines={"shop": pipeline})
    for url in (used, unused):
        folder(house.folder / "mirrors" / mirror_name(url), house.now - 3 * DAY)
    assert set(house.gone(Rest.MIRROR)) == {mirror_name(unused)}


def test_the_mirror_s_name_is_the_one_that_git_makes(tmp_path: Path) -> None:
    import asyncio

    from support.git_repo import GitRepo

    from devops_tui.integrations.git import GitSources

    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", a="a")
    head = repo.git("rev-parse", "HEAD")
    sources = GitSources(tmp_path / "mirrors")
    asyncio.run(sources.checkout(repo.url, head, tmp_path / "out"))
    assert [p.name for p in (tmp_path / "mirrors").iterdir()] == [mirror_name(repo.url)]
