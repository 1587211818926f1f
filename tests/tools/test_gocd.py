from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_double import Answer, ToolDouble, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
VERSION = {"version": "23.5.0", "build_number": "18179", "git_sha": "5f3a2c1b"}


def stage(name: str, status: str, before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "counter": "1", "status": status}
    found |= {"approved_by": "changes", "scheduled_at": "2026-03-01T03:00:00Z"}
    previous = {"name": name, "counter": "1", "status": before}
    return found | {"previous_stage": previous} if before else found


def run(number: int, *stages: dict[str, Any]) -> dict[str, Any]:
    return {"label": f"1.{number}", "counter": number, "_embedded": {"stages": list(stages)}}


def pipeline(name: str, *runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    pause = {"paused": False, "paused_by": None, "pause_reason": None}
    found = {"name": name, "locked": False, "pause_info": pause}
    return found | {"_embedded": {"instances": list(runs)}} | more


def dashboard(*pipelines: dict[str, Any]) -> dict[str, Answer]:
    said = {"_personalization": "x", "_embedded": {"pipelines": list(pipelines)}}
    return {"/go/api/version": VERSION, "/go/api/dashboard": said}


async def read_one(*runs: dict[str, Any], **more: Any) -> Finding:
    async with tool_double(dashboard(pipeline("shop", *runs, **more))) as double:
        (found,) = (await read_tool(ToolKind.GOCD, f"{double.url}/go")).findings
    return found


PASSED = stage("build", "Passed")


@pytest.mark.parametrize(
    ("runs", "level", "text"),
    [
        ([], Level.UNKNOWN, "never built"),
        ([run(1, stage("build", "Unknown"))], Level.UNKNOWN, "never built"),
        ([run(2, PASSED)], Level.OK, "#2 passed"),
        (
            [run(2, PASSED, stage("deploy", "Unknown"))],
            Level.OK,
            "#2 waits before deploy; build passed",
        ),
        ([run(2, stage("build", "Failed"))], Level.CRITICAL, "#2 build failed"),
        ([run(2, PASSED, stage("test", "Failing"))], Level.CRITICAL, "#2 test is failing"),
        ([run(2, stage("build", "Cancelled"))], Level.WARNING, "#2 build was cancelled"),
        ([run(2, stage("build", "Frozen"))], Level.UNKNOWN, "#2 is Frozen"),
        (
            [run(2, stage("build", "Building"))],
            Level.RUNNING,
            "#2 is building, the first one",
        ),
        (
            [run(3, stage("build", "Building")), run(2, stage("build", "Failed"))],
            Level.CRITICAL,
            "building again; #2 build failed",
        ),
        (
            [run(3, stage("build", "Building", before="Failed"))],
            Level.CRITICAL,
            "building again; build failed before",
        ),
        (
            [run(3, stage("build", "Building", before="Passed"))],
            Level.RUNNING,
            "#3 is building; build passed before",
        ),
    ],
)
async def test_a_pipeline_is_what_its_last_run_was(
    runs: list[dict[str, Any]], level: Level, text: str
) -> None:
    found = await read_one(*runs)
    assert (found.id, found.name, found.level, found.text) == ("shop", "shop", level, text)


async def test_a_finding_says_since_when_and_where() -> None:
    found = await read_one(run(2, stage("build", "Failed")))
    assert found.since == AT
    assert found.url.endswith("/go/pipelines/value_stream_map/shop/2")


async def test_a_paused_pipeline_is_quiet() -> None:
    pause = {"paused": True, "paused_by": "ops", "pause_reason": "disk is full"}
    found = await read_one(run(2, stage("build", "Failed")), pause_info=pause)
    assert found.is_quiet
    assert found.text == "paused by ops: disk is full; #2 build failed"


async def test_it_is_asked_as_it_wants_to_be() -> None:
    def versioned(double: ToolDouble) -> list[str]:
        return [asked.headers["accept"] for asked in double.asked]

    async with tool_double(dashboard()) as double:
        found = await read_tool(ToolKind.GOCD, f"{double.url}/go", token=True)
        assert versioned(double) == ["application/vnd.go.cd+json"] * 2
        assert double.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert (found.version, found.findings) == ("23.5.0", ())


async def test_a_big_dashboard_is_two_questions() -> None:
    many = [pipeline(f"p{n}", run(1, PASSED)) for n in range(5000)]
    bad = pipeline("bad", run(1, stage("build", "Failed")))
    async with tool_double(dashboard(*many, bad)) as double:
        found = await read_tool(ToolKind.GOCD, f"{double.url}/go")
        assert len(double.asked) == 2
    assert found.findings[0].name == "bad"
    assert found.left_out == 5001 - MOST_FINDINGS


@pytest.mark.parametrize(
    "said",
    [{}, {"_embedded": {}}, {"_embedded": {"pipelines": [{"name": "x"}]}}, {"_embedded": []}],
)
async def test_what_is_no_gocd_is_not_read_as_one(said: Any) -> None:
    answers: dict[str, Answer] = {"/api/version": VERSION, "/api/dashboard": said}
    async with tool_double(answers) as double:
        with pytest.raises(ToolSilent, match="not that of a GoCD"):
            await read_tool(ToolKind.GOCD, double.url)


async def test_one_that_is_starting_says_so() -> None:
    waits = {"message": "Dashboard is being processed"}
    answers: dict[str, Answer] = {"/api/version": VERSION, "/api/dashboard": (202, waits)}
    async with tool_double(answers) as double:
        with pytest.raises(ToolSilent, match="GoCD says: Dashboard is being processed"):
            await read_tool(ToolKind.GOCD, double.url)
