"""Problems of different origin within minutes are one storm, and one notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.notice import Notice, notice_of
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.storm import storms
from devops_tui.domain.team import Team
from devops_tui.domain.work import RunCommand
from devops_tui.presentation.incidents import incident_list
from devops_tui.services.boards import Boards
from devops_tui.services.incidents import Incidents
from devops_tui.stores.sqlite.store import SqliteStore


class Bench:
    """Jobs that fail, each with a fingerprint of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        boards = Boards(self.store, self.clock, BoardRules(prefix="SHOP"), Team())
        self.incidents = Incidents(self.store, self.clock, boards)

    def fail(self, pipeline: str, job: str = "unit", after_s: float = 60) -> Incident:
        self.clock.move(after_s)
        stages = (Stage("test", StageKind.TEST, (Job(job, RunCommand("make")),)),)
        now = self.clock.now()
        run = Run(RunId(f"{pipeline}-1"), 1, Plan(pipeline, stages), State.WAITING, now, "jun")
        if not any(r.id == run.id for r in self.store.runs(pipeline)):
            self.store.add_run(run)
        record = JobRun(run.id, JobId(f"test/{job}"), State.FAILED)
        return self.incidents.job_failed(run, record, f"{pipeline}/{job}", ())

    def told(self) -> list[Notice]:
        notices = (notice_of(event) for event in self.store.events())
        return [n for n in notices if n is not None and n.kind.startswith("incident.")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_the_third_makes_a_storm_that_is_told_once(bench: Bench) -> None:
    for pipeline in ("shop", "api", "billing", "mail", "search"):
        bench.fail(pipeline)
    found = bench.store.incidents()
    assert {i.storm for i in found} == {"INC-1"}
    assert [n.kind for n in bench.told()] == [
        "incident.opened",
        "incident.opened",
        "incident.storm",
    ]
    assert "probably infrastructure" in bench.told()[-1].why
    (storm,) = storms(found)
    assert [m.id for m in storm.members] == [f"INC-{n}" for n in range(1, 6)]


def test_jobs_of_one_run_have_one_reason_and_are_no_storm(bench: Bench) -> None:
    for job in ("unit", "lint", "load"):
        bench.fail("shop", job)
    assert {i.storm for i in bench.store.incidents()} == {""}


def test_what_is_far_apart_is_no_storm(bench: Bench) -> None:
    for pipeline in ("shop", "api", "billing"):
        bench.fail(pipeline, after_s=301)
    assert {i.storm for i in bench.store.incidents()} == {""}


def test_a_storm_ends_when_ten_minutes_bring_nothing_new(bench: Bench) -> None:
    for pipeline in ("shop", "api", "billing"):
        bench.fail(pipeline)
    late = bench.fail("mail", after_s=601)
    assert late.storm == ""


def test_the_list_says_so_above_all_problems(bench: Bench) -> None:
    for pipeline in ("shop", "api", "billing"):
        bench.fail(pipeline)
    found = bench.store.incidents()
    first = "".join(s.text for s in incident_list(found, bench.clock.now(), 120)[0].line)
    assert first.startswith("✕ storm: 3 problems broke out together: probably infrastructure")
    over = [replace(i, resolved_at=bench.clock.now()) for i in found]
    assert storms(over) == ()
