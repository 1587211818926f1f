"""Fan-in: a pipeline runs with successes of the same ancestor revision, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clocks import StillClock

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import (
    Commit,
    Job,
    Pipeline,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.services.fan_in import find_inputs
from devops_tui.services.pipelines import create_fed_run, create_run, inputs_now, rerun
from devops_tui.services.upstreams import UpstreamWatch
from devops_tui.stores.sqlite.store import SqliteStore

STAGES = (Stage("build", StageKind.BUILD, (Job("make", RunCommand("true")),)),)
ROOT, OTHER = Source("/srv/root.git"), Source("/srv/other.git")


class Site:
    """Two pipelines of one repository, one of another, and what stands on them."""

    def __init__(self, folder: Path | None = None) -> None:
        self.store = SqliteStore.open(folder / "state.db" if folder else Path(":memory:"))
        self.clock = StillClock()
        pipelines = (
            Pipeline("build", ROOT, STAGES),
            Pipeline("library", ROOT, STAGES),
            Pipeline("tools", OTHER, STAGES),
            Pipeline("ship", None, STAGES, upstream=("build", "library")),
            Pipeline("wide", None, STAGES, upstream=("build", "tools")),
            Pipeline("deep", None, STAGES, upstream=("ship", "library")),
        )
        self.workspace = Workspace("test", "", pipelines={p.name: p for p in pipelines})
        self.started: list[str] = []

    def run(self, pipeline: str, commit: str, state: State = State.OK) -> Run:
        made = create_run(
            self.store, self.clock, self.workspace, pipeline, "jun", commit=Commit(commit * 7)
        )
        return self.end(made, state)

    def end(self, run: Run, state: State = State.OK) -> Run:
        self.clock.move(1)
        ended = replace(run, state=state)
        self.store.save_run(ended, run.state)
        return ended

    async def start(self, run_id: RunId) -> None:
        self.started.append(run_id)

    async def changed(self) -> None: ...

    async def look(self, name: str = "ship") -> list[str]:
        watch = UpstreamWatch(self.store, self.clock, self.workspace, self.start, self.changed)
        run = await watch.look(self.workspace.pipeline(name))
        return [] if run is None else [one.run_id for one in run.plan.inputs]

    def waits(self, name: str = "ship") -> str:
        return find_inputs(self.store, self.workspace, name).waits


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_both_must_have_built_the_same_commit(site: Site) -> None:
    site.run("build", "a")
    assert await site.look() == []
    assert site.waits() == "library has not succeeded yet"
    site.run("library", "b")
    assert await site.look() == []
    assert site.waits() == "build is at aaaaaaa; waits for library to succeed with it"
    site.run("build", "b", State.FAILED)
    assert await site.look() == []
    site.run("build", "b")
    assert await site.look() == ["build-3", "library-1"]
    assert await site.look() == []
    made = site.store.run(RunId("ship-1"))
    assert made.plan.commit == Commit("bbbbbbb")
    assert made.plan.source == ROOT
    assert (made.trigger, made.why) == ("upstream", "build-3, library-1 succeeded")


async def test_an_older_pair_runs_while_a_newer_one_is_not_whole(site: Site) -> None:
    site.run("library", "a")
    site.run("build", "b")
    site.run("build", "a")
    assert await site.look() == ["build-2", "library-1"]


async def test_without_a_common_root_the_newest_of_each_go_together(site: Site) -> None:
    site.run("build", "a")
    site.run("tools", "x")
    assert await site.look("wide") == ["build-1", "tools-1"]
    site.run("tools", "y")
    assert await site.look("wide") == ["build-1", "tools-2"]


async def test_the_root_counts_however_far_up(site: Site) -> None:
    site.run("build", "a")
    site.run("library", "a")
    await site.look()
    site.end(site.store.run(RunId("ship-1")))
    site.run("library", "b")
    assert await site.look("deep") == ["ship-1", "library-1"]
    assert "waits for ship" in site.waits("deep")


async def test_a_success_that_was_repeated_starts_it_again(site: Site) -> None:
    first = site.run("build", "a")
    site.run("library", "a")
    await site.look()
    site.end(rerun(site.store, site.clock, first.id, "all", "", "jun"))
    assert await site.look() == ["build-2", "library-1"]


async def test_a_rerun_takes_the_same_inputs(site: Site) -> None:
    site.run("build", "a")
    site.run("library", "a")
    await site.look()
    done = site.end(site.store.run(RunId("ship-1")), State.FAILED)
    site.run("build", "b")
    site.run("library", "b")
    again = rerun(site.store, site.clock, done.id, "failed", "", "jun")
    assert again.plan.inputs == done.plan.inputs


def test_by_hand_it_says_what_is_missing(site: Site) -> None:
    site.run("build", "a")
    with pytest.raises(Refused, match="nothing to run with: library has not succeeded"):
        inputs_now(site.store, site.workspace, "ship")
    site.run("library", "a")
    inputs = inputs_now(site.store, site.workspace, "ship")
    args = (site.store, site.clock, site.workspace, "ship", "jun", "why", "hand")
    assert create_fed_run(*args, inputs).plan.inputs == inputs


async def test_what_is_missing_is_kept_for_screens(site: Site) -> None:
    site.run("build", "a")
    await site.look()
    state = site.store.source_state("ship")
    assert state is not None
    assert state.waits == "library has not succeeded yet"


OUTCOMES = st.lists(
    st.tuples(
        st.sampled_from(["build", "library"]),
        st.sampled_from("abc"),
        st.sampled_from([State.OK, State.FAILED]),
    ),
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(OUTCOMES)
def test_whatever_happens_inputs_agree_and_succeeded(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[tuple[str, str, State]]
) -> None:
    site = Site(tmp_path_factory.mktemp("fan"))
    for pipeline, commit, state in outcomes:
        site.run(pipeline, commit, state)
    good = {(p, c) for p, c, state in outcomes if state is State.OK}
    could = {c for c in "abc" if {("build", c), ("library", c)} <= good}
    found = find_inputs(site.store, site.workspace, "ship").inputs
    assert bool(found) is bool(could)
    if found:
        assert {site.store.run(one.run_id).state for one in found} == {State.OK}
        assert len({one.commit for one in found}) == 1
        assert found[0].commit[0] in could
    site.store.close()
