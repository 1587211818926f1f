"""Parameters at the command line: what is asked for, what is refused, what a job then sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.shell import Shell
from support.worker_double import WorkerDouble

from devops_tui.__main__ import main
from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.parameter import Parameter, ParameterKind
from devops_tui.stores.sqlite.store import SqliteStore

PARAMETERS = (
    Parameter("region", ParameterKind.CHOICE, "eu", options=("eu", "us")),
    Parameter("canaries", ParameterKind.NUMBER, "2", minimum=1, maximum=10),
    Parameter("version", is_required=True),
)
REAL = """\
name: house
pipelines:
  told:
    source: {git: ./code, branch: main, poll: 1h}
    parameters:
      region: {type: choice, options: [eu, us], default: eu}
      token: {type: secret, default: "env:HOUSE_TOKEN"}
    stages:
      - test:
          unit:
            run: echo "$PARAM_REGION on $MATRIX_DB, $PARAM_TOKEN"
            matrix: {db: [sqlite, pg]}
          whole: {run: "true", needs: [unit]}
      - deploy: {run: "true", if: param.region == us}
"""


@pytest.fixture
def asked(seeded: Shell, worker_double: WorkerDouble) -> WorkerDouble:
    """The seeded workspace, whose pipeline has parameters."""
    store = SqliteStore.open(paths_of(seeded.folder / "devops.yaml", seeded.environ).store)
    workspace = store.workspace()
    assert workspace is not None
    shop = replace(workspace.pipelines["shop"], parameters=PARAMETERS)
    changed = replace(workspace, pipelines={**workspace.pipelines, "shop": shop})
    store.save_workspace(changed, (), "changed")
    store.close()
    worker_double.answer = lambda store, request: {"run_id": "shop-1"}
    return worker_double


def test_what_is_said_goes_to_the_worker(asked: WorkerDouble) -> None:
    words = ["--param", "version=a=b c", "--param", "canaries=3"]
    assert main(["run", "shop", *words]) == 0
    (wish,) = asked.seen
    assert wish.args == {"parameters": {"version": "a=b c", "canaries": "3"}}


@pytest.mark.parametrize(
    ("words", "title", "hint"),
    [
        ([], "version is required", "Give one line of text."),
        (
            ["version=1", "canaries=11"],
            "canaries must be a number from 1 to 10, is '11'",
            "Give another value.",
        ),
        (["version=1", "region=mars"], "region must be one of eu, us, is 'mars'", "Give another"),
        (["version=1", "regoin=eu"], "no parameter regoin", "There are: canaries, region, version"),
        (["version"], "--param version: no NAME=VALUE", "Write it like --param region=us"),
        (["version=1", "version=2"], "--param version stands twice", "Keep one of the two."),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_filed(
    words: list[str],
    title: str,
    hint: str,
    asked: WorkerDouble,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [part for word in words for part in ("--param", word)]
    assert main(["run", "shop", *given]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"devops-tui: {title}"
    assert said[1].startswith(f"  {hint}")
    assert asked.seen == []


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Shell]:
    folder = tmp_path / "house"
    folder.mkdir()
    GitRepo(folder / "code").commit("The first one", **{"a.txt": "a"})
    (folder / "devops.yaml").write_text(REAL)
    shell = Shell(folder, folder, {"HOUSE_TOKEN": "hunter-2"})
    yield shell
    shell.run("worker", "--stop")


def test_from_the_command_line_to_the_log(house: Shell) -> None:
    done = house.run("run", "told", "--param", "region=us", "--wait", "--json")
    assert done.code == 0, done.err
    run = done.objects[-1]["run"]
    given = [(one["name"], one["value"]) for one in run["plan"]["parameters"]]
    assert given == [("region", "us"), ("token", "env:HOUSE_TOKEN")]
    name = f"{run['id']}/test/unit@pg"
    said = house.run("log", name).out
    assert said.startswith("test/unit@pg ")
    assert said.endswith("us on pg, ***\n")
    assert "with region us, token env:HOUSE_TOKEN" in house.run("show", run["id"]).out
    again = house.run("rerun", run["id"], "--wait", "--json").objects[-1]
    assert again["run"]["plan"] == run["plan"]
    assert house.run("log", f"{again['run']['id']}/test/unit@pg").out == said


def test_what_was_not_wanted_is_told_in_show(house: Shell) -> None:
    done = house.run("run", "told", "--wait", "--json")
    assert done.code == 0, done.err
    run = done.objects[-1]["run"]
    assert done.objects[-1]["jobs"]["deploy/deploy"]["state"] == "skipped"
    assert "not wanted, region is eu" in house.run("show", run["id"]).out
