from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind

BEGAN = 1_772_334_000_000


def config(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "application": "shop", "stages": []} | more


def execution(name: str, status: str, at: int = BEGAN, **more: Any) -> dict[str, Any]:
    found = {"id": f"01-{name}-{status}", "pipelineConfigId": f"id-{name}", "name": name}
    times = {"buildTime": at, "startTime": at, "endTime": at + 60_000}
    return found | {"status": status, "stages": []} | times | more


def gate(
    configs: list[dict[str, Any]], executions: list[dict[str, Any]], below: str = "shop"
) -> dict[str, Answer]:
    """Answers with the executions of the statuses that are asked for."""

    def chosen(asked: Asked) -> Answer:
        assert asked.query["limit"] == ["1"]
        assert asked.query["expand"] == ["false"]
        wanted = asked.query["statuses"][0].split(",")
        return [e for e in executions if e["status"] in wanted]

    place = f"/applications/{below}"
    return {f"{place}/pipelineConfigs": configs, f"{place}/pipelines": chosen}


async def read_one(of: dict[str, Any], *executions: dict[str, Any]) -> Finding:
    async with tool_double(gate([of], list(executions))) as double:
        (found,) = (await read_tool(ToolKind.SPINNAKER, double.url, account="shop")).findings
    return found


@pytest.mark.parametrize(
    ("status", "level", "text"),
    [
        ("SUCCEEDED", Level.OK, "succeeded"),
        ("SKIPPED", Level.OK, "was skipped"),
        ("FAILED_CONTINUE", Level.WARNING, "failed in a part, and went on"),
        ("CANCELED", Level.WARNING, "was cancelled"),
        ("STOPPED", Level.WARNING, "was stopped"),
        ("TERMINAL", Level.CRITICAL, "failed"),
    ],
)
async def test_a_pipeline_is_what_its_last_execution_was(
    status: str, level: Level, text: str
) -> None:
    found = await read_one(config("deploy"), execution("deploy", status))
    assert (found.id, found.name) == ("id-deploy", "deploy")
    assert (found.level, found.text) == (level, text)
    assert found.since == datetime.fromtimestamp(BEGAN / 1000 + 60, UTC)
    assert found.url.endswith(f"/pipelines/01-deploy-{status}")


@pytest.mark.parametrize(
    ("executions", "level", "text"),
    [
        ([], Level.UNKNOWN, "never ran"),
        (
            [execution("d", "RUNNING")],
            Level.RUNNING,
            "an execution is running, the first one",
        ),
        (
            [execution("d", "TERMINAL"), execution("d", "RUNNING", BEGAN + 9)],
            Level.CRITICAL,
            "building again; failed",
        ),
        (
            [execution("d", "SUCCEEDED"), execution("d", "PAUSED", BEGAN + 9)],
            Level.RUNNING,
            "an execution is paused; succeeded",
        ),
        (
            [execution("d", "TERMINAL"), execution("d", "SUCCEEDED", BEGAN + 9)],
            Level.OK,
            "succeeded",
        ),
    ],
)
async def test_what_runs_and_what_was_before(
    executions: list[dict[str, Any]], level: Level, text: str
) -> None:
    found = await read_one(config("d"), *executions)
    assert (found.level, found.text) == (level, text)


async def test_a_status_that_nobody_knows_is_unknown() -> None:
    answers = gate([config("d")], [])
    answers["/applications/shop/pipelines"] = [execution("d", "MELTED")]
    async with tool_double(answers) as double:
        (found,) = (await read_tool(ToolKind.SPINNAKER, double.url, account="shop")).findings
    assert found.level is not Level.OK
    assert "MELTED" in found.text


async def test_a_disabled_pipeline_is_quiet() -> None:
    found = await read_one(config("d", disabled=True), execution("d", "TERMINAL"))
    assert (found.is_quiet, found.text) == (True, "disabled; failed")


async def test_the_application_is_one_part_of_the_path() -> None:
    answers = gate([config("d")], [], below="a%2Fb%3Fc")
    async with tool_double(answers) as double:
        found = await read_tool(ToolKind.SPINNAKER, double.url, account="a/b?c", token=True)
        assert {asked.path for asked in double.asked} == set(answers)
        assert double.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert len(found.findings) == 1


async def test_a_big_application_is_three_questions() -> None:
    configs = [config(f"p{n}") for n in range(2000)]
    ends = [execution(f"p{n}", "TERMINAL" if n == 77 else "SUCCEEDED") for n in range(2000)]
    async with tool_double(gate(configs, ends)) as double:
        found = await read_tool(ToolKind.SPINNAKER, double.url, account="shop")
        assert len(double.asked) == 3
    assert found.findings[0].name == "p77"
    assert found.left_out == 2000 - MOST_FINDINGS


@pytest.mark.parametrize("said", [{}, [{"name": "x"}], "x", {"message": "no such application"}])
async def test_what_is_no_spinnaker_is_not_read_as_one(said: Any) -> None:
    answers = gate([], []) | {"/applications/shop/pipelineConfigs": said}
    async with tool_double(answers) as double:
        with pytest.raises(ToolSilent):
            await read_tool(ToolKind.SPINNAKER, double.url, account="shop")
