"""The same bytes go from one environment to the next; nothing is built again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.artifact import Holding
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import Digest, FlipId, HostName, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Artifact,
    Commit,
    Job,
    Pipeline,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.traffic import Colour, Flip, FlipState, Servers, Service, ServiceStatus
from devops_tui.domain.work import BringUp, FlipTraffic, RunCommand, WatchHealth
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services import artifacts, pipelines
from devops_tui.services.promotion import promote
from devops_tui.services.releases import releases_of, why_not_after
from devops_tui.stores.sqlite.store import SqliteStore

APP = Digest(f"sha256:{'a' * 64}")
STAGING, SHOP = ServiceName("shop-staging"), ServiceName("shop")


def deployment(service: ServiceName, after: str = "", pipeline: str = "") -> tuple[Stage, Stage]:
    where = "staging" if service == STAGING else "production"
    deploy = Job("deploy", BringUp(service, "shop.pyz", after, pipeline))
    flip = Job("flip", FlipTraffic(service))
    bake = Job("bake", WatchHealth(service), ("flip",))
    return (
        Stage(f"deploy-{where}", StageKind.DEPLOY, (deploy,)),
        Stage(f"release-{where}", StageKind.RELEASE, (flip, bake)),
    )


BUILD = Stage(
    "build", StageKind.BUILD, (Job("build", RunCommand("make"), artifacts=("dist/shop.pyz",)),)
)
WHOLE = Pipeline("shop", None, (BUILD, *deployment(STAGING), *deployment(SHOP, "staging")))


class House:
    """A store with a run that built the file and released it in staging."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        host = HostName("web-1")
        servers = {c: Servers((host,), 8080 + i) for i, c in enumerate(Colour)}
        self.workspace = Workspace(
            "test",
            str(folder),
            environments={n: Environment(n, (host,)) for n in ("staging", "production")},
            services={
                "shop-staging": Service(STAGING, "staging", servers),
                "shop": Service(SHOP, "production", servers),
            },
            pipelines={"shop": WHOLE},
        )
        self.store.save_workspace(self.workspace, (), "x")
        self.run = self.built()

    def built(self) -> Run:
        run = pipelines.create_run(
            self.store, self.clock, self.workspace, "shop", "jun", commit=Commit("c0ffee1", "Pay")
        )
        artifact = Artifact(
            APP, "dist/shop.pyz", 9, run.id, JobId("build/build"), "c0ffee1", self.clock.now()
        )
        self.store.add_artifact(artifact)
        return run

    @property
    def artifact(self) -> Artifact:
        return artifacts.find(self.store, "shop.pyz")

    def end(self, run_id: RunId, *job_ids: str, state: State = State.OK) -> None:
        for job_id in job_ids:
            record = self.store.job_run(run_id, JobId(job_id))
            self.store.save_job(
                replace(record, state=state, ended_at=self.clock.now()), record.state
            )

    def released_in_staging(self) -> None:
        bake = "release-staging/bake"
        self.end(self.run.id, "deploy-staging/deploy", "release-staging/flip", bake)

    def promote(self, to: str = "production", pipeline: str = "") -> Run:
        return promote(
            self.store, self.clock, self.workspace, self.artifact, to, "jun", "why", pipeline
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


def test_a_promotion_runs_the_deployment_there_and_nothing_before_it(house: House) -> None:
    house.released_in_staging()
    run = house.promote()
    assert [s.name for s in run.plan.stages] == ["deploy-production", "release-production"]
    assert [(a.name, a.digest, a.run_id) for a in run.plan.artifacts] == [
        ("dist/shop.pyz", APP, house.run.id)
    ]
    assert run.plan.commit == Commit("c0ffee1", "Pay")
    (row,) = house.store.artifacts(run.id)
    assert (row.digest, row.built_by, row.job_id) == (APP, house.run.id, "build/build")
    assert run.trigger == f"promotion of {'a' * 12}"
    assert [e.data["to"] for e in house.store.events() if e.kind == "artifact.promoted"] == [
        "production"
    ]


def test_the_plan_s_hash_names_the_bytes(house: House) -> None:
    house.released_in_staging()
    plan = house.promote().plan
    other = replace(plan.artifacts[0], digest=Digest(f"sha256:{'b' * 64}"))
    assert replace(plan, artifacts=(other,)).hash != plan.hash


def test_what_was_not_released_well_before_is_not_promoted(house: House) -> None:
    with pytest.raises(Refused, match="was never released in staging"):
        house.promote()
    house.end(house.run.id, "deploy-staging/deploy", "release-staging/flip")
    with pytest.raises(Refused, match="release-staging/bake is waiting"):
        house.promote()
    house.end(house.run.id, "release-staging/bake", state=State.FAILED)
    with pytest.raises(Refused, match="release-staging/bake is failed"):
        house.promote()
    assert len(house.store.runs()) == 1


def test_what_was_taken_back_was_not_released_well(house: House) -> None:
    house.released_in_staging()
    at = house.clock.now()
    flip = Flip(
        FlipId("f1"), STAGING, Colour.BLUE, Colour.GREEN, FlipState.DONE, "worker", "", 1, at,
        run_id=house.run.id,
    )  # fmt: skip
    house.store.add_flip(flip)
    assert why_not_after(house.store, house.workspace, APP, "staging") is None
    back = replace(flip, id=FlipId("f2"), actor="minji", why="slow", undoes=flip.id, run_id=None)
    house.store.add_flip(back)
    assert why_not_after(house.store, house.workspace, APP, "staging") == (
        f"{APP[:19]} was not released well in staging: shop-1: minji went back: slow"
    )


def test_a_pipeline_that_only_deploys_takes_it_from_the_one_that_builds(house: House) -> None:
    house.released_in_staging()
    build_only = replace(WHOLE, stages=WHOLE.stages[:3])
    to_production = Pipeline("shop-production", None, deployment(SHOP, "staging", "shop"))
    others = Pipeline("other", None, deployment(SHOP, "", "something"))
    named = {p.name: p for p in (build_only, to_production, others)}
    house.workspace = replace(house.workspace, pipelines=named)
    assert house.promote().id == "shop-production-1"


def test_where_it_cannot_go_is_said(house: House) -> None:
    house.released_in_staging()
    with pytest.raises(NotFound, match="no environment mars"):
        house.promote("mars")
    house.workspace = replace(
        house.workspace, pipelines={"shop": replace(WHOLE, stages=WHOLE.stages[:3])}
    )
    with pytest.raises(Refused, match=r"no pipeline deploys shop\.pyz of shop to production"):
        house.promote()
    twin = replace(WHOLE, name="twin", stages=deployment(SHOP, "", "shop"))
    house.workspace = replace(house.workspace, pipelines={"shop": WHOLE, "twin": twin})
    with pytest.raises(Refused, match="several pipelines"):
        house.promote()
    assert house.promote(pipeline="twin").id == "twin-1"


def test_a_pruned_file_is_not_promoted(house: House) -> None:
    house.released_in_staging()
    house.store.save_holding(Holding(APP, pruned_at=house.clock.now(), pruned_why="too old"))
    with pytest.raises(NotFound, match="was pruned on 2026-03-01 by retention: too old"):
        house.promote()


def test_a_rerun_of_a_promotion_brings_the_same_bytes(house: House) -> None:
    house.released_in_staging()
    run = house.promote()
    house.store.save_run(replace(run, state=State.FAILED), State.WAITING)
    again = pipelines.rerun(house.store, house.clock, run.id)
    (row,) = house.store.artifacts(again.id)
    assert (row.digest, row.built_by) == (APP, house.run.id)
    assert again.plan == run.plan


def test_the_story_tells_what_is_where(house: House) -> None:
    house.released_in_staging()
    run = house.promote()
    house.end(run.id, "deploy-production/deploy")
    digests, versions = {"blue": APP}, {"blue": "c0ffee1"}
    status = ServiceStatus(STAGING, live=Colour.BLUE, digests=digests, versions=versions)
    house.store.save_service(status)
    story = artifacts.story(house.store, house.workspace, house.artifact)
    assert story.runs == (house.run.id, run.id)
    assert [(p.environment, p.colour, p.is_live) for p in story.places] == [
        ("staging", "blue", True)
    ]
    told = {r.environment: (r.is_well, r.why_not) for r in story.releases}
    assert told == {
        "staging": (True, ""),
        "production": (False, "release-production/flip is waiting"),
    }
    assert releases_of(house.store, house.workspace, Digest("sha256:none")) == []


@pytest.mark.parametrize("said", ["shop.pyz", "dist/shop.pyz", "aaaaaa", APP, "shop-1"])
def test_a_file_is_found_by_what_an_operator_says(house: House, said: str) -> None:
    assert artifacts.find(house.store, said).digest == APP


@pytest.mark.parametrize("said", ["none.pyz", "bbbbbb", "aaaaa", "shop-9", ""])
def test_what_is_no_file_is_not_found(house: House, said: str) -> None:
    with pytest.raises(NotFound):
        artifacts.find(house.store, said)


def test_a_pin_needs_a_reason_and_is_audited(house: House) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        artifacts.pin(house.store, house.clock, APP, "jun", " ")
    assert artifacts.pin(house.store, house.clock, APP, "jun", "LTS").pinned_by == "jun"
    assert artifacts.unpin(house.store, house.clock, APP, "jun", "").pinned_at is None
    with pytest.raises(Refused, match="not pinned"):
        artifacts.unpin(house.store, house.clock, APP, "jun", "")
    kinds = [e.kind for e in house.store.events(subject=APP)]
    assert kinds == ["artifact.pinned", "artifact.unpinned"]
