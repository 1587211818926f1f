"""Elasticsearch and OpenSearch: the health of the cluster, and what a query of yours finds.

Source: Elasticsearch, "REST APIs": info, cluster health, search with a query_string query;
OpenSearch's of the same names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from devops_tui.domain.errors import ToolRefused
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import (
    JsonObject,
    entries,
    expecting,
    host_of,
    moment,
    of_epoch,
    text,
)
from devops_tui.integrations.tools.monitors import counted
from devops_tui.ports.tool import ToolWeb

MINUTES = 15
"""How far back a query looks."""

NEWEST = 10
"""Of what it finds so many are shown; the others are counted."""

_REFUSED = (403, 404, 410)
"""A managed Elasticsearch has no cluster of its own: 404 or 410."""

_HEALTH = {"green": Level.OK, "yellow": Level.WARNING, "red": Level.CRITICAL}
_SAID = ("message", "log.original", "event.original", "log", "msg", "error.message")
_HOST = ("host.name", "host.hostname", "host", "hostname", "kubernetes.node.name", "agent.hostname")
_NAME = ("service.name", "kubernetes.container.name", "container.name", "service", "app")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Two or three questions; raises ToolSilent."""
    with expecting("an Elasticsearch"):
        version, standing = await _itself(web, may_fail=bool(settings.query))
        # what a login may never read is no doubt about what it may
        own = [standing] if version else []
        found = [] if version else [standing]
        if settings.query:
            answer = await web.post(
                f"/{quote(settings.account or '*', safe='*,-')}/_search",
                _question(settings.query),
                {"ignore_unavailable": "true"},
            )
            own.append(_count(answer))
            found += _hits(answer)
        return reading(version, found, settings, own)


async def _itself(web: ToolWeb, *, may_fail: bool) -> tuple[str, Finding]:
    """Version and health; a login for indices alone may read neither, and is of use for a query."""
    try:
        about = (await web.json("/"))["version"]
        health = await web.json("/_cluster/health")
    except ToolRefused as error:
        if not may_fail or error.status not in _REFUSED:
            raise
        said = f"its health may not be read ({error.status}): that needs `monitor` of the cluster"
        return "", Finding("cluster", Level.UNKNOWN, "cluster", said)
    parts = (text(about.get("distribution")), text(about["number"]))
    return " ".join(p for p in parts if p), _cluster(health)


def _cluster(health: JsonObject) -> Finding:
    status = text(health["status"])
    missing, nodes = health["unassigned_shards"], health["number_of_nodes"]
    if not isinstance(missing, int) or not isinstance(nodes, int):
        raise TypeError("a count")
    parts = [status or "no status"]
    if missing:
        parts.append(f"{counted(missing, 'shard')} unassigned")
    parts.append(counted(nodes, "node"))
    level = _HEALTH.get(status.lower(), Level.UNKNOWN)
    return Finding("cluster", level, f"cluster {text(health['cluster_name'])}", ", ".join(parts))


def _question(query: str) -> JsonObject:
    return {
        "size": NEWEST,
        "timeout": "10s",
        "track_total_hits": True,
        "query": {
            "bool": {
                "must": [{"query_string": {"query": query}}],
                "filter": [{"range": {"@timestamp": {"gte": f"now-{MINUTES}m"}}}],
            }
        },
        "sort": [{"@timestamp": {"order": "desc", "unmapped_type": "date"}}],
        "_source": ["@timestamp", *_SAID, *_HOST, *_NAME],
    }


def _count(answer: JsonObject) -> Finding:
    """What is found, as a number; unknown where not everything could be searched."""
    total = answer["hits"]["total"]
    count, about = (
        (total["value"], total.get("relation")) if isinstance(total, dict) else (total, "")
    )
    if not isinstance(count, int):
        raise TypeError("a count")
    said = f"{count:,}{' or more' if about == 'gte' else ''} in the last {MINUTES} minutes"
    shards = answer["_shards"]
    failed = shards["failed"]
    if answer.get("timed_out") is not False or failed:
        cause = (
            f"{text(failed)} of {text(shards['total'])} shards failed" if failed else "timed out"
        )
        return Finding("matches", Level.UNKNOWN, "matches", f"{said}; {cause}")
    if not shards["total"]:
        return Finding("matches", Level.UNKNOWN, "matches", "no index bears this name")
    return Finding("matches", Level.WARNING if count else Level.OK, "matches", said)


def _hits(answer: JsonObject) -> Iterator[Finding]:
    for hit in entries(answer["hits"]["hits"]):
        source = hit.get("_source") or {}
        yield Finding(
            id=f"{text(hit['_index'])} {text(hit['_id'])}",
            level=Level.WARNING,
            name=_first(source, _NAME) or text(hit["_index"]),
            text=_first(source, _SAID),
            host=host_of(_first(source, _HOST)),
            since=_at(source),
        )


def _at(source: JsonObject) -> Any:
    found = source.get("@timestamp")
    if isinstance(found, int | float):
        return of_epoch(found / 1000)
    return moment(found)


def _first(source: JsonObject, names: Sequence[str]) -> str:
    """A field by its path, whether the document has it nested or with dots in its name."""
    for name in names:
        found: Any = source.get(name)
        if found is None:
            found = source
            for part in name.split("."):
                found = found.get(part) if isinstance(found, dict) else None
        if text(found):
            return text(found)
    return ""
