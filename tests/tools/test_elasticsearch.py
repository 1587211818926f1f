from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Level, ToolKind

ABOUT = {"name": "es-1", "cluster_name": "logs", "version": {"number": "8.15.3"}}
AT = "2026-03-01T02:59:30.123Z"


def health(status: Any = "green", missing: int = 0) -> dict[str, Any]:
    return {
        "cluster_name": "logs",
        "status": status,
        "timed_out": False,
        "number_of_nodes": 3,
        "active_shards": 40,
        "unassigned_shards": missing,
    }


def hit(number: int = 1, **source: Any) -> dict[str, Any]:
    return {"_index": "shop-2026.03.01", "_id": f"d{number}", "_source": source}


def found(*hits: dict[str, Any], total: Any = None, **more: Any) -> dict[str, Any]:
    count = {"value": len(hits), "relation": "eq"} if total is None else total
    shards = {"total": 5, "successful": 5, "skipped": 0, "failed": 0}
    return {
        "took": 3,
        "timed_out": False,
        "_shards": shards,
        "hits": {"total": count, "hits": list(hits)},
        **more,
    }


def answers(search: Any = None, **more: Any) -> dict[str, Any]:
    return {"/": ABOUT, "/_cluster/health": health(), "/shop-*,web-*/_search": search, **more}


@pytest.mark.parametrize(
    ("status", "missing", "level", "said"),
    [
        ("green", 0, Level.OK, "green, 3 nodes"),
        ("yellow", 5, Level.WARNING, "yellow, 5 shards unassigned, 3 nodes"),
        ("red", 12, Level.CRITICAL, "red, 12 shards unassigned, 3 nodes"),
        ("mauve", 0, Level.UNKNOWN, "mauve, 3 nodes"),
        (None, 0, Level.UNKNOWN, "no status, 3 nodes"),
    ],
)
async def test_every_health_of_a_cluster(
    status: str | None, missing: int, level: Level, said: str
) -> None:
    whole = answers() | {"/_cluster/health": health(status, missing)}
    async with tool_double(whole) as double:
        read = await read_tool(ToolKind.ELASTICSEARCH, double.url, only=("nothing",))
    assert read.version == "8.15.3"
    assert [(f.level, f.name, f.text) for f in read.findings] == [(level, "cluster logs", said)]


async def test_opensearch_says_which_of_both_it_is() -> None:
    about = {"version": {"distribution": "opensearch", "number": "2.11.1"}}
    async with tool_double(answers() | {"/": about}) as double:
        read = await read_tool(ToolKind.ELASTICSEARCH, double.url)
    assert read.version == "opensearch 2.11.1"


async def test_a_query_is_counted_and_its_newest_are_shown() -> None:
    both = [
        hit(1, **{"@timestamp": AT, "message": "boom", "host": {"name": "web-1"}}),
        hit(2, **{"@timestamp": 1772334000000, "log": "ouch", "host.name": "web-2:9200"}),
    ]
    named = hit(3, service={"name": "shop"}, hostname="web-3", msg="alas")
    several = found(*both, named, total={"value": 37, "relation": "eq"})
    async with tool_double(answers(several)) as double:
        read = await read_tool(
            ToolKind.ELASTICSEARCH,
            double.url,
            token=True,
            query="level:error AND NOT app:probe",
            account="shop-*,web-*",
        )
        asked: Asked = double.asked[2]
    assert len(double.asked) == 3
    assert [(f.host, f.name, f.text) for f in read.findings if f.name != "cluster logs"] == [
        ("", "matches", "37 in the last 15 minutes"),
        ("web-1", "shop-2026.03.01", "boom"),
        ("web-2", "shop-2026.03.01", "ouch"),
        ("web-3", "shop", "alas"),
    ]
    assert {f.level for f in read.findings} == {Level.WARNING, Level.OK}
    times = [f.since.timestamp() for f in read.findings if f.since is not None]
    assert times == [1772333970.123, 1772334000.0]
    assert (asked.method, asked.query) == ("POST", {"ignore_unavailable": ["true"]})
    assert asked.headers["authorization"] == f"ApiKey {SECRET}"
    assert asked.json["query"]["bool"] == {
        "must": [{"query_string": {"query": "level:error AND NOT app:probe"}}],
        "filter": [{"range": {"@timestamp": {"gte": "now-15m"}}}],
    }
    assert asked.json["size"] == 10


@pytest.mark.parametrize(
    ("search", "level", "said"),
    [
        (found(), Level.OK, "0 in the last 15 minutes"),
        (found(total=4), Level.WARNING, "4 in the last 15 minutes"),
        (
            found(total={"value": 10_000, "relation": "gte"}),
            Level.WARNING,
            "10,000 or more in the last 15 minutes",
        ),
        (found(timed_out=True), Level.UNKNOWN, "0 in the last 15 minutes; timed out"),
        (
            found(_shards={"total": 5, "failed": 2}),
            Level.UNKNOWN,
            "0 in the last 15 minutes; 2 of 5 shards failed",
        ),
        (found(_shards={"total": 0, "failed": 0}), Level.UNKNOWN, "no index bears this name"),
    ],
)
async def test_what_is_found_and_what_could_not_be_searched(
    search: Any, level: Level, said: str
) -> None:
    async with tool_double(answers(search)) as double:
        read = await read_tool(
            ToolKind.ELASTICSEARCH, double.url, user="ops", query="*", account="shop-*,web-*"
        )
    matches = next(f for f in read.findings if f.name == "matches")
    assert (matches.level, matches.text) == (level, said)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_login_for_indices_alone_is_of_use_for_a_query(status: int) -> None:
    said = answers(found()) | {"/_cluster/health": (status, "")}
    async with tool_double(said) as double:
        read = await read_tool(
            ToolKind.ELASTICSEARCH, double.url, query="*", account="shop-*,web-*"
        )
        assert {f.name: f.level for f in read.findings} == {
            "cluster": Level.UNKNOWN,
            "matches": Level.OK,
        }
        with pytest.raises(ToolSilent, match=f"answers {status}"):
            await read_tool(ToolKind.ELASTICSEARCH, double.url)


async def test_an_index_never_leaves_its_place_in_the_path() -> None:
    async with tool_double(answers() | {"/..%2F_all%3Fx/_search": found()}) as double:
        await read_tool(ToolKind.ELASTICSEARCH, double.url, query="*", account="../_all?x")
        assert double.asked[2].path == "/..%2F_all%3Fx/_search"


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    whole = answers(found(hit(1, **{"@timestamp": AT, "message": "m", "host": {"name": "h"}})))
    await bears_damage(ToolKind.ELASTICSEARCH, whole, query="*", account="shop-*,web-*")


@pytest.mark.parametrize(
    "wrong", [{}, [], {"hits": {"total": "many"}}, found(total={"value": "x"})]
)
async def test_what_is_no_elasticsearch_is_silent(wrong: Any) -> None:
    async with tool_double(answers(wrong)) as double:
        with pytest.raises(ToolSilent, match="not that of an Elasticsearch"):
            await read_tool(ToolKind.ELASTICSEARCH, double.url, query="*", account="shop-*,web-*")


async def test_a_query_that_it_refuses_is_said() -> None:
    refused = (400, {"error": {"type": "parse_exception", "reason": "Cannot parse"}})
    async with tool_double(answers(refused)) as double:
        with pytest.raises(ToolSilent, match=r"answers 400.*Cannot parse"):
            await read_tool(ToolKind.ELASTICSEARCH, double.url, query="((", account="shop-*,web-*")
