"""Zabbix: its problems, the triggers that it cannot evaluate, and whether values come in.

Source: Zabbix, "API": api_jsonrpc.php; apiinfo.version, user.login, user.logout, problem.get,
trigger.get, host.get, item.get. A token goes as Bearer from 6.4 on, before that in the question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.integrations.tools.monitors import counted, itself
from devops_tui.ports.tool import ToolWeb

MOST = 1000
"""Problems that are read of the grave ones, and of the others."""

STILL_S = 900.0
"""Of a hundred items that Zabbix polls one is newer than that, where it polls at all."""

_GRAVE, _MILD = (3, 4, 5), (0, 1, 2)
_SEVERITIES: Mapping[str, tuple[str, Level]] = {
    "0": ("not classified", Level.WARNING),
    "1": ("information", Level.WARNING),
    "2": ("warning", Level.WARNING),
    "3": ("average", Level.CRITICAL),
    "4": ("high", Level.CRITICAL),
    "5": ("disaster", Level.CRITICAL),
}
# agent, simple check, internal, active agent, web, external, database, IPMI, SSH, Telnet, JMX,
# SNMP, HTTP agent, script: what is not sent by somebody else
_POLLED = (0, 3, 5, 7, 9, 10, 11, 12, 13, 14, 16, 19, 20, 21)


@dataclass(frozen=True, slots=True)
class _Session:
    """How questions are asked after the login."""

    web: ToolWeb
    key: str = ""
    is_header: bool = False

    async def ask(self, method: str, params: object) -> Any:
        """What a method answers.

        Raises:
            ToolSilent: It refuses, or this is no Zabbix.
        """
        body: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        headers = {}
        if self.key and self.is_header:
            headers = {"Authorization": f"Bearer {self.key}"}
        elif self.key:
            body["auth"] = self.key
        said = await self.web.post("/api_jsonrpc.php", body, None, headers)
        with expecting("a Zabbix"):
            if "error" in said:
                error = said["error"]
                words = f"{text(error['message'])} {text(error['data'])}".strip()
                raise ToolSilent(
                    f"Zabbix answers to {method}: {words[:200]}",
                    "Is the login right, and may its role use the API?",
                )
            return said["result"]


def now() -> float:
    """Zabbix does not tell its own: an hour of difference would be one of values, too."""
    return time.time()


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Seven to eleven bounded questions; raises ToolSilent.

    Cancel: a session that was opened by a password is left to Zabbix, which ends it.
    """
    version = await _Session(web).ask("apiinfo.version", [])
    with expecting("a Zabbix"):
        number = tuple(int(part) for part in version.split(".")[:2])
    user, secret = await web.login()
    session = _Session(web, secret, number >= (6, 4))
    if not user:
        return await _read(session, settings, version)
    name = "username" if number >= (5, 4) else "user"
    key = await _Session(web).ask("user.login", {name: user, "password": secret})
    if not isinstance(key, str) or not key.isalnum() or not key.isascii():
        raise ToolSilent("the answer is not that of a Zabbix", "It gave no session.")
    session = replace(session, key=key)
    try:
        found = await _read(session, settings, version)
    except Exception:
        await _leave(session)
        raise
    await _leave(session)
    return found


async def _leave(session: _Session) -> None:
    with suppress(ToolSilent):
        await session.ask("user.logout", [])


async def _read(session: _Session, settings: ToolSettings, version: str) -> Reading:
    hosts = await session.ask("host.get", {"countOutput": True, "monitored_hosts": True})
    newest = await _newest(session)
    problems = [*await _problems(session, _GRAVE), *await _problems(session, _MILD)]
    is_full = len(problems) >= MOST
    total = await session.ask("problem.get", {"countOutput": True}) if is_full else 0
    wanted = sorted({text(p.get("objectid")) for p in problems})
    hosts_of = await _hosts(session, {"triggerids": wanted}) if wanted else {}
    unknown = await _triggers(session, {"filter": {"state": 1}, "limit": 200})
    with expecting("a Zabbix"):
        found = [
            _problem(p, hosts_of[text(p["objectid"])], settings)
            for p in problems
            if text(p["objectid"]) in hosts_of  # of others the trigger or its host is disabled
        ]
        found += [_undecided(t, settings) for t in unknown]
        own = itself(settings, _why_not(int(hosts), newest), counted(int(hosts), "host"))
        made = reading(version, found, settings, own=[own])
        left = max(0, int(total) - len(problems))
        return replace(made, left_out=made.left_out + left)


