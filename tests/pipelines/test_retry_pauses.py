"""The pause before another attempt: as long as the plan says, whoever waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.engine_bench import KINDS, Bench, fail

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.engines.waiting import why_waiting


@pytest.fixture(params=KINDS)
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    made = Bench(tmp_path, request.param)
    made.acts.outcomes["fail"] = fail
    yield made
    await made.close()


def plan_of(script: str, retries: int, backoff: Backoff) -> Plan:
    job = Job("a", RunCommand(script), retries=retries, backoff=backoff)
    return Plan("shop", (Stage("test", StageKind.TEST, (job,)),))


async def paused(bench: Bench, plan: Plan) -> RunId:
    run_id = bench.add(plan)
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.record(run_id, "test/a").retry_at is not None)
    return run_id


async def test_a_pause_grows_up_to_its_most() -> None:
    backoff = Backoff(10.0, 2.0, 60.0)
    assert [backoff.pause_s(n) for n in (1, 2, 3, 4, 5)] == [10.0, 20.0, 40.0, 60.0, 60.0]
    assert Backoff(10.0, 10.0, 60.0).pause_s(5000) == 60.0


async def test_an_attempt_waits_and_says_so(bench: Bench) -> None:
    run_id = await paused(bench, plan_of("fail", 3, Backoff(60.0)))
    record = bench.record(run_id, "test/a")
    assert (record.state, record.attempt) == (State.RUNNING, 2)
    assert record.why.startswith("attempt 1 failed")
    await bench.until(lambda: "attempt 2 of 4 at " in bench.store.run(run_id).why_waiting)
    await bench.engine.cancel(run_id)
    assert bench.record(run_id, "test/a").state is State.CANCELLED
    assert bench.acts.begun[f"{run_id} test/a"] == 1


async def test_a_new_worker_goes_on_with_the_pause(bench: Bench) -> None:
    run_id = await paused(bench, plan_of("fail", 1, Backoff(1.5)))
    before = bench.record(run_id, "test/a")
    await bench.engine.hand_over()
    assert bench.record(run_id, "test/a") == before
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.acts.begun[f"{run_id} test/a"] == 2
    after = bench.record(run_id, "test/a")
    assert after.state is State.FAILED
    assert after.started_at is not None
    assert before.retry_at is not None
    assert timedelta(0) <= after.started_at - before.retry_at < timedelta(seconds=1.5)
    assert "job.reattached" not in bench.kinds(run_id)


async def test_a_code_that_is_not_named_ends_it(bench: Bench) -> None:
    run_id = await bench.to_end(plan_of("fail", 3, Backoff(codes=(75, 255))))
    assert bench.record(run_id, "test/a").attempt == 1


def test_the_pause_is_not_said_while_something_moves() -> None:
    plan = plan_of("fail", 3, Backoff(60.0))
    at = timedelta(seconds=18)
    now = datetime(2026, 3, 1, 3, 12, 0, tzinfo=UTC)
    waits = JobRun(
        RunId("shop-1"),
        plan.job_ids[0],
        State.RUNNING,
        2,
        why="attempt 1 failed: exit code 75",
        retry_at=now + at,
    )
    said = "test/a: attempt 2 of 4 at 03:12:18 UTC, attempt 1 failed: exit code 75"
    assert why_waiting([waits], [], plan) == said
    moves = replace(waits, retry_at=None)
    assert why_waiting([waits, moves], [], plan) == ""
