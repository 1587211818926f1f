"""Alertmanager: the alerts that it tells people, and those that are silenced.

Source: Alertmanager, "API v2" (its OpenAPI description): status, alerts.
"""

from __future__ import annotations

from devops_tui.domain.tool import Finding, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import entries, expecting, host_of, moment, text
from devops_tui.integrations.tools.prometheus import severity
from devops_tui.ports.tool import ToolWeb


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Two questions; raises ToolSilent."""
    status = await web.json("/api/v2/status")
    alerts = await web.json("/api/v2/alerts")
    found = []
    with expecting("an Alertmanager"):
        version = text(status["versionInfo"]["version"])
        for each in entries(alerts):
            labels, notes = each["labels"], each.get("annotations") or {}
            state = each["status"]["state"]
            finding = Finding(
                id=text(each["fingerprint"]),
                level=severity(labels),
                name=text(labels.get("alertname")) or "alert",
                text=text(notes.get("summary") or notes.get("description")),
                host=host_of(labels.get("instance")),
                since=moment(each.get("startsAt")),
                url=text(each.get("generatorURL")),
                is_quiet=state == "suppressed",
            )
            found.append(finding)
        return reading(version, found, settings)