async def _problems(session: _Session, severities: tuple[int, ...]) -> list[JsonObject]:
    said = await session.ask(
        "problem.get",
        {
            "output": ["eventid", "objectid", "clock", "name", "severity", "acknowledged",
                       "suppressed", "opdata"],
            "source": 0,
            "object": 0,
            "severities": severities,
            "sortfield": ["eventid"],
            "sortorder": "DESC",
            "limit": MOST,
        },
    )  # fmt: skip
    with expecting("a Zabbix"):
        return list(entries(said))


async def _triggers(session: _Session, wanted: Mapping[str, object]) -> list[JsonObject]:
    """Triggers that are evaluated: enabled, with their items and hosts."""
    said = await session.ask(
        "trigger.get",
        {
            "output": ["triggerid", "description", "error"],
            "selectHosts": ["host"],
            "monitored": True,
            "skipDependent": True,
            "expandDescription": True,
            **wanted,
        },
    )
    with expecting("a Zabbix"):
        return list(entries(said))


async def _hosts(session: _Session, wanted: Mapping[str, object]) -> dict[str, str]:
    found = await _triggers(session, wanted)
    with expecting("a Zabbix"):
        return {text(t["triggerid"]): _host(t) for t in found}


async def _newest(session: _Session) -> float:
    """When the newest value came of some items that Zabbix polls itself; 0 for never."""
    said = await session.ask(
        "item.get",
        {
            "output": ["lastclock"],
            "monitored": True,
            "filter": {"state": 0, "status": 0, "type": _POLLED},
            "sortfield": "itemid",
            "limit": 100,
        },
    )
    with expecting("a Zabbix"):
        return max((float(each["lastclock"]) for each in entries(said)), default=0.0)


def _why_not(hosts: int, newest: float) -> str:
    if not hosts:
        return "it shows this login no host that it watches"
    if not newest:
        return "it shows no value of a day: is its server running?"
    old_s = now() - newest
    if old_s > STILL_S:
        return f"no new value for {old_s / 60:.0f} min: is its server running?"
    return ""


def _problem(found: JsonObject, host: str, settings: ToolSettings) -> Finding:
    word, level = _SEVERITIES.get(text(found["severity"]), ("severity unknown", Level.UNKNOWN))
    trigger, name = text(found["objectid"]), text(found["name"])
    more = text(found.get("opdata"))
    event = text(found["eventid"])
    return Finding(
        f"trigger {trigger} {name}",
        level,
        name,
        f"{word}: {more}" if more else word,
        host,
        of_epoch(found["clock"]),
        f"{settings.url}/tr_events.php?triggerid={_number(trigger)}&eventid={_number(event)}",
        is_quiet=text(found["acknowledged"]) == "1" or text(found.get("suppressed")) == "1",
    )


def _undecided(found: JsonObject, settings: ToolSettings) -> Finding:
    """A trigger whose expression cannot be evaluated just now."""
    name, error = text(found["description"]), text(found.get("error"))
    return Finding(
        f"trigger {text(found['triggerid'])} cannot be evaluated",
        Level.UNKNOWN,
        name,
        f"cannot be evaluated: {error}".rstrip(": "),
        _host(found),
    )


def _host(trigger: JsonObject) -> str:
    return next((text(h["host"]) for h in entries(trigger["hosts"])), "")


def _number(value: str) -> int:
    return int(value)
