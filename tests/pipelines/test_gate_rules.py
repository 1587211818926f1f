"""Who opens a gate, how many of them, for which evidence, and what keeps it shut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import SHOP, JobBench, command

from devops_tui.domain.approval import Approvers, evidence_hash
from devops_tui.domain.errors import NotAllowed, NotFound, Refused, RevisionConflict
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import Gate, Job, State
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.traffic import Colour, ServerHealth, ServiceStatus
from devops_tui.domain.work import AskApproval, FlipTraffic
from devops_tui.domain.workspace import Workspace
from devops_tui.services.gates import approve, reject
from devops_tui.services.repairs import rerun_job

TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,), ("Jun",)),
        Member("sora", (Role.PRODUCT_OWNER,)),
        Member("ada"),
    )
)
OWNERS = Approvers(roles=(Role.PRODUCT_OWNER,))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bench = JobBench(tmp_path, repo)
    bench.workspace = replace(bench.workspace, team=TEAM)
    yield bench
    await bench.close()


def gate(name: str = "approve", rule: Approvers = OWNERS, **more: float) -> Job:
    return Job(name, AskApproval(3600.0, "go on?", rule, **more))


async def asking(bench: JobBench, *stages: tuple[Job, ...], count: int = 1) -> RunId:
    run_id = bench.add(*stages)
    await bench.engine.submit(run_id)
    await bench.until(lambda: len(open_gates(bench, run_id)) == count)
    await bench.until(lambda: bench.store.run(run_id).state is State.ASKING)
    return run_id


def open_gates(bench: JobBench, run_id: RunId) -> list[Gate]:
    return [g for g in bench.store.gates(run_id) if g.state is State.ASKING]


def yes(bench: JobBench, run_id: RunId, actor: str, **more: str) -> Gate:
    job_id = JobId(more["job"]) if "job" in more else None
    seen = more.get("seen", "")
    workspace: Workspace = bench.workspace
    return approve(bench.store, bench.clock, workspace, run_id, actor, "as agreed", job_id, seen)


async def test_the_gate_is_named_where_several_wait(bench: JobBench) -> None:
    run_id = await asking(bench, (gate("a"), gate("b")), count=2)
    with pytest.raises(Refused, match="waits at 2 gates") as caught:
        yes(bench, run_id, "minji")
    assert caught.value.hint == f"Name one: {run_id}/s0/a, {run_id}/s0/b."
    assert yes(bench, run_id, "sora", job="s0/b").job_id == "s0/b"
    await bench.until(lambda: bench.states(run_id)["s0/b"] is State.OK)
    assert bench.states(run_id)["s0/a"] is State.ASKING
    with pytest.raises(Refused, match="s0/b of shop-1 asks nothing now"):
        yes(bench, run_id, "sora", job="s0/b")
    with pytest.raises(NotFound, match="no job s0/c"):
        yes(bench, run_id, "sora", job="s0/c")
    assert yes(bench, run_id, "sora").job_id == "s0/a"


async def test_only_who_may_decides_and_nobody_twice(bench: JobBench) -> None:
    two = Approvers((Role.PRODUCT_OWNER,), count=2)
    run_id = await asking(bench, (gate(rule=two),))
    with pytest.raises(NotAllowed, match="ada may not decide this: 2 of product owner may"):
        yes(bench, run_id, "ada")
    with pytest.raises(NotAllowed, match="eve is not in the team"):
        yes(bench, run_id, "eve")
    first = yes(bench, run_id, "minji")
    assert (first.state, [a.by for a in first.approvals]) == (State.ASKING, ["minji"])
    with pytest.raises(Refused, match="minji has approved already"):
        yes(bench, run_id, "minji")
    second = yes(bench, run_id, "sora")
    assert second.state is State.OK
    await bench.until(lambda: not bench.engine.active)
    why = bench.record(run_id, "s0/approve").why
    assert why == "approved by minji (as agreed) and sora: as agreed"
    (signed,) = bench.events("gate.signed")
    (opened,) = bench.events("gate.approved")
    assert (signed.actor, opened.actor, opened.data["approvals"]) == (
        "minji",
        "sora",
        ["minji", "sora"],
    )
    assert opened.data["plan_hash"] == bench.store.run(run_id).plan.hash
    assert opened.data["evidence_hash"] == evidence_hash(second.evidence) == second.evidence_hash


async def test_an_author_may_reject_but_not_approve(bench: JobBench) -> None:
    run_id = await asking(bench, (gate(rule=replace(OWNERS, is_not_author=True)),))
    with pytest.raises(NotAllowed, match="minji wrote one of these commits"):
        yes(bench, run_id, "minji")  # as "Jun", by the name that git knows
    workspace = bench.workspace
    closed = reject(bench.store, bench.clock, workspace, run_id, "minji", "it is wrong")
    assert closed.state is State.FAILED


async def test_one_no_is_enough(bench: JobBench) -> None:
    run_id = await asking(bench, (gate(rule=replace(OWNERS, count=2)),))
    yes(bench, run_id, "minji")
    with pytest.raises(NotAllowed):
        reject(bench.store, bench.clock, bench.workspace, run_id, "ada", "no")
    reject(bench.store, bench.clock, bench.workspace, run_id, "sora", "no")
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id)["s0/approve"] is State.FAILED


def serves(bench: JobBench, live: Colour, *ill: str) -> None:
    servers = tuple(
        ServerHealth(
            HostName(host), live.other, is_healthy=host not in ill, why="503", at=bench.clock.now()
        )
        for host in ("web1", "web2")
    )
    versions = {"blue": "1", "green": "2"}
    bench.store.save_service(ServiceStatus(SHOP, live, servers=servers, versions=versions))


async def test_other_evidence_voids_what_was_approved(bench: JobBench) -> None:
    serves(bench, Colour.BLUE)
    two = replace(OWNERS, count=2)
    flip = Job("flip", FlipTraffic(SHOP), needs=("approve",))
    run_id = await asking(bench, (gate(rule=two), flip))
    seen = evidence_hash(open_gates(bench, run_id)[0].evidence)
    yes(bench, run_id, "minji", seen=seen[:12])
    serves(bench, Colour.GREEN)  # somebody flips by hand
    with pytest.raises(RevisionConflict, match="versions shop live: green, was blue"):
        yes(bench, run_id, "sora", seen=seen)
    (now,) = open_gates(bench, run_id)
    assert (now.approvals, now.evidence["versions"]["shop"]["live"]) == ((), "green")
    with pytest.raises(RevisionConflict, match="changed since it was shown: versions shop live"):
        yes(bench, run_id, "sora", seen=seen)
    (changed,) = bench.events("gate.evidence_changed")
    assert changed.data["void"] == ["minji"]
    assert yes(bench, run_id, "sora", seen=evidence_hash(now.evidence)).approvals[0].by == "sora"


async def test_the_worker_keeps_what_is_shown_true(bench: JobBench) -> None:
    serves(bench, Colour.BLUE)
    flip = Job("flip", FlipTraffic(SHOP), needs=("approve",))
    run_id = await asking(bench, (gate(), flip))
    serves(bench, Colour.GREEN)
    await bench.until(lambda: bool(open_gates(bench, run_id)[0].changes))
    assert open_gates(bench, run_id)[0].changes == ("versions shop live: green, was blue",)


async def test_nobody_opens_the_gate_of_an_ill_colour(bench: JobBench) -> None:
    flip = Job("flip", FlipTraffic(SHOP), needs=("approve",))
    run_id = await asking(bench, (gate(), flip))
    serves(bench, Colour.BLUE, "web2")  # what was seen before it asked may be long over
    with pytest.raises(Refused, match=r"green of shop is ill: web2 \(503\); this gate stays shut"):
        yes(bench, run_id, "minji")
    assert len(open_gates(bench, run_id)) == 1


async def test_a_gate_closes_when_what_it_guards_fails(bench: JobBench) -> None:
    script = f"until [ -e {bench.folder}/go ]; do sleep 0.05; done; exit 1"
    blocker = command("unit", script)
    run_id = await asking(bench, (gate(), blocker), (command("after", "true"),))
    (bench.folder / "go").touch()
    await bench.until(lambda: not bench.engine.active)
    assert bench.states(run_id) == {
        "s0/approve": State.CANCELLED,
        "s0/unit": State.FAILED,
        "s1/after": State.SKIPPED,
    }
    (closed,) = bench.events("gate.closed")
    assert closed.why == "s0/unit ended failed: nothing is left to approve"
    with pytest.raises(Refused, match="has ended"):
        yes(bench, run_id, "minji")


async def test_people_are_reminded_while_it_waits(bench: JobBench) -> None:
    run_id = await asking(bench, (gate(remind_s=0.5),))
    await bench.until(lambda: len(bench.events("gate.reminded")) >= 2)
    assert bench.events("gate.reminded")[0].data["job"] == "s0/approve"
    assert open_gates(bench, run_id)[0].reminded_at is not None


async def test_a_gate_that_closed_asks_anew_when_what_failed_is_tried_again(
    bench: JobBench,
) -> None:
    go, good = bench.folder / "go", bench.folder / "good"
    unit = command("unit", f"until [ -e {go} ]; do sleep 0.05; done; [ -e {good} ]")
    other = command("other", f"until [ -e {good} ]; do sleep 0.05; done")
    run_id = await asking(bench, (gate(), unit, other))
    go.touch()
    await bench.until(lambda: bench.states(run_id)["s0/approve"] is State.CANCELLED)
    rerun_job(bench.store, bench.clock, run_id, JobId("s0/unit"), "minji", "the network is back")
    good.touch()
    await bench.until(lambda: len(open_gates(bench, run_id)) == 1)
    assert open_gates(bench, run_id)[0].attempt == 2
    await bench.until(lambda: bench.states(run_id)["s0/unit"] is State.OK)
    yes(bench, run_id, "minji")
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK


async def test_an_expired_question_is_an_event(bench: JobBench) -> None:
    await bench.to_end((Job("approve", AskApproval(0.05)),))
    (expired,) = bench.events("gate.expired")
    assert expired.why == "nobody answered in time"
