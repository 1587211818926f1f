"""A job tried again while its run goes on, and a lost one whose end a person tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.engine_bench import KINDS, Bench, fail, job, plan

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import NotAllowed, NotFound, Refused
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import JobRun, Pipeline, State
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.work import AskApproval
from devops_tui.domain.workspace import Workspace
from devops_tui.services.repairs import rerun_job, resolve_lost
from devops_tui.services.reruns import rerun_today

CLOCK = SystemClock()
JUN = Workspace("test", "/", team=Team((Member("jun", (Role.MEMBER,)),)))
A, B, C, CLEAN = JobId("s0/a"), JobId("s0/b"), JobId("s0/c"), JobId("s1/clean")


def lose(record: JobRun) -> JobRun:
    return replace(record, state=State.LOST, why="the host rebooted")


@pytest.fixture(params=KINDS)
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    made = Bench(tmp_path, request.param)
    made.acts.outcomes |= {"fail": fail, "lose": lose}
    yield made
    await made.close()


def again(bench: Bench, run_id: RunId, job_id: JobId = A) -> None:
    rerun_job(bench.store, CLOCK, run_id, job_id, "jun", "the disk has room now")


def resolve(
    bench: Bench, run_id: RunId, *, is_ok: bool, job_id: JobId = A, actor: str = "jun"
) -> None:
    why = "the table is there"
    resolve_lost(bench.store, CLOCK, JUN, run_id, job_id, actor, why, is_ok=is_ok)


async def under_way(bench: Bench, script: str, **more: object) -> RunId:
    """A job that ends, one that needs it, one that goes on, and a stage behind them."""
    jobs = (job("a", script, **more), job("b", "ok", "a"), job("c", "hang"))
    run_id = bench.add(plan(jobs, (job("d"),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.record(run_id, "s0/b").state is State.SKIPPED)
    return run_id


async def test_a_failed_job_is_tried_again_while_the_rest_runs(bench: Bench) -> None:
    run_id = await under_way(bench, "fail")
    bench.acts.outcomes["fail"] = lambda record: replace(record, state=State.OK)
    again(bench, run_id)
    await bench.until(lambda: bench.record(run_id, "s0/b").state is State.OK)
    assert bench.record(run_id, "s0/c").state is State.RUNNING
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    record = bench.record(run_id, "s0/a")
    assert (record.attempt, record.first_attempt) == (2, 2)
    asked = next(e for e in bench.events(run_id) if e.kind == "job.rerun_asked")
    assert (asked.actor, asked.why) == ("jun", "the disk has room now")
    assert bench.acts.begun == {f"{run_id} s0/a": 2, f"{run_id} s0/b": 1} | {
        f"{run_id} s0/c": 1,
        f"{run_id} s1/d": 1,
    }


async def test_retries_count_anew(bench: Bench) -> None:
    run_id = await under_way(bench, "fail", retries=1)
    again(bench, run_id)
    await bench.until(
        lambda: (
            bench.record(run_id, "s0/a").attempt == 4
            and bench.record(run_id, "s0/a").state is State.FAILED
        )
    )
    assert bench.acts.begun[f"{run_id} s0/a"] == 4


async def test_a_rerun_that_makes_no_sense_says_why(bench: Bench) -> None:
    run_id = await under_way(bench, "fail")
    with pytest.raises(Refused, match="s0/c did not fail: it is running"):
        again(bench, run_id, C)
    with pytest.raises(NotFound, match="no job s9/x"):
        again(bench, run_id, JobId("s9/x"))
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    with pytest.raises(Refused, match="has ended") as refused:
        again(bench, run_id)
    assert refused.value.hint == f"Rerun what failed: `devops-tui rerun {run_id} --failed`."


async def test_a_clean_up_that_has_begun_stands_against_it(bench: Bench) -> None:
    stage = (job("a", "fail"),)
    run_id = bench.add(plan(stage, (job("clean", "hang", always=True),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.record(run_id, "s1/clean").state is State.RUNNING)
    with pytest.raises(Refused, match="s1/clean, which comes after s0/a, has begun already"):
        again(bench, run_id)


async def test_what_a_person_decided_is_not_tried_again(bench: Bench) -> None:
    asks = replace(job("a", "fail"), work=AskApproval())
    run_id = bench.add(plan((asks, job("c", "hang"))))
    bench.store.save_job(JobRun(run_id, A, State.FAILED), State.WAITING)
    with pytest.raises(Refused, match="not tried again by itself"):
        again(bench, run_id)


async def test_a_lost_job_is_resolved_first(bench: Bench) -> None:
    run_id = await under_way(bench, "lose")
    with pytest.raises(Refused, match="nobody knows how s0/a ended"):
        again(bench, run_id)
    resolve(bench, run_id, is_ok=False)
    bench.acts.outcomes["lose"] = lambda record: replace(record, state=State.OK)
    again(bench, run_id)
    await bench.until(lambda: bench.record(run_id, "s0/b").state is State.OK)


async def test_a_run_that_ended_lost_goes_on_when_it_is_resolved_as_ok(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "lose"),), (job("b"),)))
    stood = bench.store.run(run_id)
    assert stood.state is State.LOST
    assert "resolve" in stood.why_waiting
    resolve(bench, run_id, is_ok=True)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id) == {"s0/a": State.OK, "s1/b": State.OK}
    assert bench.store.run(run_id).state is State.OK
    assert bench.record(run_id, "s0/a").why == "jun says that it ended well: the table is there"
    assert bench.acts.begun[f"{run_id} s0/a"] == 1
    told = next(e for e in bench.events(run_id) if e.kind == "job.resolved")
    assert (told.actor, told.data["state"]) == ("jun", "ok")


async def test_a_run_that_ended_lost_fails_when_it_is_resolved_as_failed(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "lose"),), (job("b"),)))
    resolve(bench, run_id, is_ok=False)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id) == {"s0/a": State.FAILED, "s1/b": State.SKIPPED}
    assert bench.store.run(run_id).state is State.FAILED


async def test_the_last_job_of_a_plan_may_be_lost_too(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "lose"),)))
    resolve(bench, run_id, is_ok=True)
    assert bench.store.run(run_id).state is State.OK


async def test_all_that_is_lost_is_resolved_before_it_goes_on(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "lose"), job("b", "lose")), (job("c"),)))
    resolve(bench, run_id, is_ok=True)
    assert bench.store.run(run_id).state is State.LOST
    resolve(bench, run_id, is_ok=True, job_id=B)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK


async def test_who_may_not_and_what_is_not_lost(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "lose"), job("b", "fail"))))
    with pytest.raises(NotAllowed):
        resolve(bench, run_id, is_ok=True, actor="nobody")
    with pytest.raises(Refused, match="is not lost: it is failed"):
        resolve(bench, run_id, is_ok=True, job_id=B)
    with pytest.raises(Refused, match="reason"):
        resolve_lost(bench.store, CLOCK, JUN, run_id, A, "jun", " ", is_ok=True)


async def test_today_takes_the_commit_and_todays_definition(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "fail"),)))
    assert bench.store.next_run_number("shop") == 1  # the bench counts by itself
    old = bench.store.run(run_id)
    now = plan((job("a", "ok"), job("more")))
    workspace = replace(JUN, pipelines={"shop": Pipeline("shop", None, now.stages)})
    run = rerun_today(bench.store, CLOCK, workspace, run_id, "jun")
    assert run.plan == replace(old.plan, stages=now.stages)
    assert run.trigger == f"rerun of {run_id} with today's plan"
    same = replace(JUN, pipelines={"shop": Pipeline("shop", None, old.plan.stages)})
    run = rerun_today(bench.store, CLOCK, same, run_id, "jun")
    assert run.trigger == f"rerun of {run_id} with today's plan, which is the same"
