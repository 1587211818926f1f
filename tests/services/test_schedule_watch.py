"""Pipelines that the clock starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.git_repo import GitRepo

from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, Pipeline, Run, Source, Stage, StageKind
from devops_tui.domain.schedule import Schedule
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.integrations.git import GitSources
from devops_tui.services.schedules import ScheduleWatch
from devops_tui.stores.sqlite.store import SqliteStore

NIGHTLY = Schedule("0 3 * * *", "Europe/Berlin")  # 02:00 UTC in winter
STAGES = (Stage("test", StageKind.TEST, (Job("unit", RunCommand("true")),)),)


class Site:
    """A store and a pipeline with a schedule; a watch that is begun anew at each look."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
        self.sources = GitSources(folder / "mirrors", timeout_s=30.0)
        self.pipeline = Pipeline("nightly", None, STAGES, schedule=NIGHTLY)
        self.started: list[str] = []
        self.last = self.watch()

    def watch(self) -> ScheduleWatch:
        workspace = Workspace("test", "", pipelines={"nightly": self.pipeline})
        self.last = ScheduleWatch(self.store, self.clock, self.sources, workspace, self.start)
        return self.last

    async def start(self, run_id: RunId) -> None:
        self.started.append(run_id)

    async def look(self) -> Run | None:
        return await self.watch().look(self.pipeline)

    def at(self, text: str) -> None:
        self.clock.at = datetime.fromisoformat(text).replace(tzinfo=UTC)

    @property
    def next_at(self) -> str:
        state = self.store.source_state("nightly")
        assert state is not None
        assert state.next_at is not None
        return f"{state.next_at:%m-%d %H:%M}"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_it_runs_once_at_its_time(site: Site) -> None:
    assert await site.look() is None
    assert site.next_at == "03-02 02:00"
    site.at("2026-03-02T01:59:59")
    assert await site.look() is None
    site.at("2026-03-02T02:00:01")
    run = await site.look()
    assert run is not None
    assert (run.trigger, run.actor, run.why) == (
        "schedule",
        "schedule",
        "0 3 * * * Europe/Berlin",
    )
    assert await site.look() is None
    assert site.next_at == "03-03 02:00"
    assert site.started == ["nightly-1"]


async def test_what_was_missed_is_one_run_that_says_so(site: Site) -> None:
    await site.look()
    site.at("2026-03-05T09:30:00")
    run = await site.look()
    assert run is not None
    assert run.why == (
        "0 3 * * * Europe/Berlin: missed 4 times while no worker ran, last at 03-05 03:00; "
        "runs once"
    )
    assert await site.look() is None
    assert site.next_at == "03-06 02:00"
    (event,) = [e for e in site.store.events() if e.kind == "schedule.missed"]
    assert event.data["count"] == 4


async def test_a_new_or_changed_schedule_begins_with_its_next_occasion(site: Site) -> None:
    await site.look()
    site.pipeline = replace(site.pipeline, schedule=Schedule("*/5 * * * *"))
    site.at("2026-03-04T09:31:00")
    assert await site.look() is None
    assert site.next_at == "03-04 09:35"


async def test_an_occasion_waits_for_a_source_that_cannot_be_read(
    site: Site, tmp_path: Path
) -> None:
    site.pipeline = replace(site.pipeline, source=Source(str(tmp_path / "repo")))
    await site.look()
    site.at("2026-03-02T02:00:01")
    watch = site.watch()
    with pytest.raises(HostUnreachable):
        await watch.look(site.pipeline)
    state = site.store.source_state("nightly")
    assert state is not None
    assert state.unreadable_since == site.clock.now()
    GitRepo(tmp_path / "repo").commit("first")
    site.clock.move(10)
    assert await watch.look(site.pipeline) is None  # not again at once
    site.clock.move(21)
    run = await watch.look(site.pipeline)
    assert run is not None
    assert (run.plan.branch, run.why) == ("main", "0 3 * * * Europe/Berlin")


async def test_the_same_commit_runs_each_night(site: Site, tmp_path: Path) -> None:
    GitRepo(tmp_path / "repo").commit("first")
    site.pipeline = replace(site.pipeline, source=Source(str(tmp_path / "repo")))
    await site.look()
    for day in (2, 3):
        site.at(f"2026-03-0{day}T02:00:05")
        assert await site.look() is not None
    assert site.started == ["nightly-1", "nightly-2"]
