"""Icinga 2: hosts and services that are not well or overdue, and whether it is checking at all.

Source: Icinga 2, "REST API": status/IcingaApplication, status/CIB, objects/hosts and
objects/services with `filter`, `attrs` and `joins`; "Object Types", Host and Service.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.integrations.tools.monitors import ALIVE, counted, itself
from devops_tui.ports.tool import ToolWeb

MOST = 4000
"""Problems that are read with what their checks said, 2 KB each; more are read without it."""

LATE_S = 60
"""After Icinga's own moment for the next result, which has a whole interval of patience."""

_HOSTS = {0: Level.OK, 1: Level.CRITICAL}
_SERVICES = {0: Level.OK, 1: Level.WARNING, 2: Level.CRITICAL, 3: Level.UNKNOWN}

_STATE = (
    "name",
    "state",
    "state_type",
    "check_attempt",
    "max_check_attempts",
    "acknowledgement",
    "downtime_depth",
    "enable_notifications",
    "enable_active_checks",
    "enable_passive_checks",
    "flapping",
    "last_check",
    "last_state_change",
    "last_hard_state_change",
    "last_reachable",
)
_OF_HOST = ("state", "last_check", "acknowledgement", "downtime_depth")
_TIMES = ("name", "flapping", "last_check", "next_update", "downtime_depth", "acknowledgement")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Six questions; raises ToolSilent."""
    app = await _ask(web, "/v1/status/IcingaApplication")
    cib = await _ask(web, "/v1/status/CIB")
    with expecting("an Icinga 2"):
        program = app["results"][0]["status"]["icingaapplication"]["app"]
        figures = cib["results"][0]["status"]
        version = text(program["version"]).lstrip("rv")
        hosts = _sum(figures, "num_hosts_{}", ("up", "down", "unreachable"))
        services = _sum(figures, "num_services_{}", ("ok", "warning", "critical", "unknown"))
        is_short = hosts + services - int(figures["num_services_ok"]) <= MOST
    attrs = (*_STATE, *(("last_check_result",) if is_short else ()))
    bad_hosts = await _objects(web, "host", attrs, "host.state != HostUp")
    bad_services = await _objects(
        web, "service", (*attrs, "host_name"), "service.state != ServiceOK", _OF_HOST
    )
    odd_hosts = await _objects(web, "host", _TIMES, _odd("host", "HostUp"))
    odd_services = await _objects(
        web, "service", (*_TIMES, "host_name"), _odd("service", "ServiceOK")
    )
    with expecting("an Icinga 2"):
        odd = [*(_odd_one(each) for each in odd_hosts), *(_odd_one(each) for each in odd_services)]
        found = [_host(each) for each in bad_hosts] + [_service(each) for each in bad_services]
        well = f"{counted(hosts, 'host')} and {counted(services, 'service')}"
        is_late = any(f.level is Level.UNKNOWN for f in odd)
        own = itself(settings, _why_not(program, figures, hosts, is_late), well)
        return reading(version, [*found, *odd], settings, own=[own])


async def _objects(
    web: ToolWeb, kind: str, attrs: Sequence[str], wanted: str, of_host: Sequence[str] = ()
) -> list[JsonObject]:
    words = [*(("attrs", a) for a in attrs), *(("joins", f"host.{a}") for a in of_host)]
    # Icinga takes a plus sign for itself, not for a space
    query = urlencode([*words, ("filter", wanted)], quote_via=quote)
    said = await _ask(web, f"/v1/objects/{kind}s?{query}")
    with expecting("an Icinga 2"):
        return list(entries(said["results"]))


async def _ask(web: ToolWeb, path: str) -> Any:
    try:
        return await web.json(path)
    except ToolSilent as error:
        if "No objects found" not in error.title:
            raise
        raise ToolSilent(
            error.title,
            "Its ApiUser needs status/query, objects/query/Host and objects/query/Service.",
        ) from None


def _odd(kind: str, well: str) -> str:
    """Of what is well: what flaps, and what should have had a result by now."""
    late = f"{kind}.next_update < get_time() - {LATE_S}"
    off = f"!{kind}.enable_active_checks && !{kind}.enable_passive_checks"
    return f"{kind}.state == {well} && ({kind}.flapping || ({late} && !({off})))"


def _sum(figures: JsonObject, name: str, states: Sequence[str]) -> int:
    return sum(int(figures[name.format(state)]) for state in states)


def _why_not(program: JsonObject, figures: JsonObject, hosts: int, is_late: bool) -> str:
    off = [
        name
        for name, key in (("hosts", "enable_host_checks"), ("services", "enable_service_checks"))
        if program[key] is not True
    ]
    if off:
        return f"checks of {' and '.join(off)} are switched off there"
    if not hosts:
        return "it has no host"
    names = ("active_host", "passive_host", "active_service", "passive_service")
    if _sum(figures, "{}_checks_15min", names):
        return ""
    if float(figures["uptime"]) < 900:
        return "no check has had a result yet"
    return "not one check has had a result for 15 min" if is_late else ""


def _host(found: JsonObject) -> Finding:
    attrs = found["attrs"]
    name = text(attrs["name"])
    level, said = _said(attrs, _HOSTS)
    if level is Level.CRITICAL and attrs["last_reachable"] is False:
        level, said = Level.UNKNOWN, f"not reachable: {said}"
    return _finding(attrs, f"host {name}", ALIVE, name, level, said)


def _service(found: JsonObject) -> Finding:
    """What is said of a service whose host is down is not known to hold."""
    attrs = found["attrs"]
    host, name = text(attrs["host_name"]), text(attrs["name"])
    level, said = _said(attrs, _SERVICES)
    of = (found.get("joins") or {}).get("host") or {}
    is_down = bool(of) and of["state"] == 1 and float(of["last_check"]) > 0
    if is_down:
        level, said = Level.UNKNOWN, f"its host is down: {said}"
    is_quiet = is_down and _is_handled(of)
    return _finding(attrs, f"service {host}!{name}", name, host, level, said, is_quiet=is_quiet)


def _said(attrs: JsonObject, levels: dict[int, Level]) -> tuple[Level, str]:
    if float(attrs["last_check"]) <= 0:
        return Level.UNKNOWN, "not checked yet"
    level = levels.get(attrs["state"], Level.UNKNOWN)
    said = text((attrs.get("last_check_result") or {}).get("output"))
    if attrs["state_type"] == 0:
        tries = f"try {attrs['check_attempt']:.0f} of {attrs['max_check_attempts']:.0f}"
        level, said = Level.RUNNING, f"{tries}: {said}"
    if attrs["flapping"] is True:
        said = f"flapping: {said}"
    if _is_off(attrs):
        said = f"its checks are switched off: {said}"
    return level, said.rstrip(": ")


def _finding(
    attrs: JsonObject,
    about: str,
    name: str,
    host: str,
    level: Level,
    said: str,
    *,
    is_quiet: bool = False,
) -> Finding:
    is_hard = attrs["state_type"] == 1
    changed = attrs["last_hard_state_change" if is_hard else "last_state_change"]
    is_quiet = (
        is_quiet or _is_handled(attrs) or attrs["enable_notifications"] is False or _is_off(attrs)
    )
    return Finding(about, level, name, said, host, of_epoch(changed), is_quiet=is_quiet)


def _odd_one(found: JsonObject) -> Finding:
    attrs = found["attrs"]
    host = text(attrs.get("host_name"))
    name = text(attrs["name"])
    is_quiet = _is_handled(attrs)
    about = f"service {host}!{name}" if host else f"host {name}"
    shown = (name, host) if host else (ALIVE, name)
    if attrs["flapping"] is True:
        said, level = "flapping, and well just now", Level.WARNING
        return Finding(about, level, shown[0], said, shown[1], is_quiet=is_quiet)
    said = "overdue: its last result was well, and the next one did not come"
    since = of_epoch(attrs["next_update"])
    return Finding(about, Level.UNKNOWN, shown[0], said, shown[1], since, is_quiet=is_quiet)


def _is_handled(attrs: JsonObject) -> bool:
    return float(attrs["acknowledgement"]) > 0 or float(attrs["downtime_depth"]) > 0


def _is_off(attrs: JsonObject) -> bool:
    return attrs["enable_active_checks"] is False and attrs["enable_passive_checks"] is False
