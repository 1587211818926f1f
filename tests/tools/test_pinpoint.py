from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, Reading, ToolKind

NOW = 1772334000000
OLD, NEW = "/api/agents/search-application", "/api/agents/overview"
ERRORS = "/api/errors/errorList/groupBy"
STATES = {100: "Running", 200: "Shutdown", 201: "Unexpected Shutdown", 300: "Disconnected"}


def agent(name: str = "shop-1", code: Any = 100, **more: Any) -> dict[str, Any]:
    return {
        "applicationName": "shop",
        "agentId": name,
        "agentName": "",
        "hostName": "web-1",
        "agentVersion": "3.1.0",
        "status": {
            "agentId": name,
            "eventTimestamp": NOW - 60_000,
            "state": {"code": code, "desc": STATES.get(code, "Unknown")},
        },
        **more,
    }


def error(name: str = "java.net.ConnectException", count: int = 12) -> dict[str, Any]:
    return {
        "count": count,
        "groupedFieldName": {"errorClassName": name},
        "mostRecentErrorClass": name,
        "mostRecentErrorMessage": "Connection refused",
        "firstOccurred": NOW - 600_000,
        "lastOccurred": NOW - 1000,
    }


def answers(
    *agents: dict[str, Any], version: str = "3.1.0", more: dict[str, Any] | None = None
) -> dict[str, Any]:
    held: Any = list(agents)
    if version.startswith("3.0"):
        held = [{"groupName": a["hostName"], "instancesList": [a]} for a in agents]
    return {
        "/api/configuration": {"version": version, "sendUsage": False},
        "/api/serverTime": {"currentServerTime": NOW},
        OLD if version.startswith("3.0") else NEW: held,
        **(more or {}),
    }


async def read(said: dict[str, Any], **more: Any) -> Reading:
    async with tool_double(said) as double:
        return await read_tool(ToolKind.PINPOINT, double.url, account="shop", **more)


async def one(said: dict[str, Any]) -> Finding:
    (found,) = (await read(said)).findings
    return found


@pytest.mark.parametrize("version", ["3.0.5", "3.1.0", "3.2.0"])
async def test_the_agents_of_an_application_by_the_clock_of_the_server(version: str) -> None:
    said = answers(agent(), agent("shop-2", hostName="web-2"), version=version)
    async with tool_double(said) as double:
        whole = await read_tool(ToolKind.PINPOINT, double.url, account="shop", user="ops")
        asked = double.asked
    assert whole.version == version
    assert [(f.id, f.host, f.level, f.text) for f in whole.findings] == [
        ("agent shop-1", "web-1", Level.OK, "Running, agent 3.1.0"),
        ("agent shop-2", "web-2", Level.OK, "Running, agent 3.1.0"),
    ]
    assert whole.findings[0].since is not None
    assert whole.findings[0].since.timestamp() == NOW / 1000 - 60
    assert asked[2].query == {
        "application": ["shop"],
        "from": [str(NOW - 3_600_000)],
        "to": [str(NOW)],
    }
    assert asked[2].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (100, Level.OK),
        (200, Level.WARNING),
        (201, Level.CRITICAL),
        (300, Level.CRITICAL),
        (-1, Level.UNKNOWN),
        (999, Level.UNKNOWN),
        (None, Level.UNKNOWN),
    ],
)
async def test_every_state_of_an_agent(code: Any, level: Level) -> None:
    assert (await one(answers(agent(code=code)))).level is level


async def test_a_shut_down_agent_is_quiet_while_others_run() -> None:
    ended = agent("old", 200)
    assert not (await one(answers(ended))).is_quiet
    both = (await read(answers(ended, agent("new")))).findings
    assert {f.id: f.is_quiet for f in both} == {"agent old": True, "agent new": False}
    crashed = (await read(answers(agent("old", 201), agent("new")))).findings
    assert not any(f.is_quiet for f in crashed)


async def test_an_agent_without_a_state_is_unknown() -> None:
    found = await one(answers(agent(status=None)))
    assert (found.level, found.text) == (Level.UNKNOWN, "no state, agent 3.1.0")


async def test_an_application_without_agents_is_not_taken_for_well() -> None:
    whole = await read(answers(), only=("nothing",))
    assert [(f.level, f.name) for f in whole.findings] == [(Level.UNKNOWN, "agents")]


async def test_errors_are_counted_by_their_class() -> None:
    said = answers(agent(), more={ERRORS: [error(), error("java.lang.Error", 1)]})
    async with tool_double(said) as double:
        whole = await read_tool(ToolKind.PINPOINT, double.url, account="shop")
        asked = double.asked[3]
    assert {f.name: f.text for f in whole.findings if f.level is Level.WARNING} == {
        "java.net.ConnectException": "12 in the last 15 minutes: Connection refused",
        "java.lang.Error": "1 in the last 15 minutes: Connection refused",
    }
    assert asked.query == {
        "applicationName": ["shop"],
        "from": [str(NOW - 900_000)],
        "to": [str(NOW)],
        "groupBy": ["Error Class Name"],
    }


async def test_a_pinpoint_without_its_module_for_errors_reads_agents() -> None:
    assert (await one(answers(agent()))).level is Level.OK
    with pytest.raises(ToolSilent, match="answers 500"):
        await read(answers(agent(), more={ERRORS: (500, "")}))


async def test_thousands_of_agents_are_one_answer_and_the_worst_are_kept() -> None:
    many = [agent(f"a{n}") for n in range(5000)]
    async with tool_double(answers(*many, agent("z", 201))) as double:
        whole = await read_tool(ToolKind.PINPOINT, double.url, account="shop")
        assert len(double.asked) == 4
    assert (whole.findings[0].id, len(whole.findings)) == ("agent z", MOST_FINDINGS)


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    whole = answers(agent(), agent("shop-2", 201), more={ERRORS: [error()]})
    await bears_damage(ToolKind.PINPOINT, whole, account="shop")


@pytest.mark.parametrize("wrong", [{}, "no list", [{"groupName": "x"}], [{"instancesList": 1}]])
async def test_what_is_no_pinpoint_is_silent(wrong: Any) -> None:
    said = answers(agent(), more={NEW: wrong})
    if isinstance(wrong, str):
        said[NEW] = f'"{wrong}"'
    with pytest.raises(ToolSilent, match="not that of a Pinpoint"):
        await read(said)
