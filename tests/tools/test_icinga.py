"""Icinga 2 by a double of its REST interface, and a real one."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.icinga import RealIcinga, host, says, service
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool
from support.waits import PATIENCE_S

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools.icinga import MOST

NOW = 1_780_000_000.5
CHANGED = datetime.fromtimestamp(NOW - 600, UTC)


def one(name: str, state: float, *, joins: dict[str, Any] | None = None, **more: Any) -> Any:
    """A host, or with `host_name` a service."""
    said = more.pop("said", f"it says {state:.0f}")
    attrs = {
        "name": name,
        "state": state,
        "state_type": 1.0,
        "check_attempt": 1.0,
        "max_check_attempts": 3.0,
        "acknowledgement": 0.0,
        "downtime_depth": 0.0,
        "enable_notifications": True,
        "enable_active_checks": True,
        "enable_passive_checks": True,
        "flapping": False,
        "last_check": NOW - 30,
        "last_state_change": NOW - 60,
        "last_hard_state_change": NOW - 600,
        "last_reachable": True,
        "last_check_result": {"output": said, "exit_status": state},
        "next_update": NOW + 60,
    } | more
    kind = "Service" if "host_name" in more else "Host"
    return {"attrs": attrs, "joins": joins or {}, "meta": {}, "name": name, "type": kind}


def http_of(web: str, state: float, **more: Any) -> Any:
    return one("http", state, host_name=web, **more)


class Site:
    """An Icinga 2 with a few hosts and services that are not well, or odd."""

    def __init__(self) -> None:
        self.hosts: list[Any] = []
        self.services: list[Any] = []
        self.odd_hosts: list[Any] = []
        self.odd_services: list[Any] = []
        self.app: dict[str, Any] = {}
        self.cib: dict[str, Any] = {}

    @property
    def answers(self) -> dict[str, Answer]:
        return {
            "/v1/status/IcingaApplication": self._status,
            "/v1/status/CIB": self._figures,
            "/v1/objects/hosts": self._objects,
            "/v1/objects/services": self._objects,
        }

    def _status(self, asked: Asked) -> Answer:
        app = {
            "enable_host_checks": True,
            "enable_service_checks": True,
            "program_start": NOW - 9000,
            "version": "v2.14.2",
        } | self.app
        return {"results": [{"name": "x", "status": {"icingaapplication": {"app": app}}}]}

    def _figures(self, asked: Asked) -> Answer:
        figures = {f"num_services_{s}": 0.0 for s in ("warning", "critical", "unknown")}
        figures |= {f"num_hosts_{s}": 0.0 for s in ("down", "unreachable")}
        figures |= {"num_hosts_up": 2.0, "num_services_ok": 5.0, "uptime": 9000.0}
        for kind in ("active_host", "passive_host", "active_service", "passive_service"):
            figures[f"{kind}_checks_15min"] = 4.0
        return {"results": [{"name": "CIB", "status": figures | self.cib}]}

    def _objects(self, asked: Asked) -> Answer:
        [wanted] = asked.query["filter"]
        kind = asked.path.rpartition("/")[2]
        place = f"odd_{kind}" if "next_update" in wanted else kind
        found = [
            {
                **each,
                "attrs": {a: each["attrs"][a] for a in asked.query["attrs"] if a in each["attrs"]},
            }
            for each in getattr(self, place)
        ]
        return {"results": found}


async def read_site(site: Site, **more: Any) -> Reading:
    async with tool_double(site.answers) as double:
        return await read_tool(ToolKind.ICINGA, double.url, **more)


async def only_one(site: Site) -> Finding:
    """The only finding that is not about Icinga itself."""
    [found] = [f for f in (await read_site(site)).findings if f.id != "itself"]
    return found


async def test_an_icinga_that_checks_and_finds_nothing_is_well() -> None:
    found = await read_site(Site())
    assert found.version == "2.14.2"
    assert [(f.name, f.level) for f in found.findings] == [("tool", Level.OK)]
    assert found.findings[0].text == "it is checking 2 hosts and 5 services"


@pytest.mark.parametrize(
    ("state", "level"),
    [(1.0, Level.WARNING), (2.0, Level.CRITICAL), (3.0, Level.UNKNOWN), (7.0, Level.UNKNOWN)],
)
async def test_each_state_of_a_service(state: float, level: Level) -> None:
    site = Site()
    site.services = [http_of("web1", state)]
    found = await only_one(site)
    assert (found.level, found.name, found.host) == (level, "http", "web1")
    assert (found.id, found.since) == ("service web1!http", CHANGED)
    assert found.text == f"it says {state:.0f}"
    assert not found.is_quiet


@pytest.mark.parametrize(
    ("more", "level", "said"),
    [
        ({}, Level.CRITICAL, "it says 1"),
        ({"last_reachable": False}, Level.UNKNOWN, "not reachable: it says 1"),
        ({"last_check": -1.0, "last_check_result": None}, Level.UNKNOWN, "not checked yet"),
    ],
)
async def test_a_host_that_is_not_up(more: dict[str, Any], level: Level, said: str) -> None:
    site = Site()
    site.hosts = [one("db1", 1.0, **more)]
    found = await only_one(site)
    assert (found.level, found.text) == (level, said)
    assert (found.name, found.host, found.id) == ("alive", "db1", "host db1")


async def test_a_soft_state_is_not_grave_yet() -> None:
    site = Site()
    site.services = [http_of("web1", 2.0, state_type=0.0, check_attempt=2.0)]
    found = await only_one(site)
    assert (found.level, found.text) == (Level.RUNNING, "try 2 of 3: it says 2")
    assert found.since == datetime.fromtimestamp(NOW - 60, UTC)


@pytest.mark.parametrize(
    "more",
    [
        {"acknowledgement": 1.0},
        {"acknowledgement": 2.0},
        {"downtime_depth": 1.0},
        {"enable_notifications": False},
        {"enable_active_checks": False, "enable_passive_checks": False},
    ],
)
async def test_what_somebody_has_silenced_there_is_quiet(more: dict[str, Any]) -> None:
    site = Site()
    site.services = [http_of("web1", 2.0, **more)]
    assert (await only_one(site)).is_quiet


@pytest.mark.parametrize(
    ("of_host", "level", "is_quiet"),
    [
        ({"state": 1.0, "last_check": NOW}, Level.UNKNOWN, False),
        ({"state": 1.0, "last_check": NOW, "acknowledgement": 1.0}, Level.UNKNOWN, True),
        ({"state": 1.0, "last_check": -1.0}, Level.CRITICAL, False),  # not checked: not down
        ({"state": 0.0, "last_check": NOW}, Level.CRITICAL, False),
    ],
)
async def test_a_service_of_a_host_that_is_down_is_not_known(
    of_host: dict[str, Any], level: Level, is_quiet: bool
) -> None:
    site = Site()
    joined = {"acknowledgement": 0.0, "downtime_depth": 0.0} | of_host
    site.services = [http_of("web1", 2.0, joins={"host": joined})]
    found = await only_one(site)
    assert (found.level, found.is_quiet) == (level, is_quiet)


async def test_what_is_overdue_or_flaps_is_told_though_it_was_well() -> None:
    site = Site()
    site.odd_hosts = [one("db1", 0.0, next_update=NOW - 600)]
    site.odd_services = [http_of("web1", 0.0, flapping=True)]
    found = {f.id: f for f in (await read_site(site)).findings}
    assert found["host db1"].level is Level.UNKNOWN
    assert found["host db1"].since == CHANGED
    assert found["service web1!http"].level is Level.WARNING
    assert found["itself"].level is Level.OK


@pytest.mark.parametrize(
    ("app", "cib", "why"),
    [
        ({"enable_host_checks": False}, {}, "checks of hosts are switched off there"),
        ({"enable_service_checks": False}, {}, "checks of services are switched off there"),
        ({}, {"num_hosts_up": 0.0}, "it has no host"),
        ({}, {"uptime": 20.0}, "no check has had a result yet"),
        ({}, {}, "not one check has had a result for 15 min"),
    ],
)
async def test_an_icinga_that_checks_nothing_is_not_well(
    app: dict[str, Any], cib: dict[str, Any], why: str
) -> None:
    site = Site()
    kinds = ("active_host", "passive_host", "active_service", "passive_service")
    site.app, site.cib = app, {f"{k}_checks_15min": 0.0 for k in kinds} | cib
    site.odd_services = [http_of("web1", 0.0, next_update=NOW - 6000)]
    found = await read_site(site, only=("nothing",))
    assert [(f.level, f.text) for f in found.findings] == [(Level.UNKNOWN, why)]


async def test_one_that_checks_once_an_hour_is_well_between_its_checks() -> None:
    site = Site()
    kinds = ("active_host", "passive_host", "active_service", "passive_service")
    site.cib = {f"{k}_checks_15min": 0.0 for k in kinds}
    assert [f.level for f in (await read_site(site)).findings] == [Level.OK]


async def test_only_what_is_wrong_is_asked_for_and_the_login_is_basic() -> None:
    async with tool_double(Site().answers) as double:
        await read_tool(ToolKind.ICINGA, double.url, user="reader")
    pair = base64.b64encode(f"reader:{SECRET}".encode()).decode()
    assert {a.headers["authorization"] for a in double.asked} == {f"Basic {pair}"}
    filters = [a.query["filter"][0] for a in double.asked if "objects" in a.path]
    assert filters[:2] == ["host.state != HostUp", "service.state != ServiceOK"]
    assert len(double.asked) == 6
    assert {a.method for a in double.asked} == {"GET"}


async def test_thousands_of_problems_are_read_without_their_texts() -> None:
    site = Site()
    site.services = [one(f"c{n}", 2.0, host_name="web1") for n in range(MOST + 5)]
    site.cib = {"num_services_critical": float(MOST + 5)}
    found = await read_site(site)
    assert (len(found.findings), found.left_out) == (MOST_FINDINGS, MOST + 6 - MOST_FINDINGS)
    assert found.findings[0].text == ""


async def test_an_api_user_without_permissions_is_told_which_it_needs() -> None:
    nothing = (404, {"error": 404, "status": "No objects found."})
    with pytest.raises(ToolSilent) as raised:
        async with tool_double({"/v1/status/IcingaApplication": nothing}) as double:
            await read_tool(ToolKind.ICINGA, double.url)
    assert "objects/query/Host" in raised.value.hint


async def test_another_answer_is_silence() -> None:
    wrong: tuple[Answer, ...] = ({}, [], {"results": []}, {"results": [{"status": {}}]}, "x")
    for said in wrong:
        site = Site()
        with pytest.raises(ToolSilent):
            async with tool_double(site.answers | {"/v1/status/CIB": said}) as double:
                await read_tool(ToolKind.ICINGA, double.url)


@pytest.mark.real
async def test_a_real_icinga_is_read_through_its_states(tmp_path: Path) -> None:
    passive = "enable_active_checks = false"
    icinga = RealIcinga(
        tmp_path,
        host("web1")
        + host("web2", says(2, "no answer"))
        + host("silent", passive)
        + service("web1", "http")
        + service("web1", "disk /", says(2, "[bad] <b>full</b>"))
        + service("web1", "load", says(1, "high"))
        + service("web1", "tries", says(2, "maybe"), "max_check_attempts = 3")
        + service("web1", "known", says(2, "broken"))
        + service("web1", "rests", says(2, "broken"))
        + service("web1", "late", passive)
        + service("web2", "ssh", says(2, "refused")),
    )
    try:
        icinga.start()

        async def read(user: str = "reader") -> Reading:
            return await read_tool(ToolKind.ICINGA, icinga.url, user=user, ca=str(icinga.ca))

        async def until(holds: Callable[[dict[str, Finding]], bool]) -> dict[str, Finding]:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                found = {f.id.rpartition("!")[2]: f for f in (await read()).findings}
                if holds(found):
                    return found
                assert time.monotonic() < deadline, found

        now = int(time.time())
        result = {"exit_status": 0, "plugin_output": "well", "execution_end": now - 7200}
        icinga.act("/v1/actions/process-check-result?service=web1!late", result)
        names = ("disk /", "load", "tries", "known", "rests", "ssh", "host web2")
        await until(lambda f: all(n in f and f[n].since is not None for n in names))
        who = {"author": "ops", "comment": "seen"}
        icinga.act("/v1/actions/acknowledge-problem?service=web1!known", who)
        window = {"start_time": now - 60, "end_time": now + 3600}
        icinga.act("/v1/actions/schedule-downtime?type=Service&service=web1!rests", who | window)
        found = await until(lambda f: f["known"].is_quiet and f["rests"].is_quiet)
        assert {key: (f.level, f.is_quiet) for key, f in found.items()} == {
            "itself": (Level.OK, False),
            "host web2": (Level.CRITICAL, False),
            "host silent": (Level.UNKNOWN, False),
            "disk /": (Level.CRITICAL, False),
            "load": (Level.WARNING, False),
            "tries": (Level.RUNNING, False),
            "known": (Level.CRITICAL, True),
            "rests": (Level.CRITICAL, True),
            "late": (Level.UNKNOWN, False),
            "ssh": (Level.UNKNOWN, False),
        }
        assert found["disk /"].text == "[bad] <b>full</b>"
        assert found["late"].text.startswith("overdue")
        assert found["ssh"].text == "its host is down: refused"
        assert found["itself"].text == "it is checking 3 hosts and 8 services"
        assert (await read()).version.startswith("2.")

        with pytest.raises(ToolSilent) as raised:
            await read("nobody")
        assert "objects/query/Host" in raised.value.hint

        off = {"attrs": {"enable_service_checks": False}}
        icinga.act("/v1/objects/icingaapplications/app", off)
        found = await until(lambda f: f["itself"].level is not Level.OK)
        assert found["itself"].text == "checks of services are switched off there"
    finally:
        icinga.stop()
