"""InfluxDB 1.x and 2.x: the rows of a query of yours that bear a level, and how it is itself.

Source: InfluxDB 1.x, "InfluxDB API": /ping, /query; InfluxDB 2.x, its OpenAPI description: /health,
/query (InfluxQL), /api/v2/orgs, /api/v2/checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from devops_tui.domain.errors import ToolRefused, ToolSilent
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
from devops_tui.ports.tool import ToolWeb

MOST_CHECKS = 100
"""That InfluxDB 2.x gives at once."""

OLD = "1.x"
"""What the version is called where it is told in a header alone."""

_LEVELS: Mapping[str, Level] = {
    **dict.fromkeys(("critical", "crit", "error", "err", "fatal"), Level.CRITICAL),
    **dict.fromkeys(("alert", "emerg", "emergency"), Level.CRITICAL),
    **dict.fromkeys(("warning", "warn"), Level.WARNING),
    **dict.fromkeys(("ok", "normal", "debug", "info", "notice"), Level.OK),
}
_LEVEL, _SAID, _NAME = ("level", "_level"), ("text", "message", "_message"), ("name", "_check_name")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """At most four questions; raises ToolSilent."""
    if settings.query:
        _check_reads(settings.query)
    with expecting("an InfluxDB"):
        version = text((await web.json("/ping", {"verbose": "true"})).get("version"))
        own: list[Finding] = []
        found: list[Finding] = []
        if not version:
            version, own = await _itself(web)
            if settings.account and not settings.query and version != OLD:
                found += await _checks(web, settings.account)
        if settings.query:
            found += await _asked(web, settings)
        return reading(version, found, settings, own)


def _check_reads(query: str) -> None:
    """A 1.x server carries out whatever it is asked, with GET too."""
    for statement in query.split(";"):
        words = re.findall(r"\w+", statement.upper())
        if words and (words[0] not in ("SELECT", "SHOW") or "INTO" in words):
            raise ToolSilent(
                "the query would write", "Only SELECT (without INTO) and SHOW are sent: `query:`."
            )


async def _itself(web: ToolWeb) -> tuple[str, list[Finding]]:
    """Of a server whose /ping says nothing: 2.x, or 1.x before it knew /health."""
    try:
        health = await web.json("/health")
    except ToolRefused as error:
        if error.status != 404:
            raise
        list(entries((await web.json("/query", {"q": "SHOW DATABASES"}))["results"]))
        return OLD, []
    return text(health.get("version")), list(_health(health))


def _health(health: JsonObject) -> Iterator[Finding]:
    """The instance, and the parts of it that it tells of."""
    for part in (health, *entries(health.get("checks") or [])):
        name, status = text(part["name"]), text(part["status"])
        if status != "pass":
            level = Level.CRITICAL if status == "fail" else Level.UNKNOWN
            said = text(part.get("message")) or f"status {status or 'none'}"
            yield Finding(f"health {name}", level, name, said)


async def _checks(web: ToolWeb, organisation: str) -> list[Finding]:
    """Checks of 2.x that cannot be run: what they found is in a bucket, for a query."""
    answer = await web.json("/api/v2/orgs", {"org": organisation})
    known = [text(each["id"]) for each in entries(answer["orgs"])]
    if not known:
        raise ToolSilent(f"there is no organisation {organisation}", "See `account:`.")
    listed = await web.json("/api/v2/checks", {"orgID": known[0], "limit": str(MOST_CHECKS)})
    return list(_run(listed["checks"]))


def _run(checks: Any) -> Iterator[Finding]:
    for check in entries(checks):
        status, is_off = text(check.get("lastRunStatus")), check.get("status") == "inactive"
        if status == "success" and not is_off:
            continue
        failed = text(check.get("lastRunError")) or f"its last run: {status or 'none yet'}"
        yield Finding(
            id=f"check {text(check['id'])}",
            level=Level.UNKNOWN,
            name=text(check["name"]),
            text="inactive there" if is_off else failed,
            since=moment(check.get("latestCompleted")),
            is_quiet=is_off,
        )


async def _asked(web: ToolWeb, settings: ToolSettings) -> list[Finding]:
    query = {"q": settings.query, "epoch": "s"}
    if settings.account:
        query["db"] = settings.account
    answer = await web.json("/query", query)
    newest: dict[str, tuple[float, Finding]] = {}
    for result in entries(answer["results"]):
        if result.get("error"):
            raise ToolSilent(
                f"the query is refused: {text(result['error'])[:200]}",
                "See `query:`, and `account:`, which is its database.",
            )
        for series in entries(result.get("series") or []):
            for at, finding in _rows(series):
                if finding.id not in newest or newest[finding.id][0] <= at:
                    newest[finding.id] = at, finding
    return [finding for _, finding in newest.values()]


def _rows(series: JsonObject) -> Iterator[tuple[float, Finding]]:
    """Findings with their time in seconds, of which the newest of an id counts."""
    columns, tags = series["columns"], series.get("tags") or {}
    if not any(name in _LEVEL for name in (*columns, *tags)):
        raise ToolSilent(
            "the rows of the query have no column `level`", 'Write SELECT ... AS "level": `query:`.'
        )
    for values in series["values"]:
        row = {**tags, **dict(zip(columns, values, strict=True))}
        at = row.get("time")
        yield (at if isinstance(at, int | float) else 0.0), _finding(text(series["name"]), row)


def _finding(measurement: str, row: Mapping[str, Any]) -> Finding:
    said = _first(row, _SAID)
    apart = {
        key: value
        for key, value in row.items()
        if isinstance(value, str) and key not in (*_LEVEL, *_SAID, "time")
    }
    figures = (
        f"{key} {value}"
        for key, value in row.items()
        if isinstance(value, int | float) and key != "time"
    )
    return Finding(
        id=f"{measurement} " + " ".join(f"{key}={apart[key]}" for key in sorted(apart)),
        level=_LEVELS.get(_first(row, _LEVEL).lower(), Level.UNKNOWN),
        name=_first(row, _NAME) or measurement,
        text=said or ", ".join(figures),
        host=host_of(row.get("host")),
        since=of_epoch(row.get("time")),
    )


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((text(row[name]) for name in names if row.get(name) is not None), "")
