"""What every engine promises, whatever carries its durability."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.engine_bench import KINDS, Bench, deploy_plan, fail, job, plan, raising, workspace

from devops_tui.domain.errors import (
    CommandFailed,
    CommandLost,
    HostUnreachable,
    NotFound,
    StoreFull,
)
from devops_tui.domain.ids import RunId, ServiceName
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import WatchHealth

ON_POSTGRES = pytest.param(
    "dbos postgres", marks=[pytest.mark.real, pytest.mark.xdist_group("postgres")]
)


@pytest.fixture(params=[*KINDS, ON_POSTGRES])
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    kind, _, server = request.param.partition(" ")
    url = request.getfixturevalue("postgres").url if server else ""
    bench = Bench(tmp_path, kind, url)
    yield bench
    await bench.close()


async def test_a_run_goes_through_its_stages_in_order(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a"),), (job("b"), job("c", "ok", "b"))))
    run = bench.store.run(run_id)
    assert run.state is State.OK
    assert run.started_at is not None
    assert run.ended_at is not None
    assert run.why_waiting == ""
    jobs = [(e.kind, e.data.get("job")) for e in bench.events(run_id)]
    assert jobs == [
        ("run.started", None),
        ("job.started", "s0/a"),
        ("job.finished", "s0/a"),
        ("job.started", "s1/b"),
        ("job.finished", "s1/b"),
        ("job.started", "s1/c"),
        ("job.finished", "s1/c"),
        ("run.finished", None),
    ]


async def test_jobs_of_a_stage_run_side_by_side(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"), job("b", "hang"), job("c", "hang"))))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.acts.together == 3)
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK


async def test_what_follows_a_failure_is_skipped_and_says_why(bench: Bench) -> None:
    bench.acts.outcomes["bad"] = fail
    run_id = await bench.to_end(
        plan((job("a", "bad"), job("b", "ok", "a"), job("c")), (job("d"), job("e", always=True)))
    )
    assert bench.states(run_id) == {
        "s0/a": State.FAILED,
        "s0/b": State.SKIPPED,
        "s0/c": State.OK,
        "s1/d": State.SKIPPED,
        "s1/e": State.OK,
    }
    assert bench.record(run_id, "s0/b").why == "s0/a ended failed"
    assert bench.record(run_id, "s1/d").why == "s0/a ended failed"
    assert bench.store.run(run_id).state is State.FAILED
    assert bench.events(run_id)[-1].why == "s0/a: exit code 1"


@pytest.mark.parametrize(
    ("error", "state", "why"),
    [
        (HostUnreachable("web1 is gone", "Look."), State.FAILED, "web1 is gone. Look."),
        (CommandFailed("no", 7), State.FAILED, "no"),
        (CommandLost("rebooted"), State.LOST, "rebooted"),
        (ZeroDivisionError("oops"), State.FAILED, "ZeroDivisionError: oops"),
        (asyncio.CancelledError(), State.FAILED, "ended itself without a verdict"),
    ],
)
async def test_an_executor_that_raises_ends_its_job_and_nothing_else(
    bench: Bench, error: BaseException, state: State, why: str
) -> None:
    bench.acts.outcomes["bad"] = raising(error)
    run_id = await bench.to_end(plan((job("a", "bad"),)))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (state, why)
    assert record.exit_code == (7 if isinstance(error, CommandFailed) else None)
    assert bench.store.run(run_id).state is state
    assert bench.store.run(await bench.to_end(plan((job("a"),), name="next"))).state is State.OK


async def test_an_executor_without_a_verdict_fails(bench: Bench) -> None:
    bench.acts.outcomes["bad"] = lambda record: replace(record, state=State.ASKING)
    run_id = await bench.to_end(plan((job("a", "bad"),)))
    assert bench.record(run_id, "s0/a").state is State.FAILED


async def test_retries_count_and_the_last_attempt_decides(bench: Bench) -> None:
    def third_time(record: JobRun) -> JobRun:
        return fail(record) if record.attempt < 3 else replace(record, state=State.OK)

    bench.acts.outcomes["flaky"] = third_time
    run_id = await bench.to_end(plan((job("a", "flaky", retries=2),)))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt) == (State.OK, 3)
    assert bench.kinds(run_id).count("job.started") == 3
    bench.acts.outcomes["bad"] = fail
    other = await bench.to_end(plan((job("a", "bad", retries=1),), name="other"))
    assert (bench.record(other, "s0/a").state, bench.record(other, "s0/a").attempt) == (
        State.FAILED,
        2,
    )


async def test_lost_is_never_run_again_unless_it_may_be(bench: Bench) -> None:
    def lost_once(record: JobRun) -> JobRun:
        if record.attempt == 1:
            raise CommandLost("rebooted")
        return replace(record, state=State.OK)

    bench.acts.outcomes["lost"] = lost_once
    run_id = await bench.to_end(plan((job("a", "lost", retries=5),), (job("b"),)))
    assert bench.states(run_id) == {"s0/a": State.LOST, "s1/b": State.SKIPPED}
    assert bench.acts.begun[f"{run_id} s0/a"] == 1
    assert "lost" in bench.store.run(run_id).why_waiting
    again = await bench.to_end(plan((job("a", "lost", is_idempotent=True),), name="safe"))
    assert bench.states(again) == {"s0/a": State.OK}


async def test_a_job_over_its_time_is_stopped(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "hang", timeout_s=0.05),)))
    assert bench.record(run_id, "s0/a").state is State.TIMED_OUT
    assert bench.acts.ends == [f"{run_id} s0/a stopped"]
    assert bench.store.run(run_id).state is State.TIMED_OUT


async def test_cancel_stops_what_runs_and_ends_the_run(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"), job("b")), (job("c"), job("d", always=True))))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.states(run_id)["s0/b"] is State.OK)
    await bench.engine.cancel(run_id)
    assert bench.states(run_id) == {
        "s0/a": State.CANCELLED,
        "s0/b": State.OK,
        "s1/c": State.CANCELLED,
        "s1/d": State.CANCELLED,
    }
    assert bench.store.run(run_id).state is State.CANCELLED
    assert bench.acts.ends == [f"{run_id} s0/a stopped"]
    assert bench.kinds(run_id).count("run.cancel_asked") == 1
    await bench.engine.cancel(run_id)
    assert bench.kinds(run_id).count("run.finished") == 1


async def test_cancel_of_a_run_that_nobody_walks(bench: Bench) -> None:
    run_id = bench.add(plan((job("a"),)))
    await bench.engine.cancel(run_id)
    assert bench.store.run(run_id).state is State.CANCELLED
    assert not bench.acts.begun


async def test_a_cancel_outlives_the_worker_that_was_asked(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.states(run_id)["s0/a"] is State.RUNNING)
    await bench.engine.hand_over()
    old = bench.engine
    await old.cancel(run_id)  # it is parked and cannot act: the wish alone is durable
    assert bench.store.run(run_id).state is State.RUNNING
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id) == {"s0/a": State.CANCELLED}


async def test_hand_over_leaves_the_work_and_the_next_goes_on(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"), job("done")), (job("b"),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.states(run_id)["s0/done"] is State.OK)
    await bench.engine.hand_over()
    assert bench.engine.active == ()
    assert bench.acts.ends == [f"{run_id} s0/a left"]
    assert bench.states(run_id)["s0/a"] is State.RUNNING
    await bench.engine.submit(run_id)
    assert bench.engine.active == ()  # parked for good
    bench.acts.release.set()
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    assert bench.kinds(run_id).count("job.reattached") == 1
    assert bench.kinds(run_id).count("run.started") == 1
    assert bench.acts.begun[f"{run_id} s0/done"] == 1


async def test_a_host_that_cannot_be_asked_after_a_restart_means_lost(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.states(run_id)["s0/a"] is State.RUNNING)
    await bench.engine.hand_over()
    bench.acts.outcomes["hang"] = raising(HostUnreachable("web1 is gone"))
    bench.acts.release.set()
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/a").state is State.LOST


async def test_submit_twice_is_once(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"),)))
    await asyncio.gather(*(bench.engine.submit(run_id) for _ in range(5)))
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    await bench.engine.submit(run_id)
    assert bench.acts.begun == {f"{run_id} s0/a": 1}
    with pytest.raises(NotFound):
        await bench.engine.submit(RunId("nope-1"))


async def test_one_release_per_environment_in_order_of_creation(bench: Bench) -> None:
    bench.store.save_workspace(workspace(), (), "x")
    first, second, third = (bench.add(deploy_plan("shop"), n) for n in (1, 2, 3))
    await bench.engine.submit(first)
    await bench.until(lambda: bench.states(first)["deploy/up"] is State.RUNNING)
    await bench.engine.submit(third)  # it asks before the second, and is served after it
    await bench.until(lambda: "waits" in bench.store.run(third).why_waiting)
    await bench.engine.submit(second)
    await bench.until(
        lambda: "waits for production, held by shop-1 since" in bench.store.run(second).why_waiting
    )
    assert bench.store.run(third).state is State.RUNNING
    lease = bench.store.lease("environment:production")
    assert lease is not None
    assert lease.holder == first
    bench.acts.together = 0
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    starts = [
        e.subject
        for e in bench.store.events()
        if e.kind == "job.started" and e.data["job"] == "deploy/up"
    ]
    assert starts == [first, second, third]
    assert bench.acts.together == 1
    assert [bench.store.run(r).why_waiting for r in (first, second, third)] == ["", "", ""]


async def test_a_flip_by_hand_is_watched_while_another_run_has_the_environment(
    bench: Bench,
) -> None:
    bench.store.save_workspace(workspace(), (), "x")
    first = bench.add(deploy_plan("shop"), 1)
    await bench.engine.submit(first)
    await bench.until(lambda: bench.states(first)["deploy/up"] is State.RUNNING)
    watched = WatchHealth(ServiceName("web"), 60.0, flip="f-1")
    stage = Stage("bake", StageKind.MONITOR, (Job("web", watched),))
    second = bench.add(Plan("colours", (stage,)), 1)
    await bench.engine.submit(second)
    await bench.until(lambda: bench.states(second)["bake/web"] is State.RUNNING)
    assert bench.states(first)["deploy/up"] is State.RUNNING
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)


async def test_the_environment_stays_held_over_a_restart(bench: Bench) -> None:
    bench.store.save_workspace(workspace(), (), "x")
    first = bench.add(deploy_plan("shop"), 1)
    await bench.engine.submit(first)
    await bench.until(lambda: bench.states(first)["deploy/up"] is State.RUNNING)
    second = bench.add(deploy_plan("shop"), 2)
    await bench.engine.hand_over()
    await bench.another_engine().recover()
    await bench.until(lambda: "held by" in bench.store.run(second).why_waiting)
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(second).state is State.OK


async def test_a_run_whose_environment_was_taken_stops_acting(bench: Bench) -> None:
    bench.store.save_workspace(workspace(), (), "x")
    first = bench.add(deploy_plan("shop"), 1)
    await bench.engine.submit(first)
    await bench.until(lambda: bench.states(first)["deploy/up"] is State.RUNNING)
    await bench.engine.hand_over()
    bench.store.release_lease("environment:production", first)
    now = bench.clock.now()
    bench.store.take_lease("environment:production", "stranger", "by hand", now, 60.0)
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(first, "deploy/up").state is State.LOST


async def test_a_full_store_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real = bench.store.save_job
    full = 2

    def save_job(record: JobRun, expected: State) -> None:
        nonlocal full
        if record.state is State.OK and full:
            full -= 1
            raise StoreFull("no room")
        real(record, expected)

    monkeypatch.setattr(bench.store, "save_job", save_job)
    monkeypatch.setattr("devops_tui.ports.patience.RETRY_S", 0.01)
    run_id = await bench.to_end(plan((job("a"),)))
    assert bench.store.run(run_id).state is State.OK
    assert full == 0
    assert bench.acts.begun == {f"{run_id} s0/a": 1}


async def test_a_defect_in_the_walk_ends_the_run_for_all_to_see(bench: Bench) -> None:
    run_id = await bench.to_end(plan((job("a", "ok", "nowhere"),)))
    run = bench.store.run(run_id)
    assert run.state is State.LOST
    assert "KeyError" in run.why_waiting
    assert run.ended_at is not None


async def test_what_follows_an_end_is_called_once_and_may_break(bench: Bench) -> None:
    calls: list[str] = []

    class Follow:
        async def job_ended(self, run: Run, record: JobRun) -> None:
            calls.append(f"{record.job_id} {record.state} {bench.states(run.id)[record.job_id]}")
            raise ValueError("a defect of the follower")

        async def run_ended(self, run: Run) -> None:
            calls.append(f"{run.id} {run.state}")
            raise ValueError("a defect of the follower")

    bench.acts.outcomes["bad"] = fail
    bench.engine._place = replace(bench.engine._place, aftermath=Follow())
    run_id = await bench.to_end(plan((job("a", "bad", retries=1),), (job("b"),)))
    assert calls == ["s0/a failed failed", f"{run_id} failed"]
