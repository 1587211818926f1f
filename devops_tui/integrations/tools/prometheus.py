"""Prometheus: its alerts that fire or are about to, and the targets that it cannot fetch.

Source: Prometheus, "HTTP API": status/buildinfo, alerts, targets. VictoriaMetrics' vmalert
answers the same for alerts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import entries, expecting, host_of, moment, text
from devops_tui.ports.tool import ToolWeb


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Three questions; raises ToolSilent."""
    built = await web.json("/api/v1/status/buildinfo")
    alerts = await web.json("/api/v1/alerts")
    targets = await web.json("/api/v1/targets", {"state": "active"})
    with expecting("a Prometheus"):
        version = text(built["data"]["version"])
        found = [*_alerts(alerts["data"]["alerts"]), *_targets(targets["data"]["activeTargets"])]
        return reading(version, found, settings)


def severity(labels: Any) -> Level:
    """By the label that everybody uses; without one an alert is grave."""
    said = text(labels.get("severity")).lower() if isinstance(labels, dict) else ""
    return Level.WARNING if said in ("warning", "warn", "info", "none", "low") else Level.CRITICAL


def _alerts(found: Any) -> Iterator[Finding]:
    for each in entries(found):
        labels, notes = each["labels"], each.get("annotations") or {}
        name = text(labels["alertname"])
        is_firing = each["state"] == "firing"
        said = text(notes.get("summary") or notes.get("description"))
        yield Finding(
            id="alert " + " ".join(f"{k}={text(labels[k])}" for k in sorted(labels)),
            level=severity(labels) if is_firing else Level.WARNING,
            name=name,
            text=said if is_firing else f"about to fire: {said}".rstrip(": "),
            host=host_of(labels.get("instance")),
            since=moment(each.get("activeAt")),
        )


def _targets(found: Any) -> Iterator[Finding]:
    for each in entries(found):
        if each["health"] != "up":
            labels = each["labels"]
            place = text(labels.get("instance"))
            unknown = each["health"] != "down"
            yield Finding(
                id=f"target {text(labels.get('job'))} {place}",
                level=Level.UNKNOWN if unknown else Level.CRITICAL,
                name=f"target {text(labels.get('job'))}",
                text="not fetched yet" if unknown else text(each.get("lastError")),
                host=host_of(place),
                since=moment(each.get("lastScrape")),
                url=text(each.get("scrapeUrl")),
            )
