from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind

RULES = "/api/prometheus/grafana/api/v1/rules"
SILENCED = "/api/alertmanager/grafana/api/v2/alerts"
HEALTH = {"commit": "0a1b2c3", "database": "ok", "version": "12.1.0"}
BROKEN = "cannot be evaluated"
HOST = {"alertname": "Disk full", "grafana_folder": "Shop", "instance": "web-1:9100"}


def alert(state: str, **more: Any) -> dict[str, Any]:
    return {
        "labels": HOST,
        "annotations": {"summary": "/ is at 97 %"},
        "state": state,
        "activeAt": "2026-03-01T02:50:10.123456789Z",
        "value": "9.7e+01",
        **more,
    }


def rule(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    is_firing = any(a["state"].lower().startswith(("alerting", "firing")) for a in alerts)
    return {
        "uid": "be7/a",
        "state": "firing" if is_firing else "inactive",
        "name": "Disk full",
        "query": "disk_used_percent > 95",
        "duration": 300,
        "labels": {},
        "health": "ok",
        "type": "alerting",
        "lastEvaluation": "2026-03-01T03:00:00Z",
        "evaluationTime": 0.01,
        "alerts": list(alerts),
        **more,
    }


def answers(*rules: dict[str, Any], silenced: Any = ()) -> dict[str, Any]:
    groups = [{"name": "disks", "file": "Shop", "rules": list(rules), "interval": 60}]
    return {
        "/api/health": HEALTH,
        RULES: {"status": "success", "data": {"groups": groups}},
        SILENCED: list(silenced) if isinstance(silenced, tuple | list) else silenced,
    }


async def one(*rules: dict[str, Any], silenced: Any = ()) -> Finding:
    async with tool_double(answers(*rules, silenced=silenced)) as double:
        found = (await read_tool(ToolKind.GRAFANA, double.url)).findings
    assert len(found) == 1
    return found[0]


async def test_a_firing_alert_is_read_whole_with_the_token_as_bearer() -> None:
    async with tool_double(answers(rule(alert("Alerting")))) as double:
        read = await read_tool(ToolKind.GRAFANA, double.url, token=True)
        asked = double.asked
        url = double.url
    assert read.version == "12.1.0"
    (found,) = read.findings
    assert (found.level, found.name, found.text) == (Level.CRITICAL, "Disk full", "/ is at 97 %")
    assert found.host == "web-1"
    assert found.since is not None
    assert found.since.isoformat() == "2026-03-01T02:50:10.123456+00:00"
    assert found.url == f"{url}/alerting/grafana/be7%2Fa/view"
    assert {a.headers["authorization"] for a in asked} == {f"Bearer {SECRET}"}
    assert [a.path for a in asked] == ["/api/health", RULES, SILENCED]
    assert asked[1].query == {"limit_alerts": ["50"]}


@pytest.mark.parametrize(
    ("state", "level", "said"),
    [
        ("Alerting", Level.CRITICAL, "/ is at 97 %"),
        ("firing", Level.CRITICAL, "/ is at 97 %"),
        ("Alerting (NoData)", Level.CRITICAL, "no data: / is at 97 %"),
        ("Alerting (Error)", Level.CRITICAL, "cannot be evaluated: / is at 97 %"),
        ("Pending", Level.WARNING, "about to fire: / is at 97 %"),
        ("Recovering", Level.WARNING, "recovering: / is at 97 %"),
        ("NoData", Level.UNKNOWN, "no data: / is at 97 %"),
        ("Error", Level.UNKNOWN, "cannot be evaluated: / is at 97 %"),
        ("Musing", Level.UNKNOWN, "state musing: / is at 97 %"),
    ],
)
async def test_every_state_of_an_alert(state: str, level: Level, said: str) -> None:
    found = await one(rule(alert(state)))
    assert (found.level, found.text) == (level, said)


async def test_the_label_severity_tells_how_grave_it_is() -> None:
    labels = {**HOST, "severity": "warning"}
    assert (await one(rule(alert("Alerting", labels=labels)))).level is Level.WARNING


async def test_alerts_that_are_well_are_no_findings() -> None:
    recording = rule(type="recording", state="")
    quiet = [rule(alert("Normal"), alert("Normal (Updated)"), state="inactive"), recording]
    async with tool_double(answers(*quiet)) as double:
        assert (await read_tool(ToolKind.GRAFANA, double.url)).findings == ()


@pytest.mark.parametrize(
    ("more", "level", "said", "is_quiet"),
    [
        (
            {"health": "error", "lastError": "no such column"},
            Level.UNKNOWN,
            "no such column",
            False,
        ),
        ({"health": "error"}, Level.UNKNOWN, BROKEN, False),
        ({"health": "nodata"}, Level.UNKNOWN, "no data, which the rule takes for well", True),
        ({"health": "unknown"}, Level.UNKNOWN, "not evaluated yet", False),
        ({"health": "superb"}, Level.UNKNOWN, "state inactive, health superb", False),
        ({"state": ""}, Level.UNKNOWN, "state none, health ok", False),
        ({"type": "recording", "state": "", "health": "error"}, Level.UNKNOWN, BROKEN, False),
        ({"state": "asleep"}, Level.UNKNOWN, "state asleep, health ok", False),
        ({"isPaused": True}, Level.UNKNOWN, "paused there", True),
        ({"state": "firing"}, Level.CRITICAL, "", False),
    ],
)
async def test_every_state_of_a_rule_without_alerts(
    more: dict[str, Any], level: Level, said: str, is_quiet: bool
) -> None:
    found = await one(rule(**more))
    assert (found.level, found.text, found.is_quiet) == (level, said, is_quiet)


async def test_a_rule_in_error_is_told_once() -> None:
    broken = rule(alert("Error"), state="inactive", health="error", lastError="no such column")
    assert (await one(broken)).text.startswith("cannot be evaluated")


async def test_what_is_silenced_there_is_quiet() -> None:
    notification = {
        "labels": {**HOST, "__alert_rule_uid__": "be7/a"},
        "status": {"state": "suppressed", "silencedBy": ["s-1"], "inhibitedBy": []},
    }
    assert (await one(rule(alert("Alerting")), silenced=[notification])).is_quiet
    other = {**notification, "labels": {**HOST, "instance": "web-2:9100"}}
    assert not (await one(rule(alert("Alerting")), silenced=[other])).is_quiet
    active = {**notification, "status": {"state": "active"}}
    assert not (await one(rule(alert("Alerting")), silenced=[active])).is_quiet


async def test_a_silenced_alert_without_data_bears_another_name_there() -> None:
    notification = {
        "labels": {
            **HOST,
            "alertname": "DatasourceNoData",
            "rulename": "Disk full",
            "datasource_uid": "ds1",
            "ref_id": "A",
        },
        "status": {"state": "suppressed"},
    }
    without = alert("NoData", labels={**HOST, "datasource_uid": "ds1", "ref_id": "A"})
    assert (await one(rule(without), silenced=[notification])).is_quiet


async def test_a_login_that_may_not_see_silences_reads_the_rules() -> None:
    found = await one(rule(alert("Alerting")), silenced=(403, "forbidden"))
    assert not found.is_quiet


async def test_its_own_database_is_a_finding() -> None:
    said = answers(rule())
    said["/api/health"] = {"database": "failing", "version": "12.1.0"}
    async with tool_double(said) as double:
        (found,) = (await read_tool(ToolKind.GRAFANA, double.url, only=("nothing",))).findings
    assert (found.level, found.text) == (Level.CRITICAL, "failing")


async def test_a_login_that_may_see_no_rule_does_not_take_that_for_well() -> None:
    for said in (answers(), {**answers(), RULES: {"data": {"groups": []}}}):
        async with tool_double(said) as double:
            (found,) = (await read_tool(ToolKind.GRAFANA, double.url, only=("nothing",))).findings
        assert (found.level, found.name) == (Level.UNKNOWN, "alert rules")


async def test_one_id_for_one_alert_from_reading_to_reading() -> None:
    first = await one(rule(alert("Pending")))
    later = await one(rule(alert("Alerting", value="9.9e+01", annotations={})))
    assert first.id == later.id
    assert first.id != (await one(rule(alert("Alerting", labels={"instance": "db-1"})))).id


async def test_thousands_of_rules_are_read_in_three_questions_and_what_is_cut_is_counted() -> None:
    many = [rule(uid=f"r{n}", name=f"rule {n}") for n in range(5000)]
    many += [
        rule(
            *[alert("Alerting", labels={**HOST, "instance": f"{k}-{n}"}) for n in range(50)],
            uid=f"bad{k}",
            totals={"alerting": 70, "normal": 900},
        )
        for k in range(11)
    ]
    async with tool_double(answers(*many)) as double:
        read = await read_tool(ToolKind.GRAFANA, double.url)
        assert len(double.asked) == 3
    assert len(read.findings) == MOST_FINDINGS
    assert read.left_out == 50 + 11 * 20


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    notification = {"labels": {**HOST, "__x__": "y"}, "status": {"state": "suppressed"}}
    failed = rule(uid="r2", health="error", totals={"alerting": 70})
    whole = answers(rule(alert("Alerting"), alert("NoData")), failed, silenced=[notification])
    await bears_damage(ToolKind.GRAFANA, whole)


@pytest.mark.parametrize("wrong", [{}, [], {"data": {}}, {"data": {"groups": [{"rules": [{}]}]}}])
async def test_what_is_no_grafana_is_silent(wrong: Any) -> None:
    async with tool_double({**answers(), RULES: wrong}) as double:
        with pytest.raises(ToolSilent, match="not that of a Grafana"):
            await read_tool(ToolKind.GRAFANA, double.url)
