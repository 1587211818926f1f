from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.buildbot_master import BuildbotMaster, buildbot_master
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind
from devops_tui.integrations.tools.buildbot import A_PAGE, MOST_PAGES

AT = 1_772_334_000
CONFIG = {"versions": [["Python", "3.11.7"], ["Buildbot", "4.3.0"]], "multiMaster": False}


def builder(number: int, *, masters: Sequence[int] = (1,)) -> dict[str, Any]:
    return {"builderid": number, "name": f"b{number}", "masterids": list(masters)}


def build(number: int, of: int, results: int | None = 0) -> dict[str, Any]:
    """A build; None for one that has not ended."""
    return {
        "buildid": number,
        "builderid": of,
        "number": number,
        "complete": results is not None,
        "started_at": AT,
        "complete_at": None if results is None else AT + 60,
        "results": results,
    }


def buildbot(builders: list[dict[str, Any]], builds: list[dict[str, Any]]) -> dict[str, Answer]:
    """Filters, orders and limits as Buildbot does."""

    def chosen(asked: Asked) -> Answer:
        words = asked.query
        assert words["order"] == ["-buildid"]
        assert {"complete", "builderid"} <= set(words["field"])  # else it may not filter by them
        found = [b for b in builds if str(b["complete"]).lower() == words["complete"][0]]
        if "builderid" in words:
            found = [b for b in found if str(b["builderid"]) in words["builderid"]]
        found.sort(key=lambda b: -int(b["buildid"]))
        return {"builds": found[: int(words["limit"][0])], "meta": {"total": len(found)}}

    return {
        "/config": CONFIG,
        "/api/v2/builders": {"builders": builders, "meta": {}},
        "/api/v2/builds": chosen,
    }


async def read_one(*builds: dict[str, Any]) -> Finding:
    async with tool_double(buildbot([builder(7)], list(builds))) as double:
        (found,) = (await read_tool(ToolKind.BUILDBOT, double.url)).findings
        assert found.url == f"{double.url}/#/builders/7"
    return found


@pytest.mark.parametrize(
    ("results", "level", "text"),
    [
        (0, Level.OK, "#3 succeeded"),
        (1, Level.WARNING, "#3 ended with warnings"),
        (2, Level.CRITICAL, "#3 failed"),
        (3, Level.OK, "#3 skipped"),
        (4, Level.CRITICAL, "#3 ended by an exception"),
        (5, Level.UNKNOWN, "#3 lost its worker, and is to be built again"),
        (6, Level.WARNING, "#3 cancelled"),
        (7, Level.UNKNOWN, "#3 ended as 7"),
        (-1, Level.UNKNOWN, "#3 ended as -1"),
    ],
)
async def test_a_builder_is_what_its_last_build_was(results: int, level: Level, text: str) -> None:
    found = await read_one(build(2, 7, 0), build(3, 7, results))
    assert (found.id, found.name) == ("builder 7", "b7")
    assert (found.level, found.text) == (level, text)
    assert found.since == datetime.fromtimestamp(AT + 60, UTC)


@pytest.mark.parametrize(
    ("builds", "level", "text"),
    [
        ([], Level.UNKNOWN, "never built"),
        ([build(4, 7, None)], Level.RUNNING, "#4 is building, the first one"),
        ([build(3, 7, 2), build(4, 7, None)], Level.CRITICAL, "building again; #3 failed"),
        ([build(3, 7, 0), build(4, 7, None)], Level.RUNNING, "#4 is building; #3 succeeded"),
        ([build(3, 7, None), build(4, 7, 2)], Level.CRITICAL, "#4 failed"),
    ],
)
async def test_what_runs_and_what_was_before(
    builds: list[dict[str, Any]], level: Level, text: str
) -> None:
    found = await read_one(*builds)
    assert (found.level, found.text) == (level, text)


async def test_builders_of_old_configurations_are_left_out() -> None:
    builders = [builder(1), builder(2, masters=())]
    async with tool_double(buildbot(builders, [build(1, 2, 2)])) as double:
        found = await read_tool(ToolKind.BUILDBOT, f"{double.url}", user="ops")
        assert double.asked[0].headers["authorization"].startswith("Basic ")
        assert SECRET not in str(double.asked[0].headers)
    assert [f.name for f in found.findings] == ["b1"]
    assert found.version == "4.3.0"


async def test_one_before_4_0_does_not_tell_its_version() -> None:
    answers = buildbot([builder(1)], [build(1, 1)])
    del answers["/config"]
    async with tool_double(answers) as double:
        found = await read_tool(ToolKind.BUILDBOT, double.url)
    assert (found.version, found.findings[0].level) == ("", Level.OK)


