"""Parameters, matrices, conditions, argv and folders: from devops.yaml to what a job sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench

from devops_tui.config.load import load
from devops_tui.domain.errors import WrongParameter
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Run, State
from devops_tui.domain.workspace import Workspace
from devops_tui.services.pipelines import rerun, run_newest

HEAD = "name: shop\nhosts: {web1: , web2: }\npipelines:\n  shop:\n    source: {git: REPO}\n"


class Language:
    """A pipeline of a file, run for real on this machine."""

    def __init__(self, bench: JobBench, folder: Path) -> None:
        self.bench = bench
        self._folder = folder

    def workspace(self, text: str) -> Workspace:
        file = self._folder / "devops.yaml"
        file.write_text(HEAD.replace("REPO", self.bench.repo.url) + text, encoding="utf-8")
        return load(file)

    async def run(self, text: str, **given: str) -> RunId:
        run = await run_newest(
            self.bench.store,
            self.bench.clock,
            self.bench.sources,
            self.workspace(text),
            "shop",
            "jun",
            parameters=given,
        )
        return await self.to_end(run)

    async def to_end(self, run: Run) -> RunId:
        await self.bench.engine.submit(run.id)
        await self.bench.until(lambda: not self.bench.engine.active)
        return run.id

    def said(self, run_id: RunId, job_id: str, host: str = "local") -> str:
        return self.bench.log(run_id, job_id, host).decode()

    def states(self, run_id: RunId) -> Mapping[str, State]:
        return self.bench.states(run_id)


@pytest.fixture
async def language(tmp_path: Path) -> AsyncIterator[Language]:
    repo = GitRepo(tmp_path / "repo")
    (repo.folder / "docs" / "a b").mkdir(parents=True)
    (repo.folder / "docs" / "a b" / "page").write_text("page\n")
    repo.git("add", "docs")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    (tmp_path / "workspace").mkdir()
    yield Language(bench, tmp_path / "workspace")
    await bench.close()


PARAMETERS = """\
    parameters:
      region: {type: choice, options: [eu, us], default: eu}
      canaries: {type: number, default: 2, max: 10}
      note:
      token: {type: secret, default: "file:~/x"}
    stages:
      - code: {run: 'echo "$PARAM_REGION $PARAM_CANARIES [$PARAM_NOTE]"; echo "$PARAM_TOKEN"'}
"""


async def test_every_job_sees_the_parameters_and_no_log_shows_a_secret(language: Language) -> None:
    text = PARAMETERS.replace("file:~/x", "env:SHOP_SECRET")
    run_id = await language.run(text, region="us", note="it's $HOME", canaries="3.0")
    plan = language.bench.store.run(run_id).plan
    assert [(g.name, g.value) for g in plan.parameters] == [
        ("region", "us"),
        ("canaries", "3"),
        ("note", "it's $HOME"),
        ("token", "env:SHOP_SECRET"),
    ]
    said = language.said(run_id, "code/code")
    assert said.startswith("us 3 [it's $HOME]\n")
    # this bench resolves a reference to itself: what is masked is the resolved value
    assert "SHOP_SECRET" not in said


async def test_a_rerun_is_told_the_same_whatever_the_file_says_by_then(language: Language) -> None:
    run_id = await language.run(PARAMETERS, region="us")
    language.workspace(PARAMETERS.replace("default: 2", "default: 5"))
    store = language.bench.store
    again = rerun(store, language.bench.clock, run_id)
    assert again.plan.hash == store.run(run_id).plan.hash
    await language.to_end(again)
    assert language.said(again.id, "code/code").startswith("us 2 []\n")


async def test_other_parameters_are_another_plan(language: Language) -> None:
    plans = {
        language.bench.store.run(await language.run(PARAMETERS, region=region)).plan.hash
        for region in ("us", "eu")
    }
    assert len(plans) == 2


async def test_a_wrong_parameter_makes_no_run(language: Language) -> None:
    for wrong in ({"region": "mars"}, {"canaries": "11"}, {"nobody": "x"}, {"token": "hunter2"}):
        with pytest.raises(WrongParameter) as caught:
            await language.run(PARAMETERS, **wrong)
        assert "hunter2" not in str(caught.value)
    assert language.bench.store.runs() == []


async def test_variables_come_down_and_the_nearest_wins(language: Language) -> None:
    text = """\
    env: {A: pipeline, B: pipeline, C: pipeline}
    stages:
      - test:
          env: {B: stage, C: stage}
          unit: {run: 'echo "$A $B $C"', env: {C: job}}
          other: {run: 'echo "$A $B $C"'}
      - build:
          run: |
            echo "$DEVOPS_STAGE $DEVOPS_JOB $DEVOPS_NUMBER $DEVOPS_ATTEMPT $DEVOPS_TRIGGER"
            echo "$DEVOPS_BRANCH [$DEVOPS_TAG] $DEVOPS_HOST"
            test "$DEVOPS_ATTEMPT" = 2
          retries: 1
