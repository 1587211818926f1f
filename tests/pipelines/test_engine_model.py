"""The engines against a model of a few lines, over random plans and random outcomes."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.engine_bench import Bench, fail, job, plan, raising

from devops_tui.domain.errors import CommandLost
from devops_tui.domain.pipeline import Job, Plan, State
from devops_tui.domain.work import RunCommand

_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
_VERDICTS = {"ok": State.OK, "bad": State.FAILED, "lost": State.LOST}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to four stages of up to four jobs; needs point backwards, so there is no cycle."""
    stages: list[tuple[Job, ...]] = []
    for _ in range(draw(st.integers(1, 4))):
        jobs: list[Job] = []
        for place in range(draw(st.integers(1, 4))):
            needs = draw(st.sets(st.sampled_from([j.name for j in jobs]))) if jobs else set()
            script = draw(st.sampled_from(["ok", "ok", "ok", "bad", "lost"]))
            always = draw(st.integers(0, 5)) == 0
            retries = draw(st.integers(0, 2))
            jobs.append(job(f"j{place}", script, *sorted(needs), always=always, retries=retries))
        stages.append(tuple(jobs))
    return plan(*stages)


def expected(a_plan: Plan) -> Mapping[str, State]:
    """What each job must end as: read from top to bottom, since nothing points down."""
    ends: dict[str, State] = {}
    good = True
    for stage in a_plan.stages:
        good_before = good
        for a_job in stage.jobs:
            assert isinstance(a_job.work, RunCommand)
            needs = [ends[f"{stage.name}/{n}"] for n in a_job.needs]
            may = a_job.always or (good_before and all(n is State.OK for n in needs))
            end = _VERDICTS[a_job.work.script] if may else State.SKIPPED
            ends[f"{stage.name}/{a_job.name}"] = end
            good = good and end in (State.OK, State.SKIPPED)
    return ends


def verdict(ends: Mapping[str, State]) -> State:
    for worst in (State.LOST, State.FAILED):
        if worst in ends.values():
            return worst
    return State.OK


@asynccontextmanager
async def bench_in_memory(kind: str) -> AsyncIterator[Bench]:
    folder = Path(tempfile.mkdtemp(dir=_MEMORY))
    bench = Bench(folder, kind)
    bench.acts.outcomes |= {"bad": fail, "lost": raising(CommandLost("rebooted"))}
    try:
        yield bench
    finally:
        await bench.close()
        shutil.rmtree(folder)


def examples(number: int) -> settings:
    quiet = [HealthCheck.too_slow]
    return settings(max_examples=number, deadline=None, suppress_health_check=quiet)


# an engine over DBOS starts threads and makes a file for each example: fewer of them
ENGINES = [("inline", 100), ("dbos", 25)]


async def end_as_the_model_says(kind: str, a_plan: Plan) -> None:
    async with bench_in_memory(kind) as bench:
        run_id = await bench.to_end(a_plan)
        ends = expected(a_plan)
        assert bench.states(run_id) == ends
        assert bench.store.run(run_id).state is verdict(ends)
        for job_id, end in ends.items():
            a_job = a_plan.job(bench.record(run_id, job_id).job_id)
            tries = {State.SKIPPED: 0, State.FAILED: a_job.retries + 1}.get(end, 1)
            assert bench.acts.begun[f"{run_id} {job_id}"] == tries
        kinds = bench.kinds(run_id)
        assert kinds[0] == "run.started"
        assert kinds[-1] == "run.finished"
        assert kinds.count("run.finished") == 1
        assert bench.store.unfinished_runs() == []


async def end_in_spite_of_a_hand_over(kind: str, a_plan: Plan, after: int) -> None:
    async with bench_in_memory(kind) as bench:
        run_id = bench.add(a_plan)
        await bench.engine.submit(run_id)
        for _ in range(after):
            await asyncio.sleep(0)
        await bench.engine.hand_over()
        await bench.another_engine().recover()
        await bench.until(lambda: not bench.engine.active)
        ends = expected(a_plan)
        assert bench.states(run_id) == ends
        assert bench.store.run(run_id).state is verdict(ends)
        assert bench.kinds(run_id).count("run.finished") == 1


async def end_by_a_cancel(kind: str, a_plan: Plan, after: int) -> None:
    async with bench_in_memory(kind) as bench:
        run_id = bench.add(a_plan)
        await bench.engine.submit(run_id)
        for _ in range(after):
            await asyncio.sleep(0)
        await bench.engine.cancel(run_id)
        run = bench.store.runs()[0]
        ends = {r.job_id: r.state for r in bench.store.job_runs(run.id)}
        assert bench.store.unfinished_runs() == []
        assert run.state in (State.OK, State.FAILED, State.LOST, State.CANCELLED)
        assert State.RUNNING not in ends.values()
        assert State.WAITING not in ends.values()
        if State.CANCELLED in ends.values() and State.LOST not in ends.values():
            assert run.state is State.CANCELLED


@pytest.mark.parametrize(("kind", "number"), ENGINES)
def test_every_plan_ends_as_the_model_says(kind: str, number: int) -> None:
    @examples(number)
    @given(a_plan=plans())
    def check(a_plan: Plan) -> None:
        asyncio.run(end_as_the_model_says(kind, a_plan))

    check()


@pytest.mark.parametrize(("kind", "number"), ENGINES)
def test_a_hand_over_anywhere_changes_no_verdict(kind: str, number: int) -> None:
    # what DBOS does takes turns of the loop in which nothing of ours moves
    turns = st.integers(0, 12) if kind == "inline" else st.integers(0, 400)

    @examples(number)
    @given(a_plan=plans(), after=turns)
    def check(a_plan: Plan, after: int) -> None:
        asyncio.run(end_in_spite_of_a_hand_over(kind, a_plan, after))

    check()


@pytest.mark.parametrize(("kind", "number"), ENGINES)
def test_a_cancel_anywhere_leaves_nothing_unfinished(kind: str, number: int) -> None:
    turns = st.integers(0, 12) if kind == "inline" else st.integers(0, 400)

    @examples(number)
    @given(a_plan=plans(), after=turns)
    def check(a_plan: Plan, after: int) -> None:
        asyncio.run(end_by_a_cancel(kind, a_plan, after))

    check()
