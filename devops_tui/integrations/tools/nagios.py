"""Nagios: hosts and services that are not well, and whether it is still checking at all.

Source: Nagios Core, "JSON CGIs": statusjson.cgi (programstatus, performancedata, hostcount,
servicecount, hostlist, servicelist, downtimelist); times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, expecting, of_epoch, text
from devops_tui.integrations.tools.monitors import ALIVE, counted, itself
from devops_tui.ports.tool import ToolWeb

MOST = 2000
"""Hosts or services that are read in one answer; each takes about 1.6 KB of it."""

STILL_S = 180.0
"""The state is written every ten seconds, and by careful sites every minute."""

PASSIVE_S = 26 * 3600
"""A passive check that was well so long ago may not be so now: a daily one has come by then."""

FLAPPED_S = 2 * 3600

_HOSTS = {"down": Level.CRITICAL, "unreachable": Level.UNKNOWN, "pending": Level.UNKNOWN}
_SERVICES = {
    "critical": Level.CRITICAL,
    "unknown": Level.UNKNOWN,
    "warning": Level.WARNING,
    "pending": Level.UNKNOWN,
}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Up to nine bounded questions, one after another; raises ToolSilent."""
    program = await _ask(web, "programstatus")
    speed = await _ask(web, "performancedata")
    host_count = await _ask(web, "hostcount")
    service_count = await _ask(web, "servicecount")
    with expecting("a Nagios"):
        status = program["data"]["programstatus"]
        version = text(status["version"])
        hosts, services = _counts(host_count, "up", _HOSTS), _counts(service_count, "ok", _SERVICES)
        can_flap = status["enable_flap_detection"] is not False
        why_not = _why_not(program["result"], status, speed, sum(hosts.values()))
    bad_hosts, left_hosts = await _list(web, "host", hosts, _HOSTS)
    bad_services, left_services = await _list(web, "service", services, _SERVICES)
    resting = await _resting(web) if bad_services else frozenset()
    flapping = await _fine(web, "laststatechange", starttime=f"-{FLAPPED_S}") if can_flap else []
    passive = await _fine(web, "lastcheck", endtime=f"-{PASSIVE_S}")
    with expecting("a Nagios"):
        down = {text(each["name"]): _is_quiet(each) for each in bad_hosts if _is_down(each)}
        found = [_host(each, settings) for each in bad_hosts]
        found += [_service(each, settings, down, resting) for each in bad_services]
        found += [_flapping(each, settings) for each in flapping if each["is_flapping"] is True]
        found += [_silent(each, settings) for each in passive if _is_only_passive(each)]
        many = sum(hosts.values()), sum(services.values())
        well = f"{counted(many[0], 'host')} and {counted(many[1], 'service')}"
        read = reading(version, found, settings, own=[itself(settings, why_not, well)])
        return replace(read, left_out=read.left_out + left_hosts + left_services)


async def _ask(web: ToolWeb, query: str, **more: str) -> Any:
    said = await web.json("/statusjson.cgi", {"query": query, **more})
    with expecting("a Nagios"):
        result = said["result"]
        if result["type_code"] != 0:
            raise ToolSilent(
                f"Nagios answers: {text(result['message'])[:200]}",
                "Is it running, and may this login see its state?",
            )
    return said


def _counts(said: Any, fine: str, bad: Mapping[str, Level]) -> dict[str, int]:
    count = said["data"]["count"]
    return {state: int(count[state]) for state in (fine, *bad)}


def _why_not(result: JsonObject, status: JsonObject, speed: Any, hosts: int) -> str:
    """By the server's own clock: ours may differ."""
    now_ms = float(result["query_time"])
    old_s = (now_ms - float(result["last_data_update"])) / 1000
    if old_s > STILL_S:
        return f"its state has not been written for {old_s / 60:.0f} min: is Nagios running?"
    off = [
        name
        for name, key in (("hosts", "execute_host_checks"), ("services", "execute_service_checks"))
        if status[key] is not True
    ]
    if off:
        return f"checks of {' and '.join(off)} are switched off there"
    if not hosts:
        return "it shows this login no host"
    checks = speed["data"]["programstatus"]
    latest = sum(
        int(checks[kind][way]["checks"]["1hour"])
        for kind in ("host_checks", "service_checks")
        for way in ("active", "passive")
    )
    has_run_s = (now_ms - float(status["program_start"])) / 1000
    if not latest and has_run_s > 3600:
        return "not one check has had a result for an hour"
    return "" if latest else "no check has had a result yet"


async def _list(
    web: ToolWeb, kind: str, counts: Mapping[str, int], bad: Mapping[str, Level]
) -> tuple[list[JsonObject], int]:
    """Those that are not well, the gravest states first; and how many were left out."""
    total = sum(counts[state] for state in bad)
    states = _gravest(counts, bad)
    found: list[JsonObject] = []
    if states:
        words = {f"{kind}status": " ".join(states), "count": str(MOST)}
        found = await _details(web, kind, **words)
    return found, max(0, total - len(found))


