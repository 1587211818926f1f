from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_double import Answer, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools.jenkins import DEEPEST

BEGAN = 1_772_334_000_000
TOOK = 90_000


def job(name: str, result: str | None = "SUCCESS", **more: Any) -> dict[str, Any]:
    """A job whose twelfth build ended so; None for one that was never built."""
    built = {"number": 12, "building": False, "timestamp": BEGAN, "duration": TOOK}
    done = built | {"result": result} if result else None
    return {
        "_class": "hudson.model.FreeStyleProject",
        "name": name.rpartition("/")[2],
        "fullName": name,
        "url": f"https://ci.example.com/job/{name}/",
        "color": "blue",
        "lastBuild": built if result else None,
        "lastCompletedBuild": done,
    } | more


def folder(name: str, jobs: list[dict[str, Any]] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"_class": "com.cloudbees.hudson.plugins.folder.Folder", "name": name}
    found |= {"fullName": name, "url": f"https://ci.example.com/job/{name}/"}
    return found if jobs is None else found | {"jobs": jobs}


def building(number: int) -> dict[str, Any]:
    return {"number": number, "building": True, "timestamp": BEGAN + 600_000, "duration": 0}


async def read(answer: Answer, **more: Any) -> Reading:
    async with tool_double({"/api/json": answer}) as double:
        return await read_tool(ToolKind.JENKINS, double.url, **more)


async def read_one(found: dict[str, Any]) -> Finding:
    read_jobs = await read({"quietingDown": False, "jobs": [found]})
    (finding,) = read_jobs.findings
    return finding


@pytest.mark.parametrize(
    ("result", "level", "text"),
    [
        ("SUCCESS", Level.OK, "#12 succeeded"),
        ("UNSTABLE", Level.WARNING, "#12 unstable"),
        ("FAILURE", Level.CRITICAL, "#12 failed"),
        ("ABORTED", Level.WARNING, "#12 aborted"),
        ("NOT_BUILT", Level.UNKNOWN, "#12 not built"),
        ("EXPLODED", Level.UNKNOWN, "#12 ended as EXPLODED"),
        (None, Level.UNKNOWN, "never built"),
    ],
)
async def test_a_job_is_what_its_last_build_was(
    result: str | None, level: Level, text: str
) -> None:
    found = await read_one(job("shop", result))
    assert (found.id, found.name, found.level, found.text) == ("shop", "shop", level, text)
    ended = datetime.fromtimestamp((BEGAN + TOOK) / 1000, UTC)
    assert found.since == (ended if result else None)
    assert found.url == "https://ci.example.com/job/shop/"
    assert not found.is_quiet


@pytest.mark.parametrize(
    ("before", "level", "text"),
    [
        ("FAILURE", Level.CRITICAL, "building again; #12 failed"),
        ("UNSTABLE", Level.WARNING, "building again; #12 unstable"),
        ("SUCCESS", Level.RUNNING, "#13 is building; #12 succeeded"),
        (None, Level.RUNNING, "#13 is building, the first one"),
    ],
)
async def test_a_build_that_failed_is_not_forgotten_while_the_next_one_runs(
    before: str | None, level: Level, text: str
) -> None:
    found = await read_one(job("shop", before) | {"lastBuild": building(13)})
    assert (found.level, found.text) == (level, text)


@pytest.mark.parametrize("how", [{"color": "disabled"}, {"disabled": True}])
async def test_a_disabled_job_is_quiet(how: dict[str, Any]) -> None:
    found = await read_one(job("shop", "FAILURE", **how))
    assert (found.level, found.text, found.is_quiet) == (
        Level.CRITICAL,
        "disabled; #12 failed",
        True,
    )


async def test_jobs_in_folders_and_branches_bear_their_whole_name() -> None:
    branch = job("team/shop/feature%2Fcart", "FAILURE")
    read_jobs = await read(
        {"jobs": [folder("team", [folder("team/shop", [branch]), folder("team/none", [])])]}
    )
    (found,) = read_jobs.findings
    assert (found.id, found.name) == ("team/shop/feature%2Fcart", "team/shop/feature/cart")


async def test_a_folder_that_lies_too_deep_is_named_not_forgotten() -> None:
    async with tool_double({"/api/json": {"jobs": [folder("a/b", None)]}}) as double:
        (found,) = (await read_tool(ToolKind.JENKINS, double.url)).findings
        tree = double.asked[0].query["tree"][0]
    assert found.level is Level.UNKNOWN
    assert f"more than {DEEPEST} folders deep" in found.text
    assert tree.count("jobs[") == DEEPEST
    assert tree.count("[") == tree.count("]")


async def test_one_question_names_every_field() -> None:
    async with tool_double({"/ci/api/json": {"jobs": []}}) as double:
        empty = await read_tool(ToolKind.JENKINS, f"{double.url}/ci", user="ops")
        (asked,) = double.asked
    assert empty.findings == ()
    assert asked.method == "GET"
    words = set(re.findall(r"\w+", asked.query["tree"][0]))
    assert {"fullName", "color", "disabled", "lastBuild", "lastCompletedBuild", "result"} <= words
    pair = base64.b64encode(f"ops:{SECRET}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {pair}"


async def test_a_server_about_to_shut_down_says_so() -> None:
    found = await read({"quietingDown": True, "jobs": [job("shop")]})
    assert [(f.level, f.name) for f in found.findings] == [
        (Level.WARNING, "Jenkins"),
        (Level.OK, "shop"),
    ]


async def test_only_what_is_wanted_of_it() -> None:
    jobs = [job("shop/build"), job("shop/test"), job("billing/build")]
    found = await read({"jobs": jobs}, only=("shop/*",))
    assert {f.name for f in found.findings} == {"shop/build", "shop/test"}


async def test_five_thousand_jobs_are_read_at_once_worst_first() -> None:
    jobs = [
        job(f"team-{n % 50}/job-{n}", "FAILURE" if n % 1000 == 7 else "SUCCESS")
        for n in range(5000)
    ]
    found = await read({"jobs": [folder("all", jobs)]})
    assert (len(found.findings), found.left_out) == (MOST_FINDINGS, 5000 - MOST_FINDINGS)
    assert found.count(Level.CRITICAL) == 5
    assert found.findings[4].level is Level.CRITICAL


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"jobs": {}},
        {"jobs": [{"color": "blue"}]},
        {"jobs": [{"name": "x", "lastBuild": 3}]},
    ],
)
async def test_what_is_no_jenkins_is_not_read_as_one(answer: Any) -> None:
    with pytest.raises(ToolSilent, match="not that of a Jenkins"):
        await read(answer)


async def test_a_login_that_may_not_read_is_told_so() -> None:
    with pytest.raises(ToolSilent) as caught:
        await read((403, "<html>Access Denied</html>"), user="ops")
    assert "403" in caught.value.title
    assert caught.value.hint == "Is the login right, and may it read?"
