"""Questions to people: asked once, answered once, by those who may, for one plan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.errors import NotAllowed, NotFound, Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.team import Member, Team
from devops_tui.domain.work import AskApproval
from devops_tui.services.gates import approve, reject


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


def ask(expires_s: float = 3600.0) -> tuple[Job, ...]:
    return (Job("approve", AskApproval(expires_s), retries=3, timeout_s=0.01),)


async def asking(bench: JobBench) -> RunId:
    build = replace(command("build", "echo x > app"), artifacts=("app",))
    run_id = bench.add((build,), ask(), (command("after", "true"),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.store.run(run_id).state is State.ASKING)
    return run_id


async def test_a_run_waits_says_so_and_goes_on(bench: JobBench) -> None:
    run_id = await asking(bench)
    (gate,) = bench.store.gates(run_id)
    since = f"{bench.record(run_id, 's1/approve').started_at:%H:%M}"
    assert bench.store.run(run_id).why_waiting == f"s1 waits for approval since {since} UTC"
    assert gate.plan_hash == bench.store.run(run_id).plan.hash
    assert gate.evidence["artifacts"][0]["digest"] == bench.store.artifacts(run_id)[0].digest
    decided = approve(bench.store, bench.clock, bench.workspace, run_id, "jun", " looks good ")
    assert (decided.state, decided.decided_by, decided.why) == (State.OK, "jun", "looks good")
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    assert bench.store.run(run_id).why_waiting == ""
    assert bench.record(run_id, "s1/approve").why == "approved by jun: looks good"
    (event,) = bench.events("gate.approved")
    assert (event.actor, event.why, event.subject) == ("jun", "looks good", run_id)
    assert len(bench.events("gate.opened")) == 1
    with pytest.raises(Refused, match="has ended"):
        approve(bench.store, bench.clock, bench.workspace, run_id, "jun", "again")


async def test_a_rejection_ends_the_run(bench: JobBench) -> None:
    run_id = await asking(bench)
    reject(bench.store, bench.clock, bench.workspace, run_id, "jun", "not today")
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id) == {
        "s0/build": State.OK,
        "s1/approve": State.FAILED,
        "s2/after": State.SKIPPED,
    }
    assert bench.record(run_id, "s1/approve").attempt == 1
    assert bench.events("run.finished")[0].why == "s1/approve: rejected by jun: not today"


async def test_the_question_outlives_the_worker(bench: JobBench) -> None:
    run_id = await asking(bench)
    await bench.stop_worker()
    assert bench.record(run_id, "s1/approve").state is State.ASKING
    approve(bench.store, bench.clock, bench.workspace, run_id, "jun", "while nobody worked")
    bench.start_worker()
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    assert len(bench.events("gate.opened")) == 1


async def test_a_question_expires(bench: JobBench) -> None:
    run_id = await bench.to_end(ask(expires_s=0.05))
    assert bench.record(run_id, "s0/approve").state is State.TIMED_OUT
    assert bench.store.gates(run_id)[0].state is State.TIMED_OUT


async def test_cancel_closes_the_question(bench: JobBench) -> None:
    run_id = await asking(bench)
    await bench.engine.cancel(run_id)
    assert bench.store.gates(run_id)[0].state is State.CANCELLED
    assert bench.store.run(run_id).state is State.CANCELLED


async def test_who_may_not_and_what_may_not_be_decided(bench: JobBench) -> None:
    run_id = await asking(bench)
    team = replace(bench.workspace, team=Team((Member("ada"),)))
    with pytest.raises(Refused, match="reason"):
        approve(bench.store, bench.clock, bench.workspace, run_id, "jun", "  ")
    with pytest.raises(NotAllowed, match="jun"):
        approve(bench.store, bench.clock, team, run_id, "jun", "I may not")
    with pytest.raises(NotFound):
        approve(bench.store, bench.clock, bench.workspace, RunId("no-1"), "jun", "x")
    run = bench.store.run(run_id)
    other_plan = replace(run.plan, stages=run.plan.stages[:-1])
    bench.store.save_run(replace(run, plan=other_plan), State.ASKING)
    with pytest.raises(Refused, match="plan"):
        approve(bench.store, bench.clock, bench.workspace, run_id, "jun", "x")
    bench.store.save_run(run, State.ASKING)
    assert bench.store.gates(run_id)[0].state is State.ASKING
    approve(bench.store, bench.clock, team, run_id, "ada", "I may")


async def test_a_run_that_does_not_ask_has_nothing_to_decide(bench: JobBench) -> None:
    run_id = bench.add((command("a", "true"),))
    with pytest.raises(Refused, match="does not ask"):
        approve(bench.store, bench.clock, bench.workspace, run_id, "jun", "x")
