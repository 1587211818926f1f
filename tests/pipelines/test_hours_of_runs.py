"""Windows and freezes hold runs back; a broken glass lets one of them through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import SHOP, JobBench, shop_service

from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.domain.hours import Freeze, Hours
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Delivery, Job, Pipeline, State
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.work import AskApproval, BringUp, FlipTraffic
from devops_tui.domain.workspace import Environment
from devops_tui.services.gates import approve
from devops_tui.services.glass import admit_flip, break_glass

NOW = datetime.now(UTC)
FROZEN = Hours(
    freezes=(Freeze(NOW - timedelta(days=1), NOW + timedelta(days=1), "year's end", "UTC"),)
)
TEAM = Team((Member("minji", (Role.PRODUCT_OWNER,)), Member("ada")))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bench = JobBench(tmp_path, repo, shop_service(tmp_path, (1, 2, 3, 4)))
    yield bench
    await bench.close()


def configure(bench: JobBench, hours: Hours, of_pipeline: Hours | None = None) -> None:
    """As a worker that read the files anew."""
    pipelines = {"shop": Pipeline("shop", None, (), hours=of_pipeline or Hours())}
    places = {"production": Environment("production", hours=hours)}
    bench.workspace = replace(bench.workspace, environments=places, pipelines=pipelines, team=TEAM)
    bench.store.save_workspace(bench.workspace, (), "x")


DEPLOY = (Job("up", BringUp(SHOP, "app")),)
"""It fails at once when it begins: there is no such artifact. Whether it begins is the question."""


async def held(bench: JobBench, number: int = 1) -> RunId:
    run_id = bench.add(DEPLOY, number=number)
    await bench.engine.submit(run_id)
    await bench.until(lambda: "waits for the" in bench.store.run(run_id).why_waiting)
    return run_id


@pytest.mark.parametrize("is_of_pipeline", [False, True])
async def test_a_run_waits_and_says_until_when(bench: JobBench, is_of_pipeline: bool) -> None:
    configure(bench, *((Hours(), FROZEN) if is_of_pipeline else (FROZEN, None)))
    run_id = await held(bench)
    why = bench.store.run(run_id).why_waiting
    assert why.startswith("waits for the end of the freeze (year's end), opens ")
    assert bench.states(run_id) == {"s0/up": State.WAITING}
    configure(bench, Hours())
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/up").started_at is not None


async def test_a_broken_glass_lets_that_run_through_and_no_other(bench: JobBench) -> None:
    configure(bench, FROZEN)
    first, second = await held(bench), await held(bench, 2)
    workspace = bench.workspace
    with pytest.raises(Refused, match="reason"):
        break_glass(bench.store, bench.clock, workspace, second, "minji", " ")
    with pytest.raises(NotAllowed, match="ada may not break the glass of production"):
        break_glass(bench.store, bench.clock, workspace, second, "ada", "orders get lost")
    break_glass(bench.store, bench.clock, workspace, second, "minji", "orders get lost")
    await bench.until(lambda: bench.store.run(second).state is State.FAILED)
    assert bench.store.run(second).glass == "minji: orders get lost"
    assert bench.states(first) == {"s0/up": State.WAITING}  # nor does it hold the second up
    (event,) = bench.events("glass.broken")
    assert (event.subject, event.actor, event.why) == (second, "minji", "orders get lost")
    assert event.data["shut"][0].startswith("the end of the freeze (year's end)")
    with pytest.raises(Refused, match="has ended"):
        break_glass(bench.store, bench.clock, workspace, second, "minji", "again")


async def test_a_flip_by_hand_is_refused_and_the_glass_lets_it(bench: JobBench) -> None:
    configure(bench, FROZEN)

    def admit(actor: str, *, breaks_glass: bool) -> str:
        return admit_flip(
            bench.store,
            bench.clock,
            bench.workspace,
            "shop",
            actor,
            "down",
            breaks_glass=breaks_glass,
        )

    with pytest.raises(Refused, match="shop may not be flipped now: it waits for the end of") as no:
        admit("minji", breaks_glass=False)
    assert "--break-glass" in no.value.hint
    with pytest.raises(NotAllowed):
        admit("ada", breaks_glass=True)
    assert bench.events("glass.broken") == []
    assert admit("minji", breaks_glass=True) == "minji: down"
    assert len(bench.events("glass.broken")) == 1
    configure(bench, Hours())
    assert admit("ada", breaks_glass=True) == ""  # nothing is broken where it is open
    assert len(bench.events("glass.broken")) == 1


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_delivery_is_one_setting(bench: JobBench, delivery: Delivery) -> None:
    """The same file but for one word: `approved` waits for a person, `automatic` does not."""
    (bench.folder / "devops.yaml").write_text(f"""
name: test
hosts: {{w-1: , w-2: , lb: }}
environments: {{production: }}
services:
  shop:
    environment: production
    colours: {{blue: {{hosts: w-1, port: 80}}, green: {{hosts: w-2, port: 80}}}}
    switch: {{haproxy: {{hosts: lb, socket: /s, map: /m}}}}
pipelines:
  shop: {{delivery: {delivery}, stages: [release: {{service: shop}}]}}
""")
    from devops_tui.config.load import load

    loaded = load(bench.folder)
    bench.workspace = loaded
    bench.store.save_workspace(loaded, (), "y")
    (stage,) = loaded.pipelines["shop"].stages
    run_id = bench.add(stage.jobs)
    await bench.engine.submit(run_id)
    if delivery is Delivery.APPROVED:
        await bench.until(lambda: bench.store.run(run_id).state is State.ASKING)
        assert bench.states(run_id)["s0/flip"] is State.WAITING
        approve(bench.store, bench.clock, loaded, run_id, "jun", "go")
    await bench.until(lambda: bench.record(run_id, "s0/flip").started_at is not None)
    assert any(isinstance(j.work, AskApproval) for j in stage.jobs) is (
        delivery is Delivery.APPROVED
    )
    assert any(isinstance(j.work, FlipTraffic) for j in stage.jobs)