def _gravest(counts: Mapping[str, int], bad: Mapping[str, Level]) -> list[str]:
    """All states where there is room: what was counted may have another one by now.

    Else as many as there is room for, at least one, in the order of how grave they are.
    """
    total = sum(counts[state] for state in bad)
    if total <= MOST:
        return list(bad) if total else []
    wanted: list[str] = []
    room = MOST
    for state in bad:
        if counts[state] and (not wanted or counts[state] <= room):
            wanted.append(state)
            room -= counts[state]
    return wanted


async def _fine(web: ToolWeb, field: str, **when: str) -> list[JsonObject]:
    """Services that are well, by a time of theirs."""
    return await _details(
        web, "service", servicestatus="ok", servicetimefield=field, count="200", **when
    )


async def _details(web: ToolWeb, kind: str, **words: str) -> list[JsonObject]:
    said = await _ask(web, f"{kind}list", details="true", formatoptions="enumerate", **words)
    with expecting("a Nagios"):
        found = said["data"][f"{kind}list"]
        if kind == "host":
            return list(found.values())
        return [each for of_host in found.values() for each in of_host.values()]


async def _resting(web: ToolWeb) -> frozenset[str]:
    """Hosts in a downtime: nobody is told of their services either."""
    words = {"downtimeobjecttypes": "host", "ineffect": "yes", "count": str(MOST)}
    said = await _ask(web, "downtimelist", details="true", **words)
    with expecting("a Nagios"):
        return frozenset(text(each["host_name"]) for each in said["data"]["downtimelist"].values())


def _host(found: JsonObject, settings: ToolSettings) -> Finding:
    name = text(found["name"])
    made = _finding(found, _HOSTS, f"host {name}", ALIVE, name)
    return replace(made, url=f"{settings.url}/extinfo.cgi?{urlencode({'type': 1, 'host': name})}")


def _service(
    found: JsonObject, settings: ToolSettings, down: Mapping[str, bool], resting: frozenset[str]
) -> Finding:
    """What is said of a service whose host is down is not known to hold."""
    host, name = text(found["host_name"]), text(found["description"])
    made = _finding(found, _SERVICES, f"service {host}!{name}", name, host)
    where = urlencode({"type": 2, "host": host, "service": name})
    is_quiet = made.is_quiet or host in resting or down.get(host, False)
    made = replace(made, url=f"{settings.url}/extinfo.cgi?{where}", is_quiet=is_quiet)
    if host in down:
        return replace(made, level=Level.UNKNOWN, text=f"its host is down: {made.text}")
    return made


def _finding(
    found: JsonObject, levels: Mapping[str, Level], about: str, name: str, host: str
) -> Finding:
    said, status = text(found["plugin_output"]), text(found["status"])
    level = levels.get(status, Level.UNKNOWN)
    is_soft = found["state_type"] == "soft" and found["last_hard_state"] in ("ok", "up")
    if status == "pending":
        said = "not checked yet"
    elif is_soft:
        level = Level.RUNNING
        said = f"try {found['current_attempt']} of {found['max_attempts']}: {said}"
    if found["is_flapping"] is True:
        said = f"flapping: {said}"
    if _is_off(found):
        said = f"its checks are switched off: {said}"
    changed = found["last_state_change" if is_soft else "last_hard_state_change"]
    return Finding(
        about, level, name, said, host, of_epoch(float(changed) / 1000), is_quiet=_is_quiet(found)
    )


def _flapping(found: JsonObject, settings: ToolSettings) -> Finding:
    made = _service(found, settings, {}, frozenset())
    return replace(made, level=Level.WARNING)


def _silent(found: JsonObject, settings: ToolSettings) -> Finding:
    """A result that nobody sends any more is no result."""
    made = _service(found, settings, {}, frozenset())
    since = of_epoch(float(found["last_check"]) / 1000)
    said = f"no result any more; the last one was well: {made.text}"
    return replace(made, level=Level.UNKNOWN, text=said, since=since)


def _is_quiet(found: JsonObject) -> bool:
    return bool(
        found["problem_has_been_acknowledged"] is True
        or float(found["scheduled_downtime_depth"]) > 0
        or found["notifications_enabled"] is False
        or _is_off(found)
    )


def _is_off(found: JsonObject) -> bool:
    return found["checks_enabled"] is False and found["accept_passive_checks"] is False


def _is_only_passive(found: JsonObject) -> bool:
    return found["checks_enabled"] is False and found["has_been_checked"] is True


def _is_down(found: JsonObject) -> bool:
    return found["status"] in ("down", "unreachable")
