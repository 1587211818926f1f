from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.influxdb import DATABASE, real_influxdb
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Level, ToolKind

SELECT = "SELECT * FROM checks WHERE time > now() - 10m"
LATER = 1772334000


def answers(*series: dict[str, Any], version: str = "1.8.10") -> dict[str, Any]:
    result = {"statement_id": 0, **({"series": list(series)} if series else {})}
    return {"/ping": {"version": version}, "/query": {"results": [result]}}


def rows(*values: list[Any], **more: Any) -> dict[str, Any]:
    columns = ["time", "host", "level", "text", "used"]
    return {"name": "checks", "columns": columns, "values": list(values), **more}


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("critical", Level.CRITICAL),
        ("CRIT", Level.CRITICAL),
        ("error", Level.CRITICAL),
        ("emerg", Level.CRITICAL),
        ("notice", Level.OK),
        ("warn", Level.WARNING),
        ("warning", Level.WARNING),
        ("ok", Level.OK),
        ("info", Level.OK),
        ("unknown", Level.UNKNOWN),
        ("superb", Level.UNKNOWN),
        (None, Level.UNKNOWN),
    ],
)
async def test_every_level_of_a_row(said: str | None, level: Level) -> None:
    table = rows([LATER, "web-1", said, "97 %", 97.1])
    async with tool_double(answers(table)) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT, account="shop")
        asked = double.asked[1]
    (found,) = read.findings
    assert (found.level, found.host, found.text) == (level, "web-1", "97 %")
    assert found.since is not None
    assert found.since.timestamp() == LATER
    assert asked.query == {"q": [SELECT], "db": ["shop"], "epoch": ["s"]}


async def test_of_the_rows_of_one_thing_the_newest_counts() -> None:
    table = rows(
        [LATER, "web-1", "ok", "20 %", None],
        [LATER - 60, "web-1", "critical", "97 %", None],
        [LATER, "web-2", "warning", "", 81.5],
    )
    async with tool_double(answers(table)) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)
    assert [(f.host, f.level, f.text) for f in read.findings] == [
        ("web-2", Level.WARNING, "used 81.5"),
        ("web-1", Level.OK, "20 %"),
    ]


async def test_tags_of_a_group_belong_to_its_rows() -> None:
    group = {
        "name": "statuses",
        "tags": {"_check_name": "disk", "host": "db-1", "_level": "crit"},
        "columns": ["time", "_message"],
        "values": [[LATER, "disk is full"]],
    }
    async with tool_double(answers(group)) as double:
        (found,) = (await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)).findings
    assert (found.name, found.host, found.text) == ("disk", "db-1", "disk is full")
    assert found.level is Level.CRITICAL


async def test_statuses_of_checks_of_2_x_are_the_newest_of_each_level() -> None:
    def status(level: str, at: int, said: str, host: str = "db-1") -> dict[str, Any]:
        tags = {"_check_id": "c1", "_check_name": "disk", "_level": level, "host": host}
        columns = ["time", "_message"]
        return {"name": "statuses", "tags": tags, "columns": columns, "values": [[at, said]]}

    statuses = answers(
        status("crit", LATER - 60, "disk is full"),
        status("ok", LATER, "disk has room"),
        status("ok", LATER - 60, "disk has room", "db-2"),
        status("warn", LATER, "disk fills", "db-2"),
    )
    async with tool_double(statuses) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT, account="_monitoring")
    assert [(f.host, f.level, f.text) for f in read.findings] == [
        ("db-2", Level.WARNING, "disk fills"),
        ("db-1", Level.OK, "disk has room"),
    ]


async def test_a_query_that_finds_nothing_is_no_finding() -> None:
    async with tool_double(answers()) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)
    assert (read.version, read.findings) == ("1.8.10", ())


@pytest.mark.parametrize(
    "query",
    [
        "DROP DATABASE shop",
        "SELECT * FROM a; DELETE FROM a",
        "SELECT * INTO b FROM a",
        "select * into b from a",
    ],
)
async def test_a_query_that_would_write_is_never_sent(query: str) -> None:
    async with tool_double(answers()) as double:
        with pytest.raises(ToolSilent, match="would write"):
            await read_tool(ToolKind.INFLUXDB, double.url, query=query)
        assert double.asked == []


async def test_rows_without_a_level_are_no_findings_but_a_mistake() -> None:
    bare = {"name": "cpu", "columns": ["time", "used"], "values": [[LATER, 3]]}
    async with tool_double(answers(bare)) as double:
        with pytest.raises(ToolSilent, match="no column `level`") as caught:
            await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)
    assert 'AS "level"' in caught.value.hint


async def test_many_rows_are_one_answer_of_which_the_worst_are_kept() -> None:
    many = rows(*[[LATER, f"h{n}", "ok", "", 1] for n in range(5000)], [LATER, "x", "crit", "", 1])
    async with tool_double(answers(many)) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)
        assert len(double.asked) == 2
    assert (read.findings[0].host, len(read.findings)) == ("x", MOST_FINDINGS)
    assert read.left_out == 5001 - MOST_FINDINGS


def second(*checks: dict[str, Any], **health: Any) -> dict[str, Any]:
    whole = {"name": "influxdb", "status": "pass", "version": "v2.7.12", "checks": [], **health}
    return {
        "/ping": (204, b""),
        "/health": whole,
        "/api/v2/orgs": {"orgs": [{"id": "0a1b", "name": "shop"}]},
        "/api/v2/checks": {"checks": list(checks)},
    }


