"""Sources against real git repositories: what moves starts runs, each exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.git_repo import GitRepo

from devops_tui.domain.errors import HostUnreachable, NotFound, Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, Pipeline, Run, Source, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.integrations.git import GitSources
from devops_tui.services.pipelines import run_newest
from devops_tui.services.sources import SourceWatch
from devops_tui.services.starts import Starts
from devops_tui.stores.sqlite.store import SqliteStore

STAGES = (Stage("test", StageKind.TEST, (Job("unit", RunCommand("true")),)),)


class CountingSources(GitSources):
    """Real git; counts what is asked of the repository itself."""

    asked = 0

    async def refs(self, url: str, names: Sequence[str]) -> Mapping[str, str]:
        self.asked += 1
        return await super().refs(url, names)


class Site:
    """A store, a repository, pipelines over it; a watch that is begun anew at will."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock()
        self.repo = GitRepo(folder / "repo")
        self.repo.commit("first")
        self.sources = CountingSources(folder / "mirrors", timeout_s=30.0)
        self.workspace = Workspace("test", str(folder))
        self.started: list[str] = []

    def use(self, **sources: Source) -> None:
        pipelines = {name: Pipeline(name, source, STAGES) for name, source in sources.items()}
        self.workspace = replace(self.workspace, pipelines=pipelines)

    def watch(self) -> SourceWatch:
        return SourceWatch(self.store, self.clock, self.sources, self.workspace, self.start)

    async def start(self, run_id: RunId) -> None:
        self.started.append(run_id)

    async def poll(self, name: str = "shop") -> list[str]:
        """A new worker looks once; where each new run's commit was found."""
        runs = await self.watch().poll(self.workspace.pipeline(name))
        return [run.plan.tag or run.plan.branch for run in runs]

    def newest(self) -> Run:
        return self.store.runs(limit=1)[0]

    def end(self, state: State = State.OK) -> None:
        for run in self.store.unfinished_runs():
            self.store.save_run(replace(run, state=state), run.state)

    async def nothing(self) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_two_branches_that_move_at_once_are_two_runs(site: Site) -> None:
    site.use(shop=Source(site.repo.url, "main", more_branches=("release/*",)))
    site.repo.git("branch", "release/1")
    assert await site.poll() == ["main", "release/1"]
    assert await site.poll() == []
    first = site.repo.commit("on main")
    site.repo.git("checkout", "-q", "release/1")
    second = site.repo.commit("on release")
    assert await site.poll() == ["main", "release/1"]
    found = {r.plan.branch: r.plan.commit for r in site.store.runs(limit=2)}
    assert {b: c.id for b, c in found.items() if c is not None} == {
        "main": first,
        "release/1": second,
    }
    assert await site.poll() == []
    assert site.started == ["shop-1", "shop-2", "shop-3", "shop-4"]


async def test_of_many_branches_the_newest_is_built_at_first_sight(site: Site) -> None:
    for number in (1, 2, 3):
        site.repo.git("checkout", "-q", "-b", f"release/{number}", "main")
        site.repo.git("commit", "-q", "--allow-empty", "-m", f"r{number}", "--date=2026-01-01")
    site.use(shop=Source(site.repo.url, "release/*"))
    assert len(await site.poll()) == 1
    site.repo.git("branch", "release/4", "main")
    assert await site.poll() == ["release/4"]
    site.repo.git("branch", "-D", "release/1")
    assert await site.poll() == []
    site.repo.git("branch", "other", "main")
    assert await site.poll() == []


async def test_a_new_tag_starts_a_run_and_of_the_old_ones_the_newest(site: Site) -> None:
    site.repo.git("tag", "v1")
    site.repo.git("commit", "-q", "--allow-empty", "-m", "second", "--date=2026-06-01")
    head = site.repo.git("rev-parse", "HEAD")
    site.repo.git("tag", "-a", "v2", "-m", "annotated")
    site.repo.git("tag", "other")
    site.use(shop=Source(site.repo.url, "", tags=("v*",)))
    assert len(await site.poll()) == 1
    assert await site.poll() == []
    site.repo.git("tag", "v3")  # of a commit that was built: still a tag of its own
    assert await site.poll() == ["v3"]
    commit = site.newest().plan.commit
    assert commit is not None
    assert commit.id == head  # the commit, not the object of an annotated tag


async def test_a_moved_tag_is_said(site: Site) -> None:
    site.repo.git("tag", "v1")
    before = site.repo.git("rev-parse", "HEAD")
    site.use(shop=Source(site.repo.url, "", tags=("v*",)))
    await site.poll()
    site.repo.commit("second")
    site.repo.git("tag", "-f", "v1")
    assert await site.poll() == ["v1"]
    assert site.newest().why == f"tag v1 was moved: it was at {before[:7]}"


