"""Pinpoint: whether the agents of an application run, and the errors that they told of lately.

Source: Pinpoint's web module (3.0 and 3.1), its REST controllers: configuration, serverTime,
agents/search-application (3.0) or agents/overview (3.1), errors/errorList/groupBy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from devops_tui.domain.errors import ToolRefused
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.ports.tool import ToolWeb

HOUR_MS = 3_600_000
"""An agent that has ended is told of for so long; with a release its host starts a new one."""

RECENT_MS = 900_000
"""Errors of so long ago are told of."""

MOST_ERRORS = 50

RUNNING, SHUT_DOWN = "100", "200"

_LEVELS = {
    RUNNING: Level.OK,
    SHUT_DOWN: Level.WARNING,
    "201": Level.CRITICAL,  # shut down unexpectedly
    "300": Level.CRITICAL,  # disconnected
}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Four questions, of which the one for errors may be refused; raises ToolSilent."""
    configuration = await web.json("/api/configuration")
    clock = await web.json("/api/serverTime")
    with expecting("a Pinpoint"):
        version = text(configuration["version"])
        now = int(clock["currentServerTime"])
        is_old = version.startswith("3.0")
        place = "/api/agents/" + ("search-application" if is_old else "overview")
        answer = await web.json(place, _of(settings.account, now - HOUR_MS, now))
        agents = list(_agents(answer))
        found = [*_stood(agents), *await _errors(web, settings.account, now)]
        own = [] if agents else [_nobody(settings.account)]
        return reading(version, found, settings, own)


def _of(application: str, since_ms: int, until_ms: int) -> dict[str, str]:
    return {"application": application, "from": str(since_ms), "to": str(until_ms)}


def _agents(answer: Any) -> Iterator[JsonObject]:
    """3.0 groups them by host, 3.1 does not."""
    for each in entries(answer):
        if "instancesList" in each:
            yield from entries(each["instancesList"])
        else:
            yield each


def _nobody(application: str) -> Finding:
    said = f"no agent of {application} ran in the last hour: is `account` its name there?"
    return Finding("agents", Level.UNKNOWN, "agents", said)


def _stood(agents: list[JsonObject]) -> list[Finding]:
    """An agent that was shut down in order is no trouble while others run: releases do that."""
    found = [(_agent(each), _code(each)) for each in agents]
    is_up = any(code == RUNNING for _, code in found)
    return [replace(f, is_quiet=is_up and code == SHUT_DOWN) for f, code in found]


def _code(agent: JsonObject) -> str:
    state = (agent.get("status") or {}).get("state") or {}
    return text(state.get("code"))


def _agent(agent: JsonObject) -> Finding:
    name, status = text(agent["agentId"]), agent.get("status") or {}
    state = status.get("state") or {}
    said = text(state.get("desc")) or "no state"
    of = text(agent.get("agentVersion"))
    return Finding(
        id=f"agent {name}",
        level=_LEVELS.get(_code(agent), Level.UNKNOWN),
        name=text(agent.get("agentName")) or name,
        text=f"{said}, agent {of}" if of else said,
        host=text(agent.get("hostName")),
        since=_at(status.get("eventTimestamp")),
    )


async def _errors(web: ToolWeb, application: str, now: int) -> list[Finding]:
    """By their class; none where Pinpoint runs without its module for errors."""
    question = {
        "applicationName": application,
        "from": str(now - RECENT_MS),
        "to": str(now),
        "groupBy": "Error Class Name",
    }
    try:
        answer = await web.json("/api/errors/errorList/groupBy", question)
    except ToolRefused as error:
        if error.status not in (403, 404):
            raise
        return []
    found = [_error(each) for each in entries(answer)]
    return found[:MOST_ERRORS]


def _error(group: JsonObject) -> Finding:
    name = text((group.get("groupedFieldName") or {}).get("errorClassName"))
    name = name or text(group["mostRecentErrorClass"])
    message = text(group.get("mostRecentErrorMessage"))
    count = f"{text(group['count'])} in the last {RECENT_MS // 60_000} minutes"
    return Finding(
        id=f"error {name}",
        level=Level.WARNING,
        name=name,
        text=f"{count}: {message}" if message else count,
        since=_at(group.get("firstOccurred")),
    )


def _at(milliseconds: Any) -> datetime | None:
    return of_epoch(milliseconds / 1000) if isinstance(milliseconds, int | float) else None
