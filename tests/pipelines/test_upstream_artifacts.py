"""A pipeline with upstreams works with the files of just the runs that it stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.artifact import Fetch
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, Pipeline, Source, Stage, StageKind, State
from devops_tui.services.pipelines import create_fed_run, inputs_now, run_newest


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


def build(script: str) -> Job:
    return replace(command("make", f"mkdir -p dist; {script}"), artifacts=("dist/*",))


def use(bench: JobBench, *fetch: Fetch, script: str) -> None:
    def pipeline(name: str, job: Job, *upstream: str) -> Pipeline:
        stage = Stage("only", StageKind.BUILD, (job,))
        source = None if upstream else Source(bench.repo.url)
        return Pipeline(name, source, (stage,), upstream=upstream)

    made = (
        pipeline("build", build("cp source dist/app")),
        pipeline("library", build("cp source dist/lib")),
        pipeline("ship", replace(command("use", script), fetch=fetch), "build", "library"),
    )
    bench.workspace = replace(bench.workspace, pipelines={p.name: p for p in made})


async def finish(bench: JobBench, run_id: RunId) -> State:
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    return bench.store.run(run_id).state


async def run(bench: JobBench, name: str) -> RunId:
    made = await run_newest(bench.store, bench.clock, bench.sources, bench.workspace, name, "jun")
    assert await finish(bench, made.id) is State.OK
    return made.id


@pytest.mark.parametrize("names", [("", ""), ("build", "library")])
async def test_it_fetches_from_the_runs_that_it_stands_on(
    bench: JobBench, names: tuple[str, str]
) -> None:
    script = "cat dist/app dist/lib > both; test \"$(cat both)\" = 'hello\nhello'"
    wanted = (Fetch("app", pipeline=names[0]), Fetch("lib", pipeline=names[1]))
    use(bench, *wanted, script=script)
    stands_on = [await run(bench, "build"), await run(bench, "library")]
    inputs = inputs_now(bench.store, bench.workspace, "ship")
    bench.repo.commit("second", source="other\n")
    await run(bench, "build")  # newer, and none of its inputs
    await run(bench, "library")
    args = (bench.store, bench.clock, bench.workspace, "ship", "jun", "", "hand")
    made = create_fed_run(*args, inputs)
    assert await finish(bench, made.id) is State.OK, bench.record(made.id, "only/use").why
    assert [i.run_id for i in bench.record(made.id, "only/use").inputs] == stands_on


async def test_what_its_input_does_not_have_is_not_taken_from_a_newer_run(
    bench: JobBench,
) -> None:
    use(bench, Fetch("extra", pipeline="build"), script="true")
    await run(bench, "build")
    await run(bench, "library")
    inputs = inputs_now(bench.store, bench.workspace, "ship")
    workspace = bench.workspace
    pipelines = dict(workspace.pipelines)
    newer = Stage("only", StageKind.BUILD, (build("echo new > dist/extra"),))
    pipelines["build"] = replace(pipelines["build"], stages=(newer,))
    bench.workspace = replace(workspace, pipelines=pipelines)
    await run(bench, "build")
    args = (bench.store, bench.clock, bench.workspace, "ship", "jun", "", "hand")
    made = create_fed_run(*args, inputs)
    assert await finish(bench, made.id) is State.FAILED
    assert "build-1 has no extra" in bench.record(made.id, "only/use").why


async def test_its_commands_see_the_commit_and_the_branch(bench: JobBench) -> None:
    head = bench.repo.git("rev-parse", "HEAD")
    use(bench, script=f'test "$DEVOPS_COMMIT:$DEVOPS_BRANCH" = {head}:main && test -f source')
    await run(bench, "build")
    await run(bench, "library")
    await run(bench, "ship")


async def test_a_tag_is_seen_by_commands(bench: JobBench) -> None:
    use(bench, script="true")
    job = command("tag", 'test "$DEVOPS_TAG:$DEVOPS_BRANCH" = v1:')
    bench.repo.git("tag", "v1")
    source = Source(bench.repo.url, "", tags=("v*",))
    tagged = Pipeline("tagged", source, (Stage("only", StageKind.TEST, (job,)),))
    bench.workspace = replace(bench.workspace, pipelines={"tagged": tagged})
    await run(bench, "tagged")


async def test_no_commit_can_be_chosen_for_it(bench: JobBench) -> None:
    use(bench, script="true")
    args = (bench.store, bench.clock, bench.sources, bench.workspace, "ship", "jun")
    with pytest.raises(Refused, match="builds no commit of its own: it stands on build, library"):
        await run_newest(*args, commit_id="abc1234")
