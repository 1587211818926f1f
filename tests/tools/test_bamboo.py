from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, ToolKind
from devops_tui.integrations.tools.bamboo import MOST_PAGES

INFO = {"version": "9.6.1", "edition": "", "buildNumber": "90605", "state": "RUNNING"}


def plan(key: str, **more: Any) -> dict[str, Any]:
    found = {"key": key, "shortKey": key, "name": f"Shop - {key}", "type": "chain"}
    return found | {"enabled": True, "isBuilding": False} | more


def result(key: str, state: str, number: int = 12, life: str = "Finished") -> dict[str, Any]:
    return {
        "key": f"{key}-{number}",
        "plan": {"key": key, "name": f"Shop - {key}"},
        "buildNumber": number,
        "buildState": state,
        "lifeCycleState": life,
        "buildCompletedTime": "2026-03-01T04:00:00.000+01:00",
    }


def listing(kind: str, found: Sequence[dict[str, Any]], most: int = 1000) -> Answer:
    """A list, page by page, of at most so many entries a page."""

    def page(asked: Asked) -> Answer:
        assert asked.query["expand"] == [f"{kind}s.{kind}"]
        start = int(asked.query["start-index"][0])
        part = list(found[start : start + min(most, int(asked.query["max-results"][0]))])
        return {f"{kind}s": {"size": len(found), "start-index": start, kind: part}}

    return page


def bamboo(
    plans: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]], most: int = 1000
) -> dict[str, Answer]:
    below = "/rest/api/latest"
    return {
        f"{below}/info": INFO,
        f"{below}/plan": listing("plan", plans, most),
        f"{below}/result": listing("result", results, most),
    }


async def read_one(of: dict[str, Any], *results: dict[str, Any]) -> Finding:
    async with tool_double(bamboo([of], results)) as double:
        (found,) = (await read_tool(ToolKind.BAMBOO, double.url)).findings
        assert found.url == f"{double.url}/browse/{of['key']}"
    return found


@pytest.mark.parametrize(
    ("state", "life", "level", "text"),
    [
        ("Successful", "Finished", Level.OK, "#12 succeeded"),
        ("Failed", "Finished", Level.CRITICAL, "#12 failed"),
        ("Unknown", "NotBuilt", Level.UNKNOWN, "#12 was stopped before it was built"),
        ("Unknown", "Finished", Level.UNKNOWN, "#12 ended as Unknown"),
    ],
)
async def test_a_plan_is_what_its_last_result_was(
    state: str, life: str, level: Level, text: str
) -> None:
    found = await read_one(plan("SHOP-BUILD"), result("SHOP-BUILD", state, life=life))
    assert (found.id, found.name) == ("SHOP-BUILD", "Shop - SHOP-BUILD")
    assert (found.level, found.text) == (level, text)
    assert found.since == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("results", "level", "text"),
    [
        ([result("P", "Failed")], Level.CRITICAL, "building again; #12 failed"),
        ([result("P", "Successful")], Level.RUNNING, "a build is building; #12 succeeded"),
        ([], Level.RUNNING, "a build is building, the first one"),
    ],
)
async def test_a_build_that_failed_is_not_forgotten_while_the_next_one_runs(
    results: list[dict[str, Any]], level: Level, text: str
) -> None:
    found = await read_one(plan("P", isBuilding=True), *results)
    assert (found.level, found.text) == (level, text)


async def test_never_built_is_unknown_and_disabled_is_quiet() -> None:
    assert (await read_one(plan("P"))).text == "never built"
    assert (await read_one(plan("P"))).level is Level.UNKNOWN
    disabled = await read_one(plan("P", enabled=False), result("P", "Failed"))
    assert (disabled.is_quiet, disabled.text) == (True, "disabled; #12 failed")


async def test_lists_of_several_pages_are_read_to_their_end() -> None:
    plans = [plan(f"P{n}") for n in range(250)]
    results = [result(f"P{n}", "Failed" if n == 249 else "Successful") for n in range(250)]
    async with tool_double(bamboo(plans, results, most=100)) as double:
        found = await read_tool(ToolKind.BAMBOO, double.url, token=True)
        starts = [a.query["start-index"][0] for a in double.asked if a.path.endswith("/plan")]
        assert double.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert starts == ["0", "100", "200"]
    assert found.version == "9.6.1"
    assert [f.name for f in found.findings if f.level is Level.CRITICAL] == ["Shop - P249"]
    assert len(found.findings) == 250


async def test_a_list_without_end_is_left_and_what_is_beyond_is_counted() -> None:
    plans = [plan(f"P{n}") for n in range(50)]
    async with tool_double(bamboo(plans, [], most=1)) as double:
        found = await read_tool(ToolKind.BAMBOO, double.url)
        assert len(double.asked) == 1 + MOST_PAGES + 1
    assert (len(found.findings), found.left_out) == (MOST_PAGES, 50 - MOST_PAGES)


@pytest.mark.parametrize(
    "said", [{}, {"plans": []}, {"plans": {"size": 1, "plan": [{}]}}, {"plans": {"plan": []}}]
)
async def test_what_is_no_bamboo_is_not_read_as_one(said: Any) -> None:
    answers = bamboo([], []) | {"/rest/api/latest/plan": said}
    async with tool_double(answers) as double:
        with pytest.raises(ToolSilent, match="not that of a Bamboo"):
            await read_tool(ToolKind.BAMBOO, double.url)