async def test_builders_that_rest_are_found_behind_those_that_are_busy() -> None:
    rest = [builder(n) for n in range(2, 52)]
    builds = [build(n, n, 2 if n == 9 else 0) for n in range(2, 50)]
    builds += [build(n, 1) for n in range(100, 100 + 3 * A_PAGE)]
    async with tool_double(buildbot([builder(1), *rest], builds)) as double:
        found = await read_tool(ToolKind.BUILDBOT, double.url)
        assert len(double.asked) == 5
    states = {f.name: (f.level, f.text) for f in found.findings}
    assert states["b9"] == (Level.CRITICAL, "#9 failed")
    assert states["b49"] == (Level.OK, "#49 succeeded")
    assert states["b50"] == states["b51"] == (Level.UNKNOWN, "never built")


async def test_what_was_not_read_is_not_called_never_built() -> None:
    builders = [builder(n) for n in range(1, 4)]
    builds = [build(10 + n, 1) for n in range(A_PAGE)]

    def always(asked: Asked) -> Answer:
        """A server with so many builds of the other builders that the third stays hidden."""
        if asked.query["complete"] == ["false"]:
            return {"builds": []}
        return {"builds": builds if "builderid" not in asked.query else [build(5, 2)] * A_PAGE}

    answers = buildbot(builders, []) | {"/api/v2/builds": always}
    async with tool_double(answers) as double:
        found = await read_tool(ToolKind.BUILDBOT, double.url)
        assert len(double.asked) == 2 + MOST_PAGES + 1
    third = next(f for f in found.findings if f.name == "b3")
    assert third.text == "its last build is older than all that were read"


async def test_five_thousand_builders_are_a_handful_of_questions() -> None:
    builders = [builder(n) for n in range(5000)]
    builds = [build(n, n, 2 if n == 4999 else 0) for n in range(5000)]
    async with tool_double(buildbot(builders, builds)) as double:
        found = await read_tool(ToolKind.BUILDBOT, double.url)
        assert len(double.asked) == 4
    assert found.findings[0].name == "b4999"
    assert found.count(Level.UNKNOWN) == 0
    assert found.left_out == 5000 - MOST_FINDINGS


@pytest.mark.parametrize(
    "said", [{}, {"builders": {}}, {"builders": [{"name": "x"}]}, {"error": "no such thing"}]
)
async def test_what_is_no_buildbot_is_not_read_as_one(said: Any) -> None:
    answers = buildbot([], []) | {"/api/v2/builders": said}
    async with tool_double(answers) as double:
        with pytest.raises(ToolSilent, match="not that of a Buildbot"):
            await read_tool(ToolKind.BUILDBOT, double.url)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildbotMaster]:
    with buildbot_master(tmp_path_factory.mktemp("buildbot")) as made:
        yield made


async def read_real(master: BuildbotMaster) -> dict[str, Finding]:
    found = await read_tool(ToolKind.BUILDBOT, master.url)
    assert found.version
    return {f.name: f for f in found.findings}


@pytest.mark.real
@pytest.mark.slow
async def test_a_real_one_says_how_its_last_builds_ended(master: BuildbotMaster) -> None:
    for name in ("good", "bad", "warned"):
        master.force(name)
        master.wait(name)
    found = await read_real(master)
    assert {name: (f.level, f.text) for name, f in found.items() if name != "scripted"} == {
        "good": (Level.OK, "#1 succeeded"),
        "bad": (Level.CRITICAL, "#1 failed"),
        "warned": (Level.WARNING, "#1 ended with warnings"),
        "idle": (Level.UNKNOWN, "never built"),
    }
    since = found["bad"].since
    assert since is not None
    assert abs((datetime.now(UTC) - since).total_seconds()) < 300


@pytest.mark.real
@pytest.mark.slow
async def test_a_real_one_that_builds_again_is_still_broken(
    master: BuildbotMaster, tmp_path: Path
) -> None:
    master.script.write_text("exit 1\n")
    master.force("scripted")
    master.wait("scripted")
    gate = tmp_path / "gate"
    master.script.write_text(f"while ! test -e {gate}; do sleep 0.05; done\n")
    try:
        master.force("scripted")
        found = (await read_real(master))["scripted"]
        assert (found.level, found.text) == (Level.CRITICAL, "building again; #1 failed")
    finally:
        gate.touch()
        master.wait("scripted")
    found = (await read_real(master))["scripted"]
    assert (found.level, found.text) == (Level.OK, "#2 succeeded")
