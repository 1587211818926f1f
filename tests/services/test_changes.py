"""What changed between runs, over real runs in a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.change import KeyChange
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import Digest, FlipId, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Artifact,
    Commit,
    Job,
    Pipeline,
    Run,
    Source,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.work import FlipTraffic, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation.changes import rows
from devops_tui.services.changes import what_changed
from devops_tui.services.origins import Origin
from devops_tui.services.pipelines import create_run
from devops_tui.stores.sqlite.store import SqliteStore

SHOP = ServiceName("shop")
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def commit(number: int) -> Commit:
    author = "Jun" if number % 2 else "Sora"
    return Commit(f"{number:040x}", f"change {number}", author, BEGAN + timedelta(minutes=number))


class Site:
    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock()
        self.script = "make test"
        self.timeout_s = 3600.0
        self.last_good = 0

    @property
    def workspace(self) -> Workspace:
        stages = (
            Stage(
                "test",
                StageKind.TEST,
                (Job("unit", RunCommand(self.script), timeout_s=self.timeout_s),),
            ),
            Stage("release", StageKind.RELEASE, (Job("flip", FlipTraffic(SHOP)),)),
        )
        made = Pipeline("shop", Source("/srv/shop.git"), stages)
        return Workspace("test", "", pipelines={"shop": made})

    def run(self, head: int, state: State = State.OK, branch: str = "main") -> RunId:
        """A run of commit `head` that brings all since the last success, as sources do."""
        brought = tuple(commit(n) for n in range(head, self.last_good, -1)) or (commit(head),)
        made = create_run(
            self.store,
            self.clock,
            self.workspace,
            "shop",
            "source",
            commit=commit(head),
            commits=brought,
            origin=Origin(branch=branch),
        )
        self.store.save_run(replace(made, state=state), made.state)
        self.clock.move(60)
        if state is State.OK:
            self.last_good = head
        return made.id

    def artifact(self, run_id: RunId, name: str, digest: str) -> None:
        self.store.add_artifact(
            Artifact(Digest(digest), name, 1, run_id, JobId("test/unit"), "", self.clock.now())
        )

    def flip(self, number: int, run_id: RunId | None, to: Colour, state: FlipState) -> None:
        now = self.clock.now()
        self.store.add_flip(
            Flip(
                FlipId(f"f{number}"), SHOP, to.other, to, state, "jun", "", number, now, now, run_id
            )
        )
        self.clock.move(60)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def subjects(commits: tuple[Commit, ...]) -> list[str]:
    return [c.subject for c in commits]


def test_since_the_last_success_all_commits_of_the_failures_count(site: Site) -> None:
    site.run(1)
    site.run(3, State.FAILED)
    now = site.run(5, State.FAILED)
    found = what_changed(site.store, now)
    assert (found.before, found.since) == ("shop-1", "the last success")
    assert subjects(found.commits) == ["change 5", "change 4", "change 3", "change 2"]
    assert found.authors == ("Jun", "Sora")
    assert found.is_whole


def test_two_runs_between_which_a_success_lies(site: Site) -> None:
    first = site.run(2)
    site.run(4)
    third = site.run(6)
    assert subjects(what_changed(site.store, third, first).commits) == [
        f"change {n}" for n in (6, 5, 4, 3)
    ]
    back = what_changed(site.store, first, third)
    assert back.commits == ()
    assert subjects(back.taken_back) == [f"change {n}" for n in (6, 5, 4, 3)]


def test_the_same_commit_again_brings_nothing(site: Site) -> None:
    first = site.run(2)
    second = site.run(2)
    found = what_changed(site.store, second, first)
    assert (found.commits, found.settings, found.facts, found.is_whole) == ((), (), (), True)


def test_another_branch_is_compared_with_its_own_success(site: Site) -> None:
    site.run(1, branch="next")
    site.run(2)
    now = site.run(3, branch="next")
    assert what_changed(site.store, now).before == "shop-1"


def test_keys_of_the_configuration_and_files(site: Site) -> None:
    first = site.run(1)
    site.script, site.timeout_s = "make check", 600.0
    second = site.run(2, branch="next")
    for run_id, digest in ((first, "sha256:aa"), (second, "sha256:bb")):
        site.artifact(run_id, "dist/shop", digest)
        site.artifact(run_id, "dist/same", "sha256:cc")
    site.artifact(second, "dist/new", "sha256:dd")
    found = what_changed(site.store, second, first)
    assert set(found.settings) == {
        KeyChange("test/unit: script", "make test", "make check"),
        KeyChange("test/unit: timeout_s", 3600.0, 600.0),
    }
    assert found.facts == (KeyChange("branch", "main", "next"),)
    assert [(f.name, f.before, f.now) for f in found.files] == [
        ("dist/new", "", "sha256:dd"),
        ("dist/shop", "sha256:aa", "sha256:bb"),
    ]
    assert found.same_files == 1


def test_production_is_what_the_last_flip_that_holds_brought(site: Site) -> None:
    first, second = site.run(1), site.run(2)
    now = site.run(4, State.FAILED)
    site.store.save_service(ServiceStatus(SHOP, Colour.BLUE))
    found = what_changed(site.store, now, "production")
    assert (found.before, found.since) == ("", "no run before this one is in production")
    site.flip(1, first, Colour.BLUE, FlipState.DONE)
    site.flip(2, second, Colour.GREEN, FlipState.DONE)
    site.store.save_service(ServiceStatus(SHOP, Colour.GREEN))
    assert what_changed(site.store, now, "production").before == second
    site.flip(3, None, Colour.BLUE, FlipState.DONE)  # an undo
    site.store.save_service(ServiceStatus(SHOP, Colour.BLUE))
    found = what_changed(site.store, now, "production")
    assert found.before == first
    assert subjects(found.commits) == ["change 4", "change 3", "change 2"]


def test_what_cannot_be_compared_is_said(site: Site) -> None:
    now = site.run(1)
    assert what_changed(site.store, now).since == "no run before this one is the last success"
    with pytest.raises(NotFound, match="no run shop-9"):
        what_changed(site.store, now, "shop-9")
    run = replace(site.store.run(now), state=State.OK)
    plan = replace(run.plan, pipeline="build", stages=run.plan.stages[:1])
    other = Run(RunId("build-1"), 1, plan, State.OK, site.clock.now(), "jun")
    site.store.add_run(other)
    with pytest.raises(Refused, match="no stage of build releases a service"):
        what_changed(site.store, other.id, "production")


def test_a_new_branch_is_compared_by_what_it_brings(site: Site) -> None:
    first = site.run(1)
    second = site.run(3, branch="next")
    found = what_changed(site.store, second, first)
    assert found.is_whole
    assert subjects(found.commits) == ["change 3", "change 2"]


def test_histories_that_do_not_meet_are_not_pretended(site: Site) -> None:
    first = site.run(1, branch="old")
    site.last_good = 39  # runs between were pruned, say
    site.run(40)
    second = site.run(42)
    found = what_changed(site.store, second, first)
    assert not found.is_whole
    assert subjects(found.commits) == ["change 42", "change 41"]


@pytest.mark.parametrize("width", [20, 80, 200])
def test_the_sheet_fits_and_names_everything(site: Site, width: int) -> None:
    first = site.run(1)
    site.script = "set -e\nmake check\n" + "x" * 300
    second = site.run(3)
    site.artifact(second, "dist/shop", "sha256:bb")
    made = rows(what_changed(site.store, second, first), width)
    assert all(sum(s.width for s in row.line) <= width for row in made)
    assert len({row.key for row in made}) == len(made)
    text = "\n".join("".join(s.text for s in row.line) for row in made)
    if width >= 80:
        for wanted in (
            "shop-2 since shop-1",
            "2 commits",
            "change 3",
            "- make test",
            "+ make check",
        ):
            assert wanted in text
        assert "dist/shop  — → sha256:bb" in text
