"""Mistakes in parameters, matrices, conditions and stages: each at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.workspace import Workspace

Mistakes = Callable[[str], list[str]]
Loaded = Callable[[str], Workspace]

HEAD = "name: shop\nhosts: {web-1: }\npipelines:\n  shop:\n"  # what follows is line 5
STAGES = "    stages: [{code: {run: a}}]\n"


def check(said: list[str], found: list[str]) -> None:
    assert len(said) == len(found), said
    for line, beginning in zip(said, found, strict=True):
        assert line.startswith(f"devops.yaml:{beginning}"), line


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("{A: }", ["5:18: bad name `A`; begin with a small letter"]),
        ("{a: {type: float}}", ["5:28: `type` cannot be this; write text, number"]),
        ("{a: {typ: text}}", ["5:22: unknown key `typ`; did you mean `type`?"]),
        ("{a: {type: choice}}", ["5:18: missing key `options`; add it, like"]),
        ("{a: {options: [x]}}", ["5:22: `options` says nothing of a text"]),
        ("{a: {type: choice, options: [x, x]}}", ["5:45: an option stands twice"]),
        ("{a: {type: choice, options: [3.10]}}", ["5:46: wrong type: `options` must be text"]),
        ("{a: {type: choice, options: [x], default: y}}", ["5:59: a must be one of x, is 'y'"]),
        ("{a: {min: 3}}", ["5:22: `min` says nothing of a text"]),
        ("{a: {type: number, min: 3, max: 1}}", ["5:41: `min` is above `max`"]),
        ("{a: {type: number, max: 1, default: 2}}", ["5:53: a must be a number of at most 1"]),
        ("{a: {type: number, default: [2]}}", ["5:45: wrong type: `default` must be a number"]),
        ("{a: {type: boolean, default: yes}}", ["5:46: a must be true or false, is 'yes'"]),
        ("{a: {type: secret, default: hunter2}}", ["5:45: a literal secret: a secret must be"]),
        ("{a: {default: 3.10}}", ["5:31: wrong type: `default` must be one line of text, is a"]),
        ("[a]", ["5:17: wrong type: `parameters` must be a mapping, is a list"]),
    ],
)
def test_mistakes_of_parameters(written: str, found: list[str], mistakes: Mistakes) -> None:
    said = mistakes(f"{HEAD}    parameters: {written}\n{STAGES}")
    check(said, found)
    assert "hunter2" not in str(said)


@pytest.mark.parametrize("start", ["source: {git: ./x}", "schedule: 0 3 * * *"])
def test_who_starts_by_itself_cannot_be_asked(start: str, mistakes: Mistakes) -> None:
    text = f"{HEAD}    {start}\n    parameters: {{a: {{required: true}}}}\n{STAGES}"
    check(mistakes(text), ["6:18: `a` is required, and runs that start by themselves lack it"])


def test_a_required_parameter_with_a_default_starts_by_itself(loaded: Loaded) -> None:
    parameters = "{a: {required: true, default: 5}}"
    text = f"{HEAD}    source: {{git: ./x}}\n    parameters: {parameters}\n{STAGES}"
    (parameter,) = loaded(text).pipelines["shop"].parameters
    assert (parameter.default, parameter.is_required) == ("5", True)


@pytest.mark.parametrize(
    ("matrix", "found"),
    [
        ("{}", ["7:24: a matrix without variables; write it like"]),
        ("[a]", ["7:24: wrong type: `matrix` must be a mapping"]),
        ("{exclude: []}", ["7:24: a matrix without variables"]),
        ("{A: [x]}", ["7:25: bad name `A`; begin with a small letter"]),
        ("{a: x}", ["7:28: `a` must be a list of values, is text"]),
        ("{a: []}", ["7:28: `a` must be a list of values"]),
        ("{a: [3.10]}", ["7:29: a value must be text, is a number; put it in quotes"]),
        ("{a: [true]}", ["7:29: a value must be text, is true or false; put it in quotes"]),
        ("{a: [x, y, x]}", ["7:35: `x` stands twice; keep one of the two"]),
        ("{a: [x/y, 'x y']}", ["7:24: two combinations would be called `unit@x-y`"]),
        ("{a: [%s]}" % ("x" * 97), ["7:24: a job's name would be longer than 100 characters"]),
        ("{a: [x], exclude: [{b: x}]}", ["7:44: unknown variable `b`; there are: a"]),
        ("{a: [x], exclude: [{a: y}]}", ["7:47: `a` has no value `y`; there are: x"]),
        ("{a: [x], exclude: [x]}", ["7:43: wrong type: it must be a mapping, is text"]),
        ("{a: [x], exclude: [{a: x}]}", ["7:42: `exclude` leaves no combination"]),
        ("{a: [%s]}" % ", ".join(map(str, range(65))), ["7:24: the matrix makes 65 jobs, 64 is"]),  # noqa: UP031 - braces
    ],
)
def test_mistakes_of_matrices(matrix: str, found: list[str], mistakes: Mistakes) -> None:
    stages = f"    stages:\n    - test:\n        unit: {{matrix: {matrix}, run: a}}\n"
    check(mistakes(HEAD + stages), found)


def test_a_matrix_of_millions_is_not_counted_out(mistakes: Mistakes) -> None:
    axes = ", ".join(f"a{n}: [{', '.join(map(str, range(99)))}]" for n in range(12))
    stages = f"    stages:\n    - test:\n        unit: {{matrix: {{{axes}}}, run: a}}\n"
    (said,) = mistakes(HEAD + stages)
    assert "64 is the most" in said


def test_exactly_64_jobs_are_taken(loaded: Loaded) -> None:
    values = ", ".join(map(str, range(8)))
    stages = f"    stages:\n    - test: {{run: a, matrix: {{a: [{values}], b: [{values}]}}}}\n"
    (stage,) = loaded(HEAD + stages).pipelines["shop"].stages
    assert len({job.name for job in stage.jobs}) == 64
    assert stage.jobs[9].name == "test@1,1"
    assert stage.jobs[9].env == {"MATRIX_A": "1", "MATRIX_B": "1"}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("branch = main", ["9:20: a single `=`; write `==`"]),
        ("'branch = main'", ["9:21: a single `=`; write `==`"]),
        ("brnch == main", ["9:13: `brnch` is nothing that can be asked; did you mean `branch`?"]),
        ("param.rgion == eu", ["9:13: unknown parameter `rgion`; did you mean `region`?"]),
        ("tag and param.token", ["9:21: `token` is a secret: nobody may look at it"]),
        ("param.region == mars", ["9:29: never so: region must be one of eu, us, is 'mars'"]),
        ("param.count == 3.0", ["9:28: never so: count is written `3`; write `3`"]),
        ("param.region == ''", []),
        ("failed", ["9:13: nothing stands before this job that could fail; leave `failed`"]),
        ("true", ["9:13: wrong type: `if` must be text, is true or false"]),
    ],
)
def test_mistakes_of_conditions(
    condition: str, found: list[str], mistakes: Mistakes, loaded: Loaded
) -> None:
    region = "region: {type: choice, options: [eu, us]}"
    parameters = f"{{{region}, token: {{type: secret}}, count: {{type: number}}}}"
    text = (
        f"{HEAD}    parameters: {parameters}\n"
        f"    stages:\n    - code:\n        run: a\n        if: {condition}\n"
    )
    if found:
        check(mistakes(text), found)
    else:
        loaded(text)


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("{test: {if: x, a: {run: b}}}", ["5:26: `x` is nothing that can be asked"]),
        ("{test: {env: {A: 1.5}, a: {run: b}}}", ["5:31: wrong type: `A` must be text"]),
        ("{test: {env: {A: x}, runn: b}}", ["5:35: unknown key `runn`; did you mean `run`?"]),
        ("{test: {needs: []}}", ["5:15: missing key `run`; add it, like `run: make test`"]),
        ("{test: {run: a, argv: [b]}}", ["5:30: `run` and `argv` exclude one another"]),
        ("{test: {argv: []}}", ["5:28: `argv` is empty; name at least one"]),
        ("{test: {argv: [a, 3.5]}}", ["5:32: wrong type: `argv` must be text, is a number"]),
        ("{test: {run: a, folder: ../b}}", ["5:38: bad folder `../b`"]),
        ("{test: {run: a, folder: /b}}", ["5:38: `/b` does not lie below the checkout"]),
        ("{test: {run: a, folder: b, hosts: web-1}}", ["5:38: `b` is no folder of a host"]),
        (
            "{release: {service: x, matrix: {a: [b]}}}",
            ["5:34: unknown service", "5:37: unknown key `mat"],
        ),
    ],
)
def test_mistakes_of_stages(stage: str, found: list[str], mistakes: Mistakes) -> None:
    check(mistakes(f"{HEAD}    stages: [{stage}]\n"), found)


def test_the_page_about_the_language_shows_a_workspace(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "pipeline-language.md"
    (block,) = page.read_text(encoding="utf-8").split("```yaml\n")[1:]
    (tmp_path / "devops.yaml").write_text(block.split("```")[0], encoding="utf-8")
    pipeline = load(tmp_path).pipelines["shop"]
    names = [job.name for job in pipeline.stages[0].jobs]
    assert names == ["unit@3.11,sqlite", "unit@3.12,sqlite", "unit@3.12,postgres", "report"]
    assert pipeline.stages[0].jobs[-1].needs == tuple(names[:-1])