def check(**more: Any) -> dict[str, Any]:
    return {"id": "c1", "name": "disk", "status": "active", "lastRunStatus": "success", **more}


async def test_2_x_takes_its_token_and_tells_of_checks_that_cannot_be_run() -> None:
    failed = check(
        lastRunStatus="failed", lastRunError="no bucket", latestCompleted="2026-03-01T03:00:00Z"
    )
    off, new = check(id="c2", status="inactive"), {**check(id="c3"), "lastRunStatus": None}
    async with tool_double(second(failed, off, new, check(id="c4"))) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, token=True, account="shop")
        asked = double.asked
    assert read.version == "v2.7.12"
    assert [(f.id, f.level, f.text, f.is_quiet) for f in read.findings] == [
        ("check c1", Level.UNKNOWN, "no bucket", False),
        ("check c3", Level.UNKNOWN, "its last run: none yet", False),
        ("check c2", Level.UNKNOWN, "inactive there", True),
    ]
    assert asked[2].query == {"org": ["shop"]}
    assert asked[3].query == {"orgID": ["0a1b"], "limit": ["100"]}
    assert {a.headers["authorization"] for a in asked} == {f"Token {SECRET}"}


async def test_2_x_answers_the_same_query_language() -> None:
    said = {**second(), "/query": answers(rows([LATER, "web-1", "warn", "", 1]))["/query"]}
    async with tool_double(said) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT, account="shop/autogen")
    assert [f.level for f in read.findings] == [Level.WARNING]


async def test_2_x_tells_which_part_of_it_is_not_well() -> None:
    parts = [{"name": "kv", "status": "fail", "message": "disk full"}, {"name": "q", "status": "x"}]
    async with tool_double(second(checks=parts)) as double:
        read = await read_tool(ToolKind.INFLUXDB, double.url)
    assert [(f.name, f.level, f.text) for f in read.findings] == [
        ("kv", Level.CRITICAL, "disk full"),
        ("q", Level.UNKNOWN, "status x"),
    ]


async def test_an_organisation_that_is_not_there_is_said() -> None:
    async with tool_double({**second(), "/api/v2/orgs": {"orgs": []}}) as double:
        with pytest.raises(ToolSilent, match="no organisation shop"):
            await read_tool(ToolKind.INFLUXDB, double.url, account="shop")


async def test_an_unwell_2_x_is_silent_and_no_1_x() -> None:
    said = {**second(), **answers(), "/ping": (204, b""), "/health": (503, "kv fails")}
    async with tool_double(said) as double:
        with pytest.raises(ToolSilent, match="answers 503: kv fails"):
            await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    table = answers(rows([LATER, "web-1", "crit", "97 %", 97.1]))["/query"]
    whole = {**second(check(lastRunStatus="failed")), "/ping": {}, "/query": table}
    await bears_damage(ToolKind.INFLUXDB, whole, query=SELECT)
    await bears_damage(ToolKind.INFLUXDB, whole, account="shop")


@pytest.mark.parametrize("wrong", [{}, [], {"results": [{"series": [{}]}]}, {"results": 1}])
async def test_what_is_no_influxdb_is_silent(wrong: Any) -> None:
    async with tool_double({**answers(), "/query": wrong}) as double:
        with pytest.raises(ToolSilent, match="not that of an InfluxDB"):
            await read_tool(ToolKind.INFLUXDB, double.url, query=SELECT)


@pytest.mark.real
async def test_a_real_one_is_read(tmp_path: Path) -> None:
    select = 'SELECT last("level") AS "level", "text" FROM "checks" GROUP BY "host"'
    with real_influxdb(tmp_path, "ops", SECRET) as server:
        server.write(
            f'checks,host=web-1 level="ok",text="20 %" {LATER - 60}',
            f'checks,host=web-1 level="critical",text="97 %" {LATER}',
            f'checks,host=web-2 level="ok",text="20 %" {LATER}',
        )
        read = await read_tool(
            ToolKind.INFLUXDB, server.url, user="ops", query=select, account=DATABASE
        )
        assert read.version.startswith("1.")  # those before 1.8 tell it in a header alone
        assert [(f.host, f.level, f.text) for f in read.findings] == [
            ("web-1", Level.CRITICAL, "97 %"),
            ("web-2", Level.OK, "20 %"),
        ]
        assert read.findings[0].since is not None
        assert read.findings[0].since.timestamp() == LATER
        for wrong, words in (("SELECT x FROM", "answers 400"), ("SELECT 1", "answers 400")):
            with pytest.raises(ToolSilent, match=words):
                await read_tool(ToolKind.INFLUXDB, server.url, user="ops", query=wrong)
        with pytest.raises(ToolSilent, match="database not found"):
            await read_tool(
                ToolKind.INFLUXDB, server.url, user="ops", query="SELECT * FROM a", account="none"
            )
        with pytest.raises(ToolSilent, match="answers 401"):
            await read_tool(ToolKind.INFLUXDB, server.url, query=select, account=DATABASE)
        missing = "SELECT * FROM nothing"
        empty = await read_tool(
            ToolKind.INFLUXDB, server.url, user="ops", query=missing, account=DATABASE
        )
        assert empty.findings == ()
