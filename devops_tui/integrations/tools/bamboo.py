"""Bamboo: the last result of every plan that the login may view; not those of plan branches.

Source: Atlassian, "Bamboo REST API": info, plan (expand=plans.plan), result
(expand=results.result, start-index, max-results); personal access tokens (Bearer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, moment, text
from devops_tui.integrations.tools.builds import Ended, Job, Running, last_build
from devops_tui.ports.tool import ToolWeb

A_PAGE = 1000
MOST_PAGES = 10
"""Of each of the two lists; a server may give less a page than is asked for."""

_STATES = {
    "Successful": (Level.OK, "succeeded"),
    "Failed": (Level.CRITICAL, "failed"),
}
_NOT_BUILT = (Level.UNKNOWN, "was stopped before it was built")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Three questions, more where a list has several pages; raises ToolSilent."""
    info = await web.json("/rest/api/latest/info")
    plans, left_out = await _all(web, "plan")
    results, _ = await _all(web, "result")
    with expecting("a Bamboo"):
        version = text(info["version"])
        last = {text(r["plan"]["key"]): r for r in reversed(results)}
        found = [_plan(each, last, settings) for each in plans]
        known = reading(version, found, settings)
    return replace(known, left_out=known.left_out + left_out)


async def _all(web: ToolWeb, kind: str) -> tuple[list[JsonObject], int]:
    """The entries of a list, page by page, and how many there are beyond them."""
    found: list[JsonObject] = []
    size = 0
    for _ in range(MOST_PAGES):
        answer = await web.json(
            f"/rest/api/latest/{kind}",
            {
                "expand": f"{kind}s.{kind}",
                "start-index": str(len(found)),
                "max-results": str(A_PAGE),
            },
        )
        with expecting("a Bamboo"):
            page = list(entries(answer[f"{kind}s"][kind]))
            size = int(answer[f"{kind}s"]["size"])
        found += page
        if not page or len(found) >= size:
            break
    return found, max(0, size - len(found))


def _plan(plan: JsonObject, last: Mapping[str, JsonObject], settings: ToolSettings) -> Finding:
    key = text(plan["key"])
    result = last.get(key)
    job = Job(
        id=key,
        name=text(plan.get("name")) or key,
        url=f"{settings.url}/browse/{quote(key, safe='')}",
        quiet="disabled" if plan.get("enabled") is False else "",
    )
    is_running = plan.get("isBuilding") is True
    return last_build(job, _ended(result) if result else None, Running() if is_running else None)


def _ended(result: JsonObject) -> Ended:
    state = text(result.get("buildState") or result.get("state"))
    life = text(result.get("lifeCycleState"))
    level, word = _STATES.get(state, (Level.UNKNOWN, f"ended as {state or 'nothing'}"))
    if life == "NotBuilt":
        level, word = _NOT_BUILT
    return Ended(level, word, f"#{_number(result)}", moment(result.get("buildCompletedTime")))


def _number(result: JsonObject) -> Any:
    return text(result.get("buildNumber") or result.get("number"))
