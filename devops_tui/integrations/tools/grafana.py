"""Grafana: the alerts of its own rules, the rules that it cannot evaluate, and its database.

Source: Grafana, "HTTP API": health, and the Prometheus- and Alertmanager-compatible endpoints of
"Alerting"; the states are those of "Alert rule state and health".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
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
    text,
)
from devops_tui.integrations.tools.prometheus import severity
from devops_tui.ports.tool import ToolWeb

MOST_ALERTS = 50
"""Of one rule, worst first: Grafana sorts them before it cuts."""

Identity = frozenset[tuple[str, str]]

_WORDS = {"nodata": "no data", "error": "cannot be evaluated"}
_NOT_WELL = ("alerting", "pending", "recovering", "error", "nodata")
_STATES = ("inactive", "pending", "firing", "recovering", "normal")
_OF_THE_SOURCE = ("datasource_uid", "ref_id", "rulename")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Three questions, of which the one for silences may be refused; raises ToolSilent."""
    health = await web.json("/api/health")
    answer = await web.json(
        "/api/prometheus/grafana/api/v1/rules", {"limit_alerts": str(MOST_ALERTS)}
    )
    silenced = await _silenced(web)
    with expecting("a Grafana"):
        groups = answer["data"]["groups"]
        found = list(_rules(groups, silenced, settings.url))
        read = reading(text(health.get("version")), found, settings, _itself(health, groups))
        return replace(read, left_out=read.left_out + _cut(groups, settings))


async def _silenced(web: ToolWeb) -> frozenset[Identity]:
    """Whose notifications are silenced; none where the login may not know it."""
    try:
        answer = await web.json(
            "/api/alertmanager/grafana/api/v2/alerts",
            {"active": "false", "silenced": "true", "inhibited": "true"},
        )
    except ToolRefused:  # the rules have been read: better loud than unread
        return frozenset()
    with expecting("a Grafana"):
        quiet = (e for e in entries(answer) if e["status"]["state"] == "suppressed")
        return frozenset(_identity(each["labels"]) for each in quiet)


def _identity(labels: Mapping[str, Any]) -> Identity:
    """The same for an alert of a rule and for the notification about it.

    Grafana renames those of a rule without data, and adds labels of its own.
    """
    name = text(labels.get("rulename")) or text(labels.get("alertname"))
    kept = {
        key: text(value)
        for key, value in labels.items()
        if not key.startswith("__") and key not in _OF_THE_SOURCE
    }
    return frozenset({**kept, "alertname": name}.items())


def _itself(health: JsonObject, groups: Any) -> Iterator[Finding]:
    """A login that may see no folder is answered without rules, and without an error."""
    said = text(health["database"])
    if said != "ok":
        yield Finding("database", Level.CRITICAL, "Grafana's database", said or "does not say")
    if not any(group["rules"] for group in entries(groups)):
        none = "no alert rule is to be seen: may the login see their folders?"
        yield Finding("rules", Level.UNKNOWN, "alert rules", none)


def _rules(groups: Any, silenced: frozenset[Identity], url: str) -> Iterator[Finding]:
    for group in entries(groups):
        for rule in entries(group["rules"]):
            name = text(rule["name"])
            uid = text(rule.get("uid"))
            rule_id = uid or f"{text(group.get('file'))}/{text(group['name'])}/{name}"
            place = f"{url}/alerting/grafana/{quote(uid, safe='')}/view" if uid else ""
            alerts = list(_alerts(rule, rule_id, place, silenced))
            yield from alerts
            yield from _rule(rule, rule_id, place, alerts)


def _cut(groups: Any, settings: ToolSettings) -> int:
    """Alerts that are not well, and were not sent because their rule has too many."""
    most = 0
    for group in entries(groups):
        for rule in entries(group["rules"]):
            totals = rule.get("totals") or {}
            counts = (totals.get(state, 0) for state in _NOT_WELL)
            bad = sum(n for n in counts if isinstance(n, int))
            if settings.concerns(text(rule["name"])):
                most += max(0, bad - MOST_ALERTS)
    return most


def _alerts(
    rule: JsonObject, rule_id: str, place: str, silenced: frozenset[Identity]
) -> Iterator[Finding]:
    for alert in entries(rule.get("alerts") or []):
        labels, notes = alert["labels"], alert.get("annotations") or {}
        state, _, reason = text(alert["state"]).lower().partition(" ")
        level = _level(state, labels)
        if level is None:
            continue
        said = text(notes.get("summary") or notes.get("description"))
        yield Finding(
            id=f"alert {rule_id} " + " ".join(f"{k}={text(labels[k])}" for k in sorted(labels)),
            level=level,
            name=text(rule["name"]),
            text=": ".join(t for t in (_words(state, reason.strip("()")), said) if t),
            host=host_of(labels.get("instance") or labels.get("host")),
            since=moment(alert.get("activeAt")),
            url=place,
            is_quiet=_identity(labels) in silenced,
        )


def _level(state: str, labels: Any) -> Level | None:
    """None for an alert that is well."""
    if state in ("alerting", "firing"):
        return severity(labels)
    if state in ("pending", "recovering"):
        return Level.WARNING
    return None if state in ("normal", "inactive") else Level.UNKNOWN


def _words(state: str, reason: str) -> str:
    if state == "pending":
        return "about to fire"
    if state == "recovering":
        return state
    if state in ("alerting", "firing"):
        return _WORDS.get(reason, reason)
    return _WORDS.get(state, f"state {state}")


def _rule(rule: JsonObject, rule_id: str, place: str, alerts: list[Finding]) -> Iterator[Finding]:
    """What a rule says beside its alerts: it fires, is paused, or is not evaluated."""
    state, health = text(rule.get("state")).lower(), text(rule["health"]).lower()
    if rule.get("type") == "recording":  # it writes figures, and never fires
        state = "inactive"
    is_unknown = any(f.level is Level.UNKNOWN for f in alerts)
    level, said, is_quiet = Level.UNKNOWN, "", False
    if rule.get("isPaused") is True:
        said, is_quiet = "paused there", True
    elif state == "firing" and not any(f.level is not Level.UNKNOWN for f in alerts):
        level = severity(rule.get("labels"))
    elif health == "error" and not is_unknown:
        said = text(rule.get("lastError")) or _WORDS["error"]
    elif health == "nodata" and not alerts:
        said, is_quiet = "no data, which the rule takes for well", True
    elif health == "unknown":
        said = "not evaluated yet"
    elif health not in ("ok", "error", "nodata") or state not in _STATES:
        said = f"state {state or 'none'}, health {health or 'none'}"
    else:
        return
    yield Finding(f"rule {rule_id}", level, text(rule["name"]), said, url=place, is_quiet=is_quiet)
