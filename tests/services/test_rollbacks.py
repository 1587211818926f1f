"""How a service goes back: the flip is undone while that is right, else a file by its digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import Digest, FlipId, HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact, Job, Pipeline, Stage, StageKind, State
from devops_tui.domain.rollback import RollbackPlan, Way
from devops_tui.domain.traffic import (
    Colour,
    Flip,
    FlipState,
    HaproxyConfig,
    ServerHealth,
    Servers,
    Service,
    ServiceStatus,
)
from devops_tui.domain.work import BringUp, FlipTraffic, RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services import pipelines
from devops_tui.services.rollbacks import plan_rollback
from devops_tui.stores.sqlite.store import SqliteStore

SHOP, WEB = ServiceName("shop"), HostName("web-1")
STAGES = (
    Stage("build", StageKind.BUILD, (Job("build", RunCommand("make"), artifacts=("shop.pyz",)),)),
    Stage("deploy", StageKind.DEPLOY, (Job("up", BringUp(SHOP, "shop.pyz")),)),
    Stage("release", StageKind.RELEASE, (Job("flip", FlipTraffic(SHOP)),)),
)
COMMANDS = ("lb-1: set map", "lb-1: read back")


class House:
    """Releases one after the other, from colour to colour."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        switch = HaproxyConfig((HostName("lb-1"),), "/run/h.sock", "/etc/c.map", "shop")
        colours = {c: Servers((WEB,), 8080 + i) for i, c in enumerate(Colour)}
        self.workspace = Workspace(
            "test",
            str(folder),
            environments={"production": Environment("production", (WEB,), is_protected=True)},
            services={"shop": Service(SHOP, "production", colours, switch)},
            pipelines={"shop": Pipeline("shop", None, STAGES)},
        )
        self.store.save_workspace(self.workspace, (), "x")
        self.status = ServiceStatus(SHOP, Colour.BLUE)
        self.save(is_warm=True)

    def save(self, *, is_warm: bool) -> None:
        health = tuple(
            ServerHealth(WEB, c, is_healthy=is_warm or c is self.status.live) for c in Colour
        )
        self.status = replace(self.status, servers=health)
        self.store.save_service(self.status)

    def release(self, letter: str, *, is_well: bool = True) -> Digest:
        digest = Digest(f"sha256:{letter * 64}")
        run = pipelines.create_run(self.store, self.clock, self.workspace, "shop", "jun")
        built = JobId("build/build")
        self.store.add_artifact(
            Artifact(digest, "shop.pyz", 9, run.id, built, "c0ffee", self.clock.now())
        )
        for record in self.store.job_runs(run.id):
            state = State.OK if is_well or record.job_id != "release/flip" else State.FAILED
            self.store.save_job(
                replace(record, state=state, ended_at=self.clock.now()), State.WAITING
            )
        self.flip(run.id)
        live = self.status.live
        assert live is not None
        digests = {**self.status.digests, live.value: digest}
        versions = {**self.status.versions, live.value: letter}
        self.status = replace(self.status, digests=digests, versions=versions)
        self.store.save_service(self.status)
        return digest

    def flip(self, run_id: RunId | None = None, undoes: FlipId | None = None) -> FlipId:
        self.clock.move(60)
        assert self.status.live is not None
        live = self.status.live
        number = len(self.store.flips()) + 1
        flip = Flip(
            FlipId(f"f-{number}"), SHOP, live, live.other, FlipState.DONE, "jun", "", number,
            self.clock.now(), run_id=run_id, undoes=undoes,
        )  # fmt: skip
        self.store.add_flip(flip)
        self.status = replace(self.status, live=live.other, last_flip=flip.id)
        self.save(is_warm=True)
        return flip.id

    def plan(self) -> RollbackPlan:
        return plan_rollback(self.store, self.clock, self.workspace, "shop", COMMANDS)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def test_a_warm_colour_is_flipped_back_to_for_what_serves_now_alone(house: House) -> None:
    house.release("a")
    house.release("b")
    plan = house.plan()
    assert (plan.way, plan.now, plan.then, plan.commands) == (Way.UNDO, "b", "a", COMMANDS)
    assert plan.is_protected
    assert plan.wish() == (Verb.UNDO, "shop", {"expected_live": "blue"})


def test_a_cold_colour_means_the_last_good_file_by_its_digest(house: House) -> None:
    good = house.release("a")
    house.release("b")
    house.save(is_warm=False)
    plan = house.plan()
    assert (plan.way, plan.digest) == (Way.RELEASE, good)
    assert "is not healthy" in plan.why_not_undo
    assert plan.commands[1] == "run shop: deploy, release"
    assert plan.wish() == (Verb.PROMOTE, good, {"to": "production", "pipeline": "shop"})


def test_a_release_that_was_not_well_is_not_gone_back_to(house: House) -> None:
    good = house.release("a")
    house.release("b", is_well=False)
    house.release("c")
    house.save(is_warm=False)
    assert house.plan().digest == good


def test_a_colour_that_holds_another_version_by_now_is_not_what_served(house: House) -> None:
    good = house.release("a")
    house.release("b")
    digests = {**house.status.digests, "green": f"sha256:{'f' * 64}"}
    house.store.save_service(replace(house.status, digests=digests))
    plan = house.plan()
    assert (plan.way, plan.digest) == (Way.RELEASE, good)
    assert "green has another version by now" in plan.why_not_undo


def test_what_went_back_already_does_not_go_forward_by_a_rollback(house: House) -> None:
    house.release("a")
    house.release("b")
    house.flip(undoes=house.status.last_flip)
    plan = house.plan()
    assert plan.way is Way.NONE
    assert plan.why_not == "shop went back already: jun, 03:15 UTC"
    with pytest.raises(Refused, match="went back already"):
        plan.wish()


def test_without_a_flip_there_is_no_way_back(house: House) -> None:
    assert house.plan().why_not == "shop was never flipped"
    with pytest.raises(NotFound):
        plan_rollback(house.store, house.clock, house.workspace, "nope", ())


def test_with_no_earlier_file_it_says_what_it_takes(house: House) -> None:
    house.release("a")
    house.save(is_warm=False)
    plan = house.plan()
    assert plan.way is Way.NONE
    assert "no earlier good file is kept" in plan.why_not
    assert "Bring the colour up" in plan.hint
