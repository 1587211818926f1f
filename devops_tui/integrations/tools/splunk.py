"""Splunk: alerts that fired and have not expired, and the health of splunkd by its features.

Source: Splunk, "REST API Reference Manual": server/health/splunkd/details, alerts/fired_alerts
("-" for all of them), output_mode=json; severities as in "savedsearches.conf".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from devops_tui.domain.errors import ToolRefused
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.ports.tool import ToolWeb

MOST_FIRED = 1000
"""So many firings are read, the newest; one alert may have many of them."""

DEEPEST = 8
"""Features hold features; Splunk's own tree has three floors."""

_SEVERITIES = {
    **dict.fromkeys(("1", "2", "3"), Level.WARNING),  # debug, info, warn
    **dict.fromkeys(("4", "5", "6"), Level.CRITICAL),  # error, severe, fatal
}
_COLOURS = {"green": Level.OK, "yellow": Level.WARNING, "red": Level.CRITICAL}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Two questions; raises ToolSilent."""
    fired = await web.json(
        "/servicesNS/-/-/alerts/fired_alerts/-",
        {
            "output_mode": "json",
            "count": str(MOST_FIRED),
            "sort_key": "trigger_time",
            "sort_dir": "desc",
        },
    )
    found = await _health(web)
    with expecting("a Splunk"):
        version = text(fired["generator"]["version"])
        read = reading(version, [*found, *_alerts(fired["entry"])], settings)
        total = (fired.get("paging") or {}).get("total")
        older = total - len(fired["entry"]) if isinstance(total, int) else 0
        return replace(read, left_out=read.left_out + max(0, older))


async def _health(web: ToolWeb) -> list[Finding]:
    """Unknown where the login may not read it: that needs the capability list_health."""
    try:
        answer = await web.json("/services/server/health/splunkd/details", {"output_mode": "json"})
    except ToolRefused as error:
        if error.status not in (401, 403, 404):
            raise
        said = f"may not be read ({error.status}): that needs the capability list_health"
        return [Finding("health", Level.UNKNOWN, "splunkd", said)]
    with expecting("a Splunk"):
        whole = answer["entry"][0]["content"]
        said = text(whole["health"])
        first = Finding("health", _colour(said), "splunkd", said or "no health")
        return [first, *_features(whole, "", 0)]


def _colour(said: str) -> Level:
    return _COLOURS.get(said.lower(), Level.UNKNOWN)


def _features(node: JsonObject, path: str, depth: int) -> Iterator[Finding]:
    """The lowest features that are not green, with their reasons."""
    for name, feature in (node.get("features") or {}).items():
        if feature.get("disabled") is True:
            continue
        here = f"{path} / {name}" if path else name
        if feature.get("features") and depth < DEEPEST:
            yield from _features(feature, here, depth + 1)
            continue
        level = _colour(text(feature["health"]))
        if level is not Level.OK:
            said = _reasons(feature) or text(feature["health"]) or "no health"
            yield Finding(f"health {here}", level, here, said)


def _reasons(feature: JsonObject) -> str:
    """By colour, then by number."""
    by_colour = feature.get("reasons") or {}
    found = [
        text(reason.get("reason"))
        for colour in ("red", "yellow")
        for reason in (by_colour.get(colour) or {}).values()
    ]
    return "; ".join(f for f in found if f)


def _alerts(fired: Any) -> list[Finding]:
    """One for each alert: its newest firing, and how many there are."""
    count: dict[str, int] = {}
    newest: dict[str, tuple[float, JsonObject, str]] = {}
    for entry in entries(fired):
        content, acl = entry["content"], entry.get("acl") or {}
        name = text(content["savedsearch_name"])
        key = f"alert {text(acl.get('app'))} {text(acl.get('owner'))} {name}"
        at = float(text(content["trigger_time"]))
        count[key] = count.get(key, 0) + 1
        if key not in newest or at > newest[key][0]:
            newest[key] = at, content, text(acl.get("app"))
    return [
        Finding(
            id=key,
            level=_SEVERITIES.get(text(content["severity"]), Level.UNKNOWN),
            name=text(content["savedsearch_name"]),
            text=_said(content, count[key], app),
            since=of_epoch(at),
        )
        for key, (at, content, app) in newest.items()
    ]


def _said(content: JsonObject, count: int, app: str) -> str:
    parts = [f"fired {'once' if count == 1 else f'{count} times'}"]
    results = content.get("triggered_alerts")
    if results not in (None, "", 1, "1"):
        parts.append(f"{text(results)} results")
    if app:
        parts.append(f"app {app}")
    ends = text(content.get("expiration_time_rendered"))
    return ", ".join(parts) + (f", kept until {ends}" if ends else "")
