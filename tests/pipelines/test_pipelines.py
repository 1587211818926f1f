"""Runs are created, repeated, and started by commits, each exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command, pipeline_of

from devops_tui.domain.board import BoardRules
from devops_tui.domain.errors import HostUnreachable, NotFound, Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Commit, Job, Run, State
from devops_tui.domain.work import AskApproval
from devops_tui.services.pipelines import ask_cancel, cards_named, create_run, rerun, run_newest
from devops_tui.services.sources import SourceWatch


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bench = JobBench(tmp_path, repo)
    use(bench, (command("build", "true"),))
    yield bench
    await bench.close()


def use(bench: JobBench, *stages: tuple[Job, ...]) -> None:
    pipeline = pipeline_of(bench.repo, *stages)
    bench.workspace = replace(
        bench.workspace, pipelines={"shop": pipeline}, board=BoardRules(prefix="SHOP")
    )


def create(bench: JobBench, commit: Commit | None = None) -> Run:
    commit = commit or Commit(bench.repo.git("rev-parse", "HEAD"), "x")
    return create_run(
        bench.store, bench.clock, bench.workspace, "shop", "jun", "why", commit=commit
    )


async def finished(bench: JobBench, run_id: RunId) -> Run:
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    return bench.store.run(run_id)


async def test_a_new_run_waits_and_is_told(bench: JobBench) -> None:
    run = create(bench, Commit("a" * 40, "SHOP-12 and SHOP-3: more"))
    assert (run.id, run.number, run.state) == ("shop-1", 1, State.WAITING)
    assert run.why_waiting == "waits for the worker"
    assert run.cards == ("SHOP-12", "SHOP-3")
    assert bench.store.run(run.id) == run
    (event,) = bench.events("run.created")
    assert (event.subject, event.actor, event.why) == ("shop-1", "jun", "why")
    assert create(bench).id == "shop-2"


def test_create_refuses_what_cannot_run(bench: JobBench) -> None:
    with pytest.raises(NotFound):
        create_run(bench.store, bench.clock, bench.workspace, "nope", "jun")
    with pytest.raises(Refused, match="none is given"):
        create_run(bench.store, bench.clock, bench.workspace, "shop", "jun")
    use(bench)
    with pytest.raises(Refused, match="no stages"):
        create(bench)
    assert bench.store.runs() == []


@pytest.mark.parametrize(
    ("subject", "cards"),
    [
        ("SHOP-1", ("SHOP-1",)),
        ("fix (SHOP-12), SHOP-12", ("SHOP-12",)),
        ("shop-1 WORKSHOP-1 SHOP-0 SHOP-x SHOP-1-2 SHOP_1 SHOP-1a", ()),
        ("[@click=app.quit]SHOP-7[/]", ("SHOP-7",)),
    ],
)
def test_cards_that_commits_name(subject: str, cards: tuple[str, ...]) -> None:
    assert cards_named("SHOP", [Commit("a", subject)]) == cards


async def test_the_newest_commit_brings_all_since_the_last_success(bench: JobBench) -> None:
    args = (bench.store, bench.clock, bench.sources, bench.workspace, "shop", "jun")
    first = await run_newest(*args)
    assert [c.subject for c in first.commits] == ["first"]
    assert (await finished(bench, first.id)).state is State.OK
    bench.repo.commit("SHOP-1 second")
    bench.repo.commit("SHOP-2 third")
    second = await run_newest(*args)
    assert [c.subject for c in second.commits] == ["SHOP-2 third", "SHOP-1 second"]
    assert second.cards == ("SHOP-2", "SHOP-1")
    assert second.plan.commit == second.commits[0]
    older = await run_newest(*args, commit_id=bench.repo.git("rev-parse", "HEAD~2"))
    assert older.plan.commit is not None
    assert older.plan.commit.subject == "first"


async def test_rerun_of_what_failed_reuses_the_rest_and_its_artifacts(bench: JobBench) -> None:
    flag = bench.folder / "flag"
    build = command("build", f"echo ran >> {bench.folder}/builds; echo built > app")
    use(
        bench,
        (replace(build, artifacts=("app",)),),
        (command("unit", "cat app"), command("flaky", f"test -e {flag}")),
    )
    old = await finished(bench, create(bench).id)
    assert old.state is State.FAILED
    flag.touch()
    new = rerun(bench.store, bench.clock, old.id, "failed", actor="jun", why="flaky")
    assert (new.id, new.plan, new.trigger) == ("shop-2", old.plan, "rerun of shop-1")
    assert [(r.state, r.is_reused) for r in bench.store.job_runs(new.id)] == [
        (State.OK, True),
        (State.OK, True),
        (State.WAITING, False),
    ]
    assert (await finished(bench, new.id)).state is State.OK
    assert (bench.folder / "builds").read_text() == "ran\n"
    assert [a.digest for a in bench.store.artifacts(new.id)] == [
        a.digest for a in bench.store.artifacts(old.id)
    ]
    third = rerun(bench.store, bench.clock, new.id, "from", "s1", "jun")
    assert (await finished(bench, third.id)).state is State.OK
    assert bench.log(third.id, "s1/unit") == b"built\n"
    whole = rerun(bench.store, bench.clock, new.id, "all")
    assert not any(r.is_reused for r in bench.store.job_runs(whole.id))


async def test_rerun_asks_again_when_something_in_the_environment_must_be_done(
    bench: JobBench,
) -> None:
    use(bench, (command("build", "true"),), (Job("ask", AskApproval()),), (command("x", "false"),))
    run = create(bench)
    await bench.engine.submit(run.id)
    await bench.until(lambda: bench.store.run(run.id).state is State.ASKING)
    await bench.engine.cancel(run.id)
    again = rerun(bench.store, bench.clock, run.id, "failed")
    assert [r.state for r in bench.store.job_runs(again.id)] == [
        State.OK,
        State.WAITING,
        State.WAITING,
    ]


async def test_rerun_refuses(bench: JobBench) -> None:
    use(bench, (command("a", "false"),), (command("b", "true"),))
    run = create(bench)
    with pytest.raises(Refused, match="has not ended"):
        rerun(bench.store, bench.clock, run.id)
    await finished(bench, run.id)
    with pytest.raises(Refused, match="s0/a did not end well"):
        rerun(bench.store, bench.clock, run.id, "from", "s1")
    with pytest.raises(NotFound, match="no stage s9"):
        rerun(bench.store, bench.clock, run.id, "from", "s9")
    with pytest.raises(Refused, match="no mode"):
        rerun(bench.store, bench.clock, run.id, "some")
    assert len(bench.store.runs()) == 1


async def test_ask_cancel_is_durable_before_the_engine_acts(bench: JobBench) -> None:
    run = create(bench)
    ask_cancel(bench.store, bench.clock, run.id, "jun", "wrong branch")
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run.id).state is State.CANCELLED
    assert [e.actor for e in bench.events("run.cancel_asked")] == ["jun"]
    with pytest.raises(Refused, match="has ended"):
        ask_cancel(bench.store, bench.clock, run.id, "jun")


async def nothing(_: RunId) -> None:
    return None


def watch(bench: JobBench) -> SourceWatch:
    return SourceWatch(bench.store, bench.clock, bench.sources, bench.workspace, nothing)


async def test_each_commit_starts_one_run_over_restarts(bench: JobBench) -> None:
    pipeline = bench.workspace.pipeline("shop")
    (first,) = await watch(bench).poll(pipeline)
    assert (first.trigger, first.actor) == ("source", "source")
    assert await watch(bench).poll(pipeline) == ()
    bench.repo.commit("second")
    one, other = watch(bench), watch(bench)
    found = await asyncio.gather(one.poll(pipeline), other.poll(pipeline))
    assert [r.id for runs in found for r in runs] == ["shop-2"]
    bench.repo.commit("third")
    await run_newest(bench.store, bench.clock, bench.sources, bench.workspace, "shop", "jun")
    assert await watch(bench).poll(pipeline) == ()
    assert len(bench.store.runs()) == 3


async def test_watch_goes_on_after_an_unreadable_source(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = bench.sources.refs
    failures = 2

    async def refs(url: str, names: Sequence[str]) -> Mapping[str, str]:
        nonlocal failures
        if failures:
            failures -= 1
            raise HostUnreachable("git: gone")
        return await real(url, names)

    monkeypatch.setattr(bench.sources, "refs", refs)
    started: list[RunId] = []

    async def start(run_id: RunId) -> None:
        started.append(run_id)

    a_watch = SourceWatch(bench.store, bench.clock, bench.sources, bench.workspace, start)
    task = asyncio.create_task(a_watch.watch())
    await bench.until(lambda: started == ["shop-1"])
    bench.repo.commit("second")
    await bench.until(lambda: started == ["shop-1", "shop-2"])
    task.cancel()
    await asyncio.wait({task})
    assert caplog.text.count("git: gone") == 1
