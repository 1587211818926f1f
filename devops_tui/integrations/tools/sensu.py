"""Sensu Go: events of a namespace that are not well, and whether events come in at all.

Source: Sensu Go, "API": /version, core/v2/namespaces/NAMESPACE/events, "API response
filtering" (field selectors), "Events reference". `account` is the namespace.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.integrations.tools.monitors import itself
from devops_tui.ports.tool import ToolWeb

MOST = 1000
"""Events that are read of the critical ones, and of the others; each takes about 6 KB."""

SAMPLE = 100
"""Events by which it is seen that events come in; entities of five hosts have so many."""

STILL_S = 900.0
"""An agent sends a keepalive every twenty seconds."""

_LEVELS = {0: Level.OK, 1: Level.WARNING, 2: Level.CRITICAL}
_KEEPALIVE = "keepalive"


def now() -> float:
    """Sensu does not tell its own."""
    return time.time()


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Four bounded questions; raises ToolSilent."""
    said = await web.json("/version")
    with expecting("a Sensu Go"):
        version = text(said["sensu_backend"]).partition("#")[0]
    grave = await _events(web, settings, 'event.check.status == "2"', MOST)
    mild = await _events(web, settings, 'event.check.status notin ["0","2"]', MOST)
    some = await _events(web, settings, "", SAMPLE)
    with expecting("a Sensu Go"):
        checks = [e for e in (*grave, *mild) if _has_check(e) and _status(e) != 0]
        silent = {_entity(e): _is_quiet(e) for e in checks if _name(e) == _KEEPALIVE}
        found = [_finding(e, silent) for e in checks]
        why_not = _why_not(some, settings)
        own = itself(settings, why_not, f"the namespace {_namespace(settings)}")
        made = reading(version, found, settings, own=[own])
        # how many more there are is not told
        beyond = sum(len(events) >= MOST for events in (grave, mild))
        return replace(made, left_out=made.left_out + beyond)


async def _events(
    web: ToolWeb, settings: ToolSettings, selector: str, limit: int
) -> list[JsonObject]:
    path = f"/api/core/v2/namespaces/{quote(_namespace(settings), safe='')}/events"
    query = {"limit": str(limit)} | ({"fieldSelector": selector} if selector else {})
    said = await web.json(path, query)
    with expecting("a Sensu Go"):
        return list(entries(said))


def _namespace(settings: ToolSettings) -> str:
    return settings.account or "default"


def _why_not(some: list[JsonObject], settings: ToolSettings) -> str:
    newest = max((float(each["timestamp"]) for each in some), default=0.0)
    if not newest:
        return f"it shows this login no event in the namespace {_namespace(settings)}"
    old_s = now() - newest
    return f"no new event for {old_s / 60:.0f} min" if old_s > STILL_S else ""


def _finding(event: JsonObject, silent: dict[str, bool]) -> Finding:
    """What is said of an entity that sends no keepalive is not known to hold."""
    check, host, name = event["check"], _entity(event), _name(event)
    level, said = _LEVELS.get(_status(event), Level.UNKNOWN), text(check["output"])
    is_quiet = _is_quiet(event)
    if check.get("state") == "flapping":
        said = f"flapping: {said}"
    if name != _KEEPALIVE and host in silent:
        level, said = Level.UNKNOWN, f"its host sends no keepalive: {said}"
        is_quiet = is_quiet or silent[host]
    since = of_epoch(_since(check))
    return Finding(f"{host}!{name}", level, name, said, host, since, is_quiet=is_quiet)


def _since(check: JsonObject) -> Any:
    """The first of the results that were not well in a row, as far as they are kept."""
    first: Any = check.get("executed")
    for result in reversed(list(entries(check.get("history") or []))):
        if result["status"] == 0:
            return first
        first = result["executed"]
    return check.get("last_ok") or first


def _has_check(event: JsonObject) -> bool:
    return bool(event.get("check"))  # an event of figures alone has none


def _status(event: JsonObject) -> int:
    return int(event["check"]["status"])


def _name(event: JsonObject) -> str:
    return text(event["check"]["metadata"]["name"])


def _entity(event: JsonObject) -> str:
    return text(event["entity"]["metadata"]["name"])


def _is_quiet(event: JsonObject) -> bool:
    check = event["check"]
    return check.get("is_silenced") is True or bool(check.get("silenced"))
