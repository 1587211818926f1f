from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, ToolKind

FIRED = "/servicesNS/-/-/alerts/fired_alerts/-"
HEALTH = "/services/server/health/splunkd/details"
AT = 1772334000


def fired(name: str = "Errors of the shop", at: Any = AT, **more: Any) -> dict[str, Any]:
    return {
        "name": f"scheduler__ops__search__{name}_{at}",
        "acl": {"app": "search", "owner": "ops"},
        "content": {
            "actions": None,
            "digest_mode": True,
            "expiration_time_rendered": "2026-03-02 03:00:00 UTC",
            "savedsearch_name": name,
            "severity": 4,
            "trigger_time": at,
            "triggered_alerts": 1,
            **more,
        },
    }


def whole(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"generator": {"build": "b", "version": "9.4.0"}, "entry": list(entries)}


def health(said: str = "green", **features: Any) -> dict[str, Any]:
    return whole({"name": "splunkd", "content": {"health": said, "features": features}})


async def findings(alerts: Any, splunkd: Any = None) -> list[Finding]:
    answers = {FIRED: alerts, HEALTH: health() if splunkd is None else splunkd}
    async with tool_double(answers) as double:
        read = await read_tool(ToolKind.SPLUNK, double.url)
    return list(read.findings)


async def test_a_quiet_one_says_that_it_is_well() -> None:
    async with tool_double({FIRED: whole(), HEALTH: health()}) as double:
        read = await read_tool(ToolKind.SPLUNK, double.url, token=True)
        asked = double.asked
    assert read.version == "9.4.0"
    assert [(f.name, f.level, f.text) for f in read.findings] == [("splunkd", Level.OK, "green")]
    assert {a.headers["authorization"] for a in asked} == {f"Bearer {SECRET}"}
    assert asked[0].query == {
        "output_mode": ["json"],
        "count": ["1000"],
        "sort_key": ["trigger_time"],
        "sort_dir": ["desc"],
    }


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (1, Level.WARNING),
        ("2", Level.WARNING),
        (3, Level.WARNING),
        (4, Level.CRITICAL),
        ("5", Level.CRITICAL),
        (6, Level.CRITICAL),
        (7, Level.UNKNOWN),
        (None, Level.UNKNOWN),
    ],
)
async def test_every_severity(severity: Any, level: Level) -> None:
    found = await findings(whole(fired(severity=severity)))
    alert = next(f for f in found if f.name != "splunkd")
    assert alert.level is level
    assert alert.text == "fired once, app search, kept until 2026-03-02 03:00:00 UTC"
    assert alert.since is not None
    assert alert.since.timestamp() == AT


async def test_an_alert_that_fired_often_is_one_finding_of_its_newest() -> None:
    several = whole(
        fired(at=str(AT - 900), severity=6),
        fired(severity=3, triggered_alerts=12),
        fired(at=AT - 1800, severity=6),
        fired("Other"),
    )
    found = {f.name: f for f in await findings(several)}
    assert len(found) == 3
    often = found["Errors of the shop"]
    assert often.level is Level.WARNING
    assert often.text.startswith("fired 3 times, 12 results, app search")
    assert often.id == "alert search ops Errors of the shop"


async def test_thousands_of_firings_are_two_questions() -> None:
    many = whole(*[fired(f"a{n % 40}", AT - n) for n in range(1000)])
    many["paging"] = {"total": 5000, "perPage": 1000, "offset": 0}
    async with tool_double({FIRED: many, HEALTH: health()}) as double:
        read = await read_tool(ToolKind.SPLUNK, double.url)
        assert len(double.asked) == 2
    assert (len(read.findings), read.left_out) == (41, 4000)


async def test_features_that_are_not_green_are_named_with_their_reasons() -> None:
    reasons = {"yellow": {"1": {"indicator": "skipped", "reason": "12 % of searches skipped"}}}
    tree = health(
        "red",
        **{
            "Search Scheduler": {
                "health": "yellow",
                "features": {
                    "Searches Skipped": {"health": "yellow", "reasons": reasons},
                    "Searches Delayed": {"health": "green"},
                    "Suppression": {"health": "red", "disabled": True},
                },
            },
            "Buckets": {"health": "red"},
            "New": {"health": "violet"},
        },
    )
    found = {f.name: (f.level, f.text) for f in await findings(whole(), tree)}
    assert found == {
        "splunkd": (Level.CRITICAL, "red"),
        "Search Scheduler / Searches Skipped": (Level.WARNING, "12 % of searches skipped"),
        "Buckets": (Level.CRITICAL, "red"),
        "New": (Level.UNKNOWN, "violet"),
    }


@pytest.mark.parametrize("status", [403, 404])
async def test_a_login_that_may_not_read_health_reads_alerts(status: int) -> None:
    found = {f.name: f for f in await findings(whole(fired()), (status, ""))}
    assert found["splunkd"].level is Level.UNKNOWN
    assert "list_health" in found["splunkd"].text
    assert "Errors of the shop" in found


async def test_health_that_breaks_is_silence() -> None:
    with pytest.raises(ToolSilent, match="answers 500"):
        await findings(whole(), (500, ""))


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    reasons = {"red": {"1": {"reason": "the disk is full"}}}
    tree = health("red", A={"health": "red", "features": {"B": {"health": "red"}}})
    tree["entry"][0]["content"]["features"]["C"] = {"health": "red", "reasons": reasons}
    answers = {FIRED: {**whole(fired(), fired("Other")), "paging": {"total": 3}}, HEALTH: tree}
    await bears_damage(ToolKind.SPLUNK, answers)


@pytest.mark.parametrize(
    "wrong", [{}, [], {"entry": []}, whole({"content": {}}), whole(fired(at="noon"))]
)
async def test_what_is_no_splunk_is_silent(wrong: Any) -> None:
    with pytest.raises(ToolSilent, match="not that of a Splunk"):
        await findings(wrong)
