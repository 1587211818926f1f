"""Nagios by a double of its statusjson.cgi, and a real one with its own CGI."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.nagios import RealNagios, host, service
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool
from support.waits import PATIENCE_S

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools.nagios import MOST

NOW_MS = 1_780_000_000_000
CHANGED = datetime.fromtimestamp(NOW_MS / 1000 - 600, UTC)
HOST_STATES = ("up", "down", "unreachable", "pending")
SERVICE_STATES = ("ok", "warning", "critical", "unknown", "pending")


def state(status: str, **more: Any) -> dict[str, Any]:
    """What a host and a service have in common."""
    return {
        "status": status,
        "plugin_output": f"it says {status}",
        "has_been_checked": status != "pending",
        "current_attempt": 1,
        "max_attempts": 3,
        "last_check": NOW_MS - 60_000,
        "last_state_change": NOW_MS - 60_000,
        "last_hard_state_change": NOW_MS - 600_000,
        "last_hard_state": status,
        "state_type": "hard",
        "notifications_enabled": True,
        "problem_has_been_acknowledged": False,
        "accept_passive_checks": True,
        "checks_enabled": True,
        "is_flapping": False,
        "scheduled_downtime_depth": 0,
        **more,
    }


class Site:
    """A Nagios with a few hosts and services."""

    def __init__(self) -> None:
        self.hosts = {"web1": state("up")}
        self.services = {("web1", "HTTP"): state("ok")}
        self.resting: list[str] = []
        self.result: dict[str, Any] = {}
        self.program: dict[str, Any] = {}
        self.latest = 5

    def answer(self, asked: Asked) -> Answer:
        words = {key: values[0] for key, values in asked.query.items()}
        result = {
            "query_time": NOW_MS,
            "program_start": NOW_MS - 90_000_000,
            "last_data_update": NOW_MS - 4_000,
            "type_code": 0,
            "message": "",
        } | self.result
        return {"format_version": 0, "result": result, "data": self._data(words)}

    def _data(self, words: dict[str, str]) -> dict[str, Any]:
        match words["query"]:
            case "programstatus":
                program = {
                    "version": "4.5.9",
                    "program_start": NOW_MS - 90_000_000,
                    "execute_host_checks": True,
                    "execute_service_checks": True,
                    "enable_flap_detection": True,
                }
                return {"programstatus": program | self.program}
            case "performancedata":
                ways = {way: {"checks": {"1hour": self.latest}} for way in ("active", "passive")}
                return {"programstatus": {"host_checks": ways, "service_checks": ways}}
            case "hostcount":
                all_of = [h["status"] for h in self.hosts.values()]
                return {"count": {s: all_of.count(s) for s in HOST_STATES}}
            case "servicecount":
                all_of = [s["status"] for s in self.services.values()]
                return {"count": {s: all_of.count(s) for s in SERVICE_STATES}}
            case "hostlist":
                wanted = words["hoststatus"].split()
                some = {n: {"name": n, **h} for n, h in self.hosts.items() if h["status"] in wanted}
                return {"hostlist": dict(list(some.items())[: int(words["count"])])}
            case "servicelist":
                return {"servicelist": self._services(words)}
            case "downtimelist":
                some = {str(n): {"host_name": h} for n, h in enumerate(self.resting)}
                return {"downtimelist": some}
        return {}

    def _services(self, words: dict[str, str]) -> dict[str, Any]:
        wanted = words["servicestatus"].split()
        field = {"laststatechange": "last_state_change", "lastcheck": "last_check"}
        found: dict[str, Any] = {h: {} for h in self.hosts}
        room = int(words["count"])
        for (of_host, name), each in self.services.items():
            at = each[field[words["servicetimefield"]]] if "servicetimefield" in words else 0
            if "starttime" in words and at < NOW_MS + 1000 * int(words["starttime"]):
                continue
            if "endtime" in words and at > NOW_MS + 1000 * int(words["endtime"]):
                continue
            if each["status"] in wanted and room:
                room -= 1
                found[of_host][name] = {"host_name": of_host, "description": name, **each}
        return found


async def read_site(site: Site, **more: Any) -> Reading:
    async with tool_double({"/nagios/cgi-bin/statusjson.cgi": site.answer}) as double:
        return await read_tool(ToolKind.NAGIOS, f"{double.url}/nagios/cgi-bin", **more)


async def one_of(site: Site, **more: Any) -> Finding:
    """The only finding that is not about Nagios itself."""
    found = await read_site(site, **more)
    [one] = [f for f in found.findings if f.id != "itself"]
    return one


def level_of_itself(found: Reading) -> tuple[Level, str]:
    [one] = [f for f in found.findings if f.id == "itself"]
    return one.level, one.text


async def test_a_nagios_that_checks_and_finds_nothing_is_well() -> None:
    found = await read_site(Site())
    assert found.version == "4.5.9"
    assert [(f.name, f.level) for f in found.findings] == [("tool", Level.OK)]
    assert found.findings[0].text == "it is checking 1 host and 1 service"


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("critical", Level.CRITICAL),
        ("warning", Level.WARNING),
        ("unknown", Level.UNKNOWN),
        ("pending", Level.UNKNOWN),
    ],
)
async def test_each_state_of_a_service(status: str, level: Level) -> None:
    site = Site()
    site.services["web1", "Disk /"] = state(status)
    found = await one_of(site)
    assert (found.level, found.name, found.host) == (level, "Disk /", "web1")
    assert found.text == ("not checked yet" if status == "pending" else f"it says {status}")
    assert found.since == CHANGED
    assert found.id == "service web1!Disk /"
    assert found.url.endswith("/nagios/cgi-bin/extinfo.cgi?type=2&host=web1&service=Disk+%2F")
    assert not found.is_quiet


@pytest.mark.parametrize(
    ("status", "level"),
    [("down", Level.CRITICAL), ("unreachable", Level.UNKNOWN), ("pending", Level.UNKNOWN)],
)
async def test_each_state_of_a_host(status: str, level: Level) -> None:
    site = Site()
    site.hosts["db1"] = state(status)
    found = await one_of(site)
    assert (found.level, found.name, found.host, found.id) == (level, "alive", "db1", "host db1")


async def test_a_state_that_is_still_being_tried_again_is_not_grave_yet() -> None:
    site = Site()
    soft = state("critical", state_type="soft", last_hard_state="ok", current_attempt=2)
    site.services["web1", "HTTP"] = soft
    found = await one_of(site)
    assert (found.level, found.text) == (Level.RUNNING, "try 2 of 3: it says critical")
    assert found.since == datetime.fromtimestamp(NOW_MS / 1000 - 60, UTC)


@pytest.mark.parametrize(
    "more",
    [
        {"problem_has_been_acknowledged": True},
        {"scheduled_downtime_depth": 1},
        {"notifications_enabled": False},
        {"checks_enabled": False, "accept_passive_checks": False},
    ],
)
async def test_what_somebody_has_silenced_there_is_quiet(more: dict[str, Any]) -> None:
    site = Site()
    site.services["web1", "HTTP"] = state("critical", **more)
    assert (await one_of(site)).is_quiet


async def test_a_downtime_of_a_host_that_is_up_quiets_its_services() -> None:
    site = Site()
    site.services["web1", "HTTP"] = state("critical")
    site.resting = ["web1"]
    found = await one_of(site)
    assert (found.level, found.is_quiet) == (Level.CRITICAL, True)


@pytest.mark.parametrize("is_acknowledged", [True, False])
async def test_a_service_of_a_host_that_is_down_is_not_known(is_acknowledged: bool) -> None:
    site = Site()
    site.hosts["web1"] = state("down", problem_has_been_acknowledged=is_acknowledged)
    site.services["web1", "HTTP"] = state("critical")
    found = {f.id: f for f in (await read_site(site)).findings}
    assert found["host web1"].level is Level.CRITICAL
    assert found["service web1!HTTP"].level is Level.UNKNOWN
    assert found["service web1!HTTP"].text.startswith("its host is down: ")
    assert found["service web1!HTTP"].is_quiet is is_acknowledged


async def test_a_service_that_flaps_is_told_while_it_is_well() -> None:
    site = Site()
    site.services["web1", "HTTP"] = state("ok", is_flapping=True)
    found = await one_of(site)
    assert (found.level, found.text) == (Level.WARNING, "flapping: it says ok")


async def test_a_service_that_changes_between_two_questions_is_not_lost() -> None:
    site = Site()
    site.services["web1", "HTTP"] = state("warning")

    def changing(asked: Asked) -> Answer:
        if asked.query["query"] == ["servicelist"]:
            site.services["web1", "HTTP"] = state("critical")
        return site.answer(asked)

    async with tool_double({"/statusjson.cgi": changing}) as double:
        found = await read_tool(ToolKind.NAGIOS, double.url)
    assert found.count(Level.CRITICAL) == 1


async def test_where_nothing_can_flap_it_is_not_asked_for() -> None:
    site = Site()
    site.program = {"enable_flap_detection": False}
    async with tool_double({"/statusjson.cgi": site.answer}) as double:
        await read_tool(ToolKind.NAGIOS, double.url)
    fields = [a.query["servicetimefield"] for a in double.asked if "servicetimefield" in a.query]
    assert fields == [["lastcheck"]]


async def test_a_passive_check_that_nobody_sends_any_more_is_not_well() -> None:
    site = Site()
    old = NOW_MS - 3 * 86_400_000
    site.services["web1", "backup"] = state("ok", checks_enabled=False, last_check=old)
    site.services["web1", "active"] = state("ok", last_check=old)
    found = await one_of(site)
    assert (found.name, found.level) == ("backup", Level.UNKNOWN)
    assert found.since == datetime.fromtimestamp(old / 1000, UTC)


async def test_a_state_that_nobody_has_described_is_unknown() -> None:
    site = Site()
    site.services["web1", "HTTP"] = state("critical")

    def changed(asked: Asked) -> Answer:
        said = site.answer(asked)
        if asked.query["query"] == ["servicelist"]:
            for each in said["data"]["servicelist"].get("web1", {}).values():
                each["status"] = "Unknown value -1"
        return said

    async with tool_double({"/statusjson.cgi": changed}) as double:
        found = await read_tool(ToolKind.NAGIOS, double.url)
    assert {f.level for f in found.findings if f.name == "HTTP"} == {Level.UNKNOWN}


@pytest.mark.parametrize(
    ("result", "program", "latest", "why"),
    [
        ({"last_data_update": NOW_MS - 900_000}, {}, 5, "not been written for 15 min"),
        ({}, {"execute_service_checks": False}, 5, "checks of services are switched off"),
        ({}, {"execute_host_checks": False}, 5, "checks of hosts are switched off"),
        ({}, {}, 0, "not one check has had a result for an hour"),
        ({}, {"program_start": NOW_MS - 5_000}, 0, "no check has had a result yet"),
    ],
)
async def test_a_nagios_that_checks_nothing_is_not_well(
    result: dict[str, Any], program: dict[str, Any], latest: int, why: str
) -> None:
    site = Site()
    site.result, site.program, site.latest = result, program, latest
    level, told = level_of_itself(await read_site(site, only=("something else",)))
    assert level is Level.UNKNOWN
    assert why in told


async def test_a_login_that_may_see_nothing_does_not_find_all_well() -> None:
    site = Site()
    site.hosts, site.services = {}, {}
    assert level_of_itself(await read_site(site)) == (
        Level.UNKNOWN,
        "it shows this login no host",
    )


async def test_what_nagios_refuses_is_told_in_its_words() -> None:
    site = Site()
    site.result = {"type_code": 2, "message": "Error: Could not read the status"}
    with pytest.raises(ToolSilent, match="Could not read the status"):
        await read_site(site)


async def test_another_answer_is_silence() -> None:
    wrong: tuple[Answer, ...] = (
        {},
        [],
        "x",
        {"result": {"type_code": 0}},
        {"result": {}, "data": {}},
    )
    for said in wrong:
        with pytest.raises(ToolSilent):
            async with tool_double({"/statusjson.cgi": said}) as double:
                await read_tool(ToolKind.NAGIOS, double.url)


async def test_of_many_problems_the_gravest_are_read_in_bounded_questions() -> None:
    site = Site()
    for number in range(MOST - 100):
        site.services["web1", f"c{number}"] = state("critical")
    for number in range(3 * MOST):
        site.services["web1", f"w{number}"] = state("warning")
    site.services["web1", "p"] = state("pending")
    async with tool_double({"/statusjson.cgi": site.answer}) as double:
        found = await read_tool(ToolKind.NAGIOS, double.url)
    assert len(double.asked) <= 9
    assert found.count(Level.WARNING) == 0
    assert found.count(Level.UNKNOWN) == 0  # the pending one is behind 500 critical ones
    assert len(found.findings) + found.left_out == 4 * MOST - 100 + 2


async def test_the_login_is_sent_as_basic() -> None:
    async with tool_double({"/statusjson.cgi": Site().answer}) as double:
        await read_tool(ToolKind.NAGIOS, double.url, user="ops")
    pair = base64.b64encode(f"ops:{SECRET}".encode()).decode()
    assert {a.headers["authorization"] for a in double.asked} == {f"Basic {pair}"}
    assert {a.method for a in double.asked} == {"GET"}


@pytest.mark.real
async def test_a_real_nagios_is_read_from_its_first_check_to_its_crash(tmp_path: Path) -> None:
    passive = {"active_checks_enabled": "0", "check_command": "say!0!none"}
    nagios = RealNagios(
        tmp_path,
        host("web1", check_interval="1")
        + host("web2", active_checks_enabled="0")
        + service("web1", "HTTP", check_interval="1", check_command="say!0!fine")
        + service("web1", "Disk /", **passive)
        + service("web1", "tries", max_check_attempts="3", **passive)
        + service("web1", "known", **passive)
        + service("web1", "rests", **passive)
        + service("web1", "never", **passive)
        + service("web2", "SSH", **passive),
    )
    nagios.start()
    try:
        async with tool_double({"/cgi-bin/statusjson.cgi": nagios.cgi}) as double:

            async def until(holds: Callable[[dict[str, Finding]], bool]) -> dict[str, Finding]:
                deadline = time.monotonic() + PATIENCE_S
                while True:
                    read = await read_tool(ToolKind.NAGIOS, f"{double.url}/cgi-bin", user="ops")
                    assert read.version.startswith("4.")
                    found = {f.id.rpartition("!")[2]: f for f in read.findings}
                    if holds(found):
                        return found
                    assert time.monotonic() < deadline, found

            for name in ("Disk /", "tries", "known", "rests"):
                nagios.command(f"PROCESS_SERVICE_CHECK_RESULT;web1;{name};2;[bad] <b>{name}</b>")
            nagios.command("PROCESS_HOST_CHECK_RESULT;web2;1;no answer")
            nagios.command("PROCESS_SERVICE_CHECK_RESULT;web2;SSH;2;refused")
            await until(lambda f: "SSH" in f and f["SSH"].text == "its host is down: refused")
            nagios.command("ACKNOWLEDGE_SVC_PROBLEM;web1;known;1;0;0;ops;seen")
            end = int(time.time()) + 3600
            nagios.command(f"SCHEDULE_SVC_DOWNTIME;web1;rests;{end - 3700};{end};1;0;3600;ops;x")
            await until(lambda f: f["known"].is_quiet and f["rests"].is_quiet)
            found = await until(lambda f: f["itself"].level is Level.OK)
            assert found["itself"].text == "it is checking 2 hosts and 7 services"
            assert {key: (f.level, f.is_quiet) for key, f in found.items()} == {
                "itself": (Level.OK, False),
                "host web2": (Level.CRITICAL, False),
                "Disk /": (Level.CRITICAL, False),
                "tries": (Level.RUNNING, False),
                "known": (Level.CRITICAL, True),
                "rests": (Level.CRITICAL, True),
                "never": (Level.UNKNOWN, False),
                "SSH": (Level.UNKNOWN, False),
            }
            assert found["Disk /"].text == "[bad] <b>Disk /</b>"
            assert found["Disk /"].since is not None
            assert abs(found["Disk /"].since.timestamp() - time.time()) < 2 * PATIENCE_S

            nagios.command("STOP_EXECUTING_SVC_CHECKS")
            found = await until(lambda f: f["itself"].level is not Level.OK)
            assert found["itself"].text == "checks of services are switched off there"

            nobody = await read_tool(ToolKind.NAGIOS, f"{double.url}/cgi-bin", user="nobody")
            assert [f.level for f in nobody.findings] == [Level.UNKNOWN]

            nagios.stop(is_crash=True)
            nagios.grow_old(900)
            found = await until(lambda f: "is Nagios running?" in f["itself"].text)
            assert found["itself"].level is Level.UNKNOWN
    finally:
        nagios.stop()
    assert len(double.asked) > 9
