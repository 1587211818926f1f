"""A file goes on when a run shows that it passed its tests, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.domain.ids import Digest, HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact, Job, Pipeline, Run, Stage, StageKind, State
from devops_tui.domain.team import Member, Team
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.domain.work import BringUp, RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services import pipelines
from devops_tui.services.promotion import promote
from devops_tui.services.proof import why_not_proved
from devops_tui.stores.sqlite.store import SqliteStore

APP = Digest(f"sha256:{'a' * 64}")
SHOP = ServiceName("shop")
HOST = HostName("web-1")
MAKE = Job("build", RunCommand("make"), artifacts=("dist/shop",))
BUILD = Stage("build", StageKind.BUILD, (MAKE, Job("docs", RunCommand("make docs"))))
TEST = Stage(
    "test", StageKind.TEST, (Job("unit", RunCommand("true")), Job("load", RunCommand("true")))
)
DEPLOY = Stage("deploy", StageKind.DEPLOY, (Job("deploy", BringUp(SHOP, "shop")),))
ALL = ("build/build", "build/docs", "test/unit", "test/load")


class House:
    """A store, and runs of a pipeline that builds, tests, and deploys to production."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        servers = {c: Servers((HOST,), 8080 + i) for i, c in enumerate(Colour)}
        self.workspace = Workspace(
            "test",
            str(folder),
            team=Team((Member("jun"),)),
            environments={"production": Environment("production", (HOST,), is_protected=True)},
            services={"shop": Service(SHOP, "production", servers)},
            pipelines={"shop": Pipeline("shop", None, (BUILD, TEST, DEPLOY))},
        )
        self.store.save_workspace(self.workspace, (), "x")

    def built(self, **states: State) -> Run:
        run = pipelines.create_run(self.store, self.clock, self.workspace, "shop", "jun")
        job_id = JobId("build/build")
        self.store.add_artifact(Artifact(APP, "dist/shop", 9, run.id, job_id, "", self.clock.now()))
        for said in ALL:
            self.end(run.id, said, states.get(said.partition("/")[2], State.OK))
        return run

    def end(self, run_id: RunId, job_id: str, state: State) -> None:
        record = self.store.job_run(run_id, JobId(job_id))
        self.store.save_job(replace(record, state=state), record.state)

    def promote(self, actor: str = "jun", why: str = "it is time") -> Run:
        artifact = self.store.artifacts_of(APP)[0]
        args = (self.store, self.clock, self.workspace, artifact, "production")
        return promote(*args, actor, why)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def test_what_passed_goes_on(house: House) -> None:
    house.built()
    assert why_not_proved(house.store, APP) is None
    assert [stage.name for stage in house.promote().plan.stages] == ["deploy"]


def test_a_test_that_was_not_wanted_holds_nothing_up(house: House) -> None:
    house.built(load=State.SKIPPED)
    assert why_not_proved(house.store, APP) is None


@pytest.mark.parametrize("state", [State.FAILED, State.LOST, State.RUNNING, State.WAITING])
def test_what_did_not_pass_is_refused(house: House, state: State) -> None:
    run = house.built(unit=state)
    why = f"did not pass its tests: {run.id}: test/unit is {state.value}"
    assert str(why_not_proved(house.store, APP)).endswith(why)
    with pytest.raises(Refused, match="did not pass its tests"):
        house.promote()
    assert len(house.store.runs("shop")) == 1


def test_tests_that_never_began_prove_nothing(house: House) -> None:
    house.built(docs=State.FAILED, unit=State.SKIPPED, load=State.SKIPPED)
    assert "build/docs is failed" in str(why_not_proved(house.store, APP))


def test_a_run_that_passed_proves_it_for_another_that_did_not(house: House) -> None:
    house.built()
    house.built(unit=State.FAILED)
    assert why_not_proved(house.store, APP) is None


def test_a_promotion_that_failed_says_nothing_about_tests(house: House) -> None:
    house.built()
    house.end(house.promote().id, "deploy/deploy", State.FAILED)
    assert why_not_proved(house.store, APP) is None


def test_a_protected_environment_wants_a_reason_of_a_member(house: House) -> None:
    house.built()
    with pytest.raises(Refused, match="production is protected: say why"):
        house.promote(why=" ")
    with pytest.raises(NotAllowed, match="eve is not in the team"):
        house.promote(actor="eve")