"""
    run_id = await language.run(text)
    assert language.said(run_id, "test/unit") == "pipeline stage job\n"
    assert language.said(run_id, "test/other") == "pipeline stage stage\n"
    log = language.bench.log(run_id, "build/build", attempt=2).decode()
    assert log == "build build/build 1 2 hand\nmain [] local\n"
    assert language.states(run_id)["build/build"] is State.OK


async def test_argv_is_taken_as_it_stands_and_a_folder_is_gone_to(language: Language) -> None:
    text = """\
    stages:
      - code:
          plain: {argv: [printf, "%s|", "$HOME", "a  b", "it's", "*", "", "\\\\n"]}
          below: {argv: [cat, page], folder: "docs/a b"}
          missing: {run: "true", folder: docs/none}
          there: {argv: [pwd], folder: FOLDER/made here, hosts: [web1]}
          unknown: {argv: [no-such-program, -x]}
"""
    place = language.bench.folder
    run_id = await language.run(text.replace("FOLDER", str(place)))
    assert language.said(run_id, "code/plain") == "$HOME|a  b|it's|*||\\n|"
    assert language.said(run_id, "code/below") == "page\n"
    assert language.said(run_id, "code/there", "web1") == f"{place}/made here\n"
    record = language.bench.record(run_id, "code/missing")
    assert record.state is State.FAILED
    assert "the checkout has no folder docs/none" in record.why
    assert language.bench.record(run_id, "code/unknown").exit_code == 127


async def test_a_matrix_is_a_job_for_each_combination_and_needs_mean_all(
    language: Language,
) -> None:
    text = """\
    stages:
      - test:
          unit:
            run: 'echo "$MATRIX_PYTHON on $MATRIX_DB"; test "$MATRIX_PYTHON" != "3.13"'
            matrix:
              python: ["3.12", "3.13"]
              db: [sqlite, a/b]
              exclude: [{python: "3.13", db: a/b}]
          one: {run: 'true', matrix: {n: [1, 2]}}
          bad: {run: 'true', needs: [unit]}
          good: {run: 'true', needs: [one]}
"""
    run_id = await language.run(text)
    assert language.states(run_id) == {
        "test/unit@3.12,sqlite": State.OK,
        "test/unit@3.12,a-b": State.OK,
        "test/unit@3.13,sqlite": State.FAILED,
        "test/one@1": State.OK,
        "test/one@2": State.OK,
        "test/bad": State.SKIPPED,
        "test/good": State.OK,
    }
    assert language.said(run_id, "test/unit@3.12,a-b") == "3.12 on a/b\n"


CONDITIONS = """\
    parameters: {dry_run: {type: boolean}, region: {default: eu}}
    stages:
      - build: {run: "exit CODE"}
      - deploy:
          if: branch == main
          sign: {run: "true", if: tag}
          rehearse: {run: "true", if: param.dry_run}
          ship: {run: "true", if: not param.dry_run and param.region != us, needs: [sign]}
      - test-after:
          tell: {run: "true", if: failed}
          cheer: {run: "true", if: ok}
          tidy: {run: "true", always: true}
"""


async def test_what_is_not_wanted_is_skipped_with_its_reason(language: Language) -> None:
    run_id = await language.run(CONDITIONS.replace("CODE", "0"))
    assert language.states(run_id) == {
        "build/build": State.OK,
        "deploy/sign": State.SKIPPED,
        "deploy/rehearse": State.SKIPPED,
        "deploy/ship": State.OK,
        "test-after/tell": State.SKIPPED,
        "test-after/cheer": State.OK,
        "test-after/tidy": State.OK,
    }
    assert language.bench.store.run(run_id).state is State.OK
    why = {i: language.bench.record(run_id, i).why for i in ("deploy/sign", "test-after/tell")}
    assert why == {
        "deploy/sign": "not wanted, branch is main, there is no tag "
        "(if: (branch == main) and (tag))",
        "test-after/tell": "not wanted, nothing before it failed (if: failed)",
    }


async def test_a_failure_dooms_what_needs_a_job_that_nobody_wanted(language: Language) -> None:
    run_id = await language.run(CONDITIONS.replace("CODE", "1"))
    states = language.states(run_id)
    assert states["deploy/ship"] is State.SKIPPED
    assert language.bench.record(run_id, "deploy/ship").why == "build/build ended failed"
    assert states["test-after/tell"] is State.OK
    assert states["test-after/cheer"] is State.SKIPPED
    assert states["test-after/tidy"] is State.OK
    assert language.bench.store.run(run_id).state is State.FAILED


async def test_a_rerun_from_a_stage_sees_through_what_nobody_wanted(language: Language) -> None:
    run_id = await language.run(CONDITIONS.replace("CODE", "0"))
    store = language.bench.store
    again = rerun(store, language.bench.clock, run_id, "from", "test-after")
    reused = {r.job_id for r in store.job_runs(again.id) if r.is_reused}
    assert reused == {"build/build", "deploy/ship"}
    await language.to_end(again)
    assert language.states(again.id) == language.states(run_id)


async def test_a_rerun_of_what_failed_tells_and_tidies_again(language: Language) -> None:
    run_id = await language.run(CONDITIONS.replace("CODE", "1"))
    store = language.bench.store
    again = rerun(store, language.bench.clock, run_id, "failed")
    assert [r.job_id for r in store.job_runs(again.id) if r.is_reused] == []
    await language.to_end(again)
    assert store.job_run(again.id, JobId("test-after/tell")).state is State.OK
