from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Level, Reading, ToolKind

AT = 1772334000000
EVENTS = "/api/dbsearch/event"


def domain(live: Any = 2, stopped: int = 0, unlicensed: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"live": live, "stopped": stopped, "unlicensed": unlicensed, "total": 2}
    return {"domainId": 1000, "name": "shop", "instanceCount": counts, **more}


def event(level: str = "FATAL", **more: Any) -> dict[str, Any]:
    return {
        "domainId": 1000,
        "domainName": "shop",
        "instanceId": 10001,
        "instanceName": "shop-1",
        "eventLevel": level,
        "errorType": "SERVICE_EXCEPTION",
        "metricsName": "",
        "applicationName": "/cart",
        "message": "NullPointerException",
        "time": str(AT),
        "value": 0.0,
        **more,
    }


def answers(*events: dict[str, Any], of: dict[str, Any] | None = None) -> dict[str, Any]:
    instances = [{"instanceId": 10001, "name": "shop-1", "hostName": "web-1", "status": "x"}]
    return {
        "/api/domain": {"result": [domain(domainId=7, name="other"), of or domain()]},
        "/api/instance": {"result": instances},
        EVENTS: {"result": list(events)},
    }


async def read(said: dict[str, Any], account: str = "shop") -> Reading:
    async with tool_double(said) as double:
        return await read_tool(ToolKind.JENNIFER, double.url, account=account, only=("SERVICE*",))


async def levels(*events: dict[str, Any]) -> list[Level]:
    return [f.level for f in (await read(answers(*events))).findings if f.id != "domain"]


@pytest.mark.parametrize("account", ["shop", "1000"])
async def test_events_of_a_domain_by_its_name_or_number(account: str) -> None:
    async with tool_double(answers(event())) as double:
        whole = await read_tool(ToolKind.JENNIFER, double.url, token=True, account=account)
        asked = double.asked
    found = whole.findings[0]
    assert (found.level, found.name, found.host) == (Level.CRITICAL, "SERVICE_EXCEPTION", "web-1")
    assert found.text == "shop-1; /cart; NullPointerException"
    assert found.since is not None
    assert found.since.timestamp() == AT / 1000
    assert {a.headers["authorization"] for a in asked} == {f"Bearer {SECRET}"}
    assert [a.query.get("domain_id") for a in asked] == [None, ["1000"], ["1000"]]
    start, end = (int(asked[2].query[name][0]) for name in ("start_time", "end_time"))
    assert end - start == 900_000
    assert abs(end / 1000 - datetime.now(UTC).timestamp()) < 300


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("fatal", Level.CRITICAL),
        ("WARNING", Level.WARNING),
        ("Warning", Level.WARNING),
        ("grave", Level.UNKNOWN),
        ("", Level.UNKNOWN),
    ],
)
async def test_every_level_of_an_event(said: str, level: Level) -> None:
    assert await levels(event(said)) == [level]


async def test_an_event_of_the_level_normal_ends_an_earlier_one() -> None:
    assert await levels(event("normal")) == []
    assert await levels(event("normal", time=AT), event("fatal", time=AT - 1000)) == []
    assert await levels(event("normal", time=AT - 1000), event("fatal", time=AT)) == [
        Level.CRITICAL
    ]


async def test_events_of_one_thing_are_one_finding_of_its_newest() -> None:
    several = [event("warning", time=AT - n, message=f"m{n}") for n in (3000, 0, 2000)]
    other = event(errorType="SERVICE_DELAY", message="", value=12.5)
    found = {f.name: f for f in (await read(answers(*several, other))).findings}
    assert found["SERVICE_EXCEPTION"].text == "shop-1; /cart; m0; 3 times in 15 minutes"
    assert found["SERVICE_DELAY"].text == "shop-1; /cart; 12.5"


@pytest.mark.parametrize(
    ("of", "level", "said"),
    [
        (domain(2), Level.OK, "2 instances live, 0 stopped"),
        (domain(1, 1), Level.WARNING, "1 instance live, 1 stopped"),
        (domain(0, 2), Level.CRITICAL, "0 instances live, 2 stopped"),
        (domain(1, 0, 1), Level.WARNING, "1 instance live, 0 stopped, 1 without a licence"),
        (domain(0), Level.UNKNOWN, "0 instances live, 0 stopped"),
    ],
)
async def test_how_the_instances_of_a_domain_stand(
    of: dict[str, Any], level: Level, said: str
) -> None:
    (found,) = (await read(answers(of=of))).findings
    assert (found.name, found.level, found.text) == ("domain shop", level, said)


async def test_a_domain_that_is_not_there_is_said() -> None:
    with pytest.raises(ToolSilent, match="no domain billing"):
        await read(answers(), "billing")


async def test_thousands_of_events_are_three_questions() -> None:
    many = [event("WARNING", instanceId=n, errorType=f"E{n}") for n in range(5000)]
    async with tool_double(answers(*many)) as double:
        whole = await read_tool(ToolKind.JENNIFER, double.url, account="shop")
        assert len(double.asked) == 3
    assert len(whole.findings) == MOST_FINDINGS
    assert whole.left_out == 5001 - MOST_FINDINGS


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    await bears_damage(ToolKind.JENNIFER, answers(event(), event("normal")), account="shop")


@pytest.mark.parametrize("wrong", [{}, [], {"result": 1}, {"result": [{"message": "x"}]}])
async def test_what_is_no_jennifer_is_silent(wrong: Any) -> None:
    with pytest.raises(ToolSilent, match="not that of a JENNIFER"):
        await read({**answers(), EVENTS: wrong})
    with pytest.raises(ToolSilent, match="not that of a JENNIFER"):
        await read(answers(of=domain("many")))
