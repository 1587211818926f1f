"""When running work probably ends; nothing is said that is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.expectation import Expectation, of_job, of_run
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.view import RunView
from devops_tui.domain.work import AskApproval, RunCommand
from devops_tui.presentation import expectation

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
UNIT, LOAD = JobId("test/unit"), JobId("load/load")
STAGES = (
    Stage("test", StageKind.TEST, (Job("unit", RunCommand("a")),)),
    Stage("load", StageKind.TEST, (Job("load", RunCommand("b")),)),
    Stage("release", StageKind.RELEASE, (Job("approve", AskApproval()),)),
)


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def past(number: int, unit_s: float, state: State = State.OK, load_s: float = 30.0) -> RunView:
    run = Run(RunId(f"p-{number}"), number, Plan("p", STAGES), state, BEGAN, "jun")
    unit = JobRun(run.id, UNIT, state, started_at=BEGAN, ended_at=after(unit_s))
    load = JobRun(run.id, LOAD, State.OK, started_at=BEGAN, ended_at=after(load_s))
    return RunView(run, {UNIT: unit, LOAD: load})


def now() -> RunView:
    run = Run(RunId("p-9"), 9, Plan("p", STAGES), State.RUNNING, BEGAN, "jun", started_at=BEGAN)
    unit = JobRun(run.id, UNIT, State.RUNNING, started_at=BEGAN)
    return RunView(run, {UNIT: unit, LOAD: JobRun(run.id, LOAD)})


HISTORY = [past(5, 90.0), past(4, 1000.0, State.FAILED), past(3, 110.0), past(2, 100.0)]


def test_a_job_ends_after_the_median_of_its_successes() -> None:
    assert of_job(HISTORY, now(), UNIT, after(25)) == Expectation(100.0, 25.0, after(100), 3)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_successes_say_nothing(count: int) -> None:
    few = [past(n, 100.0) for n in range(1, count + 1)] + [past(8, 5.0, State.FAILED)]
    assert of_job(few, now(), UNIT, after(25)) is None
    assert of_run(few, now(), after(25)) is None


def test_what_was_taken_over_took_no_time() -> None:
    reused = [replace(p, jobs={UNIT: replace(p.jobs[UNIT], is_reused=True)}) for p in HISTORY]
    assert of_job(reused, now(), UNIT, after(25)) is None


def test_other_pipelines_and_later_runs_do_not_count() -> None:
    other = [
        replace(p, run=replace(p.run, plan=replace(p.run.plan, pipeline="q"))) for p in HISTORY
    ]
    later = [past(n, 1.0) for n in (12, 11, 10)]
    assert of_job([*later, *other], now(), UNIT, after(25)) is None


def test_what_does_not_run_has_no_end() -> None:
    assert of_job(HISTORY, now(), LOAD, after(25)) is None
    ended = now()
    ended = replace(ended, run=replace(ended.run, state=State.OK))
    assert of_run(HISTORY, ended, after(25)) is None


def test_a_run_ends_with_the_stages_before_the_next_approval() -> None:
    found = of_run(HISTORY, now(), after(25))
    assert found is not None
    assert found.ends_at == after(25 + 75 + 30)
    assert found.usual_s == pytest.approx(130.0)


def test_a_stage_that_takes_longer_shifts_those_after_it() -> None:
    found = of_run(HISTORY, now(), after(200))
    assert found is not None
    assert found.ends_at == after(230)


@pytest.mark.parametrize(
    ("for_s", "says"),
    [
        (25.0, "25 % · ends about"),
        (25.0, "usually 1 m 40 s"),
        (101.0, "should end now · usually 1 m 40 s"),
        (124.0, "should end now"),
        (130.0, "longer than usual by 30 s"),
    ],
)
def test_it_is_said_in_words(for_s: float, says: str) -> None:
    at = after(for_s)
    shown = "".join(s.text for s in expectation.told(of_job(HISTORY, now(), UNIT, at), at))
    assert says in shown


def test_nothing_known_is_nothing_said() -> None:
    assert expectation.told(None, BEGAN) == ()
    assert not Expectation(2.0, 6.0, None, 3).is_longer  # of a job of a second all is noise
