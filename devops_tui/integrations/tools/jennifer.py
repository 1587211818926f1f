"""JENNIFER 5: the events of a domain in the last minutes, and how many of its instances live.

Source: JENNIFER 5, "API Reference" (its OpenAPI description, 5.6.4): domain, instance,
dbsearch/event; the token goes as its "Open API" manual says (5.5.3 and newer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import (
    JsonObject,
    entries,
    expecting,
    moment,
    of_epoch,
    text,
)
from devops_tui.integrations.tools.monitors import counted
from devops_tui.ports.tool import ToolWeb

MINUTES = 15
"""How far back events are told of."""

LEAST_MS = 10_000_000_000
"""A number of a time is of milliseconds from here on: seconds reach it in the year 2286."""

_LEVELS = {"fatal": Level.CRITICAL, "warning": Level.WARNING, "normal": Level.OK}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Three questions; raises ToolSilent."""
    domains = await web.json("/api/domain")
    with expecting("a JENNIFER"):
        domain = _domain(domains["result"], settings.account)
        number = {"domain_id": text(domain["domainId"])}
        instances = await web.json("/api/instance", number)
        hosts = {
            text(each["instanceId"]): text(each.get("hostName"))
            for each in entries(instances["result"])
        }
        until = datetime.now(UTC)
        span = {"start_time": _ms(until - timedelta(minutes=MINUTES)), "end_time": _ms(until)}
        events = await web.json("/api/dbsearch/event", number | span)
        own = [_itself(domain)]
        return reading("", _newest(events["result"], hosts), settings, own)


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _domain(domains: Any, account: str) -> JsonObject:
    """By its number or its name."""
    for each in entries(domains):
        if account in (text(each["domainId"]), text(each.get("name"))):
            return each
    raise ToolSilent(f"JENNIFER has no domain {account} for this token", "See `account:`.")


def _itself(domain: JsonObject) -> Finding:
    counts = domain["instanceCount"]
    live, stopped, bare = (counts[each] for each in ("live", "stopped", "unlicensed"))
    if not all(isinstance(each, int) for each in (live, stopped, bare)):
        raise TypeError("a count")
    level = Level.OK
    if stopped or bare:
        level = Level.WARNING if live else Level.CRITICAL
    elif not live:
        level = Level.UNKNOWN
    parts = [f"{counted(live, 'instance')} live", f"{stopped} stopped"]
    if bare:
        parts.append(f"{bare} without a licence")
    name = text(domain.get("name")) or text(domain["domainId"])
    return Finding("domain", level, f"domain {name}", ", ".join(parts))


def _newest(events: Any, hosts: Mapping[str, str]) -> Iterator[Finding]:
    """Of what is said of one thing the newest: an event of the level normal ends one."""
    newest: dict[str, tuple[float, JsonObject]] = {}
    count: dict[str, int] = {}
    for event in entries(events):
        level = text(event["eventLevel"]).lower()
        key = f"event {text(event['instanceId'])} {_about(event)}"
        at = _time(event.get("time"))
        stamp = at.timestamp() if at is not None else 0.0
        count[key] = count.get(key, 0) + (level != "normal")
        if key not in newest or stamp >= newest[key][0]:
            newest[key] = stamp, event
    for key, (_, event) in newest.items():
        if text(event["eventLevel"]).lower() != "normal":
            yield _finding(key, event, count[key], hosts)


def _about(event: JsonObject) -> str:
    return text(event.get("errorType")) or text(event.get("metricsName")) or "event"


def _finding(key: str, event: JsonObject, count: int, hosts: Mapping[str, str]) -> Finding:
    said = text(event.get("message")) or text(event.get("value"))
    parts = [text(event.get("instanceName")), text(event.get("applicationName")), said]
    if count > 1:
        parts.append(f"{count} times in {MINUTES} minutes")
    return Finding(
        id=key,
        level=_LEVELS.get(text(event["eventLevel"]).lower(), Level.UNKNOWN),
        name=_about(event),
        text="; ".join(p for p in parts if p),
        host=hosts.get(text(event["instanceId"]), ""),
        since=_time(event.get("time")),
    )


def _time(value: Any) -> datetime | None:
    """Milliseconds since 1970, as number or text, where no pattern was asked for."""
    found = text(value)
    if found.isascii() and found.isdigit():
        return of_epoch(int(found[:15]) / (1000 if int(found[:15]) >= LEAST_MS else 1))
    return moment(found)