async def test_a_rewritten_branch_is_said(site: Site) -> None:
    site.use(shop=Source(site.repo.url))
    gone = site.repo.commit("second")
    await site.poll()
    site.repo.git("reset", "-q", "--hard", "HEAD~1")
    after = site.repo.commit("instead")
    assert await site.poll() == ["main"]
    assert site.newest().why == f"main was rewritten: {gone[:7]} is no longer part of it"
    (event,) = [e for e in site.store.events() if e.kind == "source.rewritten"]
    assert (event.subject, event.data["before"], event.data["after"]) == ("shop", gone, after)
    site.repo.commit("third")
    await site.poll()
    assert site.newest().why == ""


async def test_what_a_branch_brings_is_since_its_own_last_success(site: Site) -> None:
    site.use(shop=Source(site.repo.url, "main", more_branches=("next",)))
    site.repo.git("branch", "next")
    await site.poll()
    site.end()
    site.repo.commit("one on main")
    await site.poll()
    site.end()
    site.repo.git("checkout", "-q", "next")
    site.repo.commit("one on next")
    site.repo.commit("two on next")
    await site.poll()
    assert [c.subject for c in site.newest().commits] == ["two on next", "one on next"]


async def test_a_failed_run_is_not_started_again(site: Site) -> None:
    site.use(shop=Source(site.repo.url))
    await site.poll()
    site.end(State.FAILED)
    assert await site.poll() == []


async def test_one_request_answers_all_pipelines_of_a_repository(site: Site) -> None:
    url = site.repo.url
    site.use(
        one=Source(url),
        two=Source(url, "**", tags=("v*",)),
        three=Source(url, "main", more_branches=("nothing/*",)),
    )
    site.repo.git("tag", "v1")
    await site.watch()._look(list(site.workspace.pipelines.values()))
    assert site.sources.asked == 1
    assert sorted(r.plan.pipeline for r in site.store.runs()) == ["one", "three", "two", "two"]


async def test_since_when_and_why_a_source_cannot_be_read_is_kept(
    site: Site, tmp_path: Path
) -> None:
    site.use(shop=Source(site.repo.url))
    await site.poll()
    site.repo.folder.rename(tmp_path / "away")
    began = site.clock.now()
    with pytest.raises(HostUnreachable):
        await site.poll()
    site.clock.move(600)
    with pytest.raises(HostUnreachable):
        await site.poll()
    state = site.store.source_state("shop")
    assert state is not None
    assert state.unreadable_since == began
    assert "repo" in state.why
    (tmp_path / "away").rename(site.repo.folder)
    site.repo.commit("meanwhile")
    assert await site.poll() == ["main"]
    state = site.store.source_state("shop")
    assert state is not None
    assert (state.unreadable_since, state.why) == (None, "")
    kinds = [e.kind for e in site.store.events() if e.kind.startswith("source.")]
    assert kinds == ["source.unreadable", "source.readable"]


async def test_a_missing_branch_is_said_and_stops_no_other(site: Site) -> None:
    site.use(shop=Source(site.repo.url, "main", more_branches=("mian",)))
    with pytest.raises(NotFound, match="it has no branch mian"):
        await site.poll()
    assert [r.plan.branch for r in site.store.runs()] == ["main"]
    state = site.store.source_state("shop")
    assert state is not None
    assert state.why == "it has no branch mian"


async def test_a_run_by_hand_takes_the_newest_of_what_the_patterns_mean(site: Site) -> None:
    site.use(shop=Source(site.repo.url, "release/*"))
    args = (site.store, site.clock, site.sources, site.workspace, "shop", "jun")
    with pytest.raises(NotFound, match="fits the patterns"):
        await run_newest(*args)
    site.repo.git("branch", "release/1")
    made = await run_newest(*args)
    assert made.plan.branch == "release/1"
    assert await site.poll() == []  # somebody built it already


async def test_another_repository_is_seen_anew(site: Site, tmp_path: Path) -> None:
    site.use(shop=Source(site.repo.url))
    await site.poll()
    other = GitRepo(tmp_path / "other")
    other.commit("elsewhere")
    site.use(shop=Source(other.url))
    assert await site.poll() == ["main"]
    assert site.newest().why == ""


async def test_a_bare_repository(site: Site, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    site.repo.git("clone", "-q", "--bare", ".", str(bare))
    site.use(shop=Source(f"file://{bare}"))
    assert await site.poll() == ["main"]


async def test_a_notice_looks_at_once(site: Site) -> None:
    site.use(shop=Source(site.repo.url, poll_s=3600.0))
    starts = Starts(site.store, site.clock, site.sources, site.workspace, site.start, site.nothing)
    assert [r.id for r in await starts.notify("shop")] == ["shop-1"]
    assert await starts.notify("shop") == ()
    with pytest.raises(NotFound, match="no pipeline nope"):
        await starts.notify("nope")
    site.workspace = replace(site.workspace, pipelines={"hand": Pipeline("hand", None, STAGES)})
    starts = Starts(site.store, site.clock, site.sources, site.workspace, site.start, site.nothing)
    with pytest.raises(Refused, match="hand has no source"):
        await starts.notify("hand")
