"""Zabbix by a double of its API in two of its versions, and a real one with its frontend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import support.tool_reading
from support.postgres import postgres_server
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool
from support.waits import PATIENCE_S
from support.zabbix import RealZabbix

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools import zabbix
from devops_tui.integrations.tools.zabbix import MOST

NOW = 1_780_000_000
SESSION = "5a1e" * 8


def problem(trigger: int, severity: int, **more: str) -> dict[str, str]:
    return {
        "eventid": str(9000 + trigger),
        "objectid": str(trigger),
        "clock": str(NOW - 600),
        "name": f"trouble {trigger}",
        "severity": str(severity),
        "acknowledged": "0",
        "suppressed": "0",
        "opdata": "",
        **more,
    }


def trigger(number: int, host: str = "web1", **more: Any) -> dict[str, Any]:
    return {
        "triggerid": str(number),
        "description": f"trouble {number}",
        "error": "",
        "hosts": [{"hostid": "7", "host": host}],
        **more,
    }


class Site:
    """The API of a Zabbix.

    Attributes:
        triggers: Those that are evaluated.
        unknown: Those that cannot be.
        calls: Methods, in the order in which they came.
    """

    def __init__(self, version: str = "6.0.30") -> None:
        self.version = version
        self.hosts = 2
        self.newest = NOW - 20
        self.problems: list[dict[str, str]] = []
        self.triggers: list[dict[str, Any]] = []
        self.unknown: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.keys: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        question = asked.json
        assert asked.headers["content-type"] == "application/json"
        self.calls.append(question["method"])
        result, error = self._result(question, asked)
        if error:
            said = {"code": -32602, "message": "Invalid params.", "data": error}
            return {"jsonrpc": "2.0", "error": said, "id": question["id"]}
        return {"jsonrpc": "2.0", "result": result, "id": question["id"]}

    def _result(self, question: dict[str, Any], asked: Asked) -> tuple[Any, str]:
        method, params = question["method"], question["params"]
        kind, _, bearer = asked.headers.get("authorization", "").partition(" ")
        if method in ("apiinfo.version", "user.login"):
            if kind or "auth" in question:
                return None, f"{method} must be called without a login"
            if method == "user.login":
                is_right = params == {"username": "ops", "password": SECRET}
                return (SESSION, "") if is_right else (None, "Incorrect user name or password.")
            return self.version, ""
        is_new = tuple(map(int, self.version.split(".")[:2])) >= (6, 4)
        if is_new and "auth" in question:
            return None, 'unexpected parameter "auth"'
        key = bearer if is_new and kind == "Bearer" else question.get("auth")
        if key not in (SECRET, SESSION):
            return None, "Not authorized."
        self.keys.add(key)
        return self._asked(method, params), ""

    def _asked(self, method: str, params: Any) -> Any:
        match method:
            case "host.get":
                return str(self.hosts)
            case "item.get":
                assert params["limit"] <= 100
                return [
                    {"itemid": "1", "lastclock": "0"},
                    {"itemid": "2", "lastclock": str(self.newest)},
                ]
            case "trigger.get" if "triggerids" in params:
                return [t for t in self.triggers if t["triggerid"] in params["triggerids"]]
            case "trigger.get":
                assert params["filter"] == {"state": 1}
                return self.unknown
            case "problem.get" if params.get("countOutput"):
                return str(len(self.problems))
            case "problem.get":
                some = [p for p in self.problems if int(p["severity"]) in params["severities"]]
                return some[: params["limit"]]
            case "user.logout":
                return True
        raise AssertionError(method)


async def read_site(site: Site, **more: Any) -> Reading:
    async with tool_double({"/zabbix/api_jsonrpc.php": site.answer}) as double:
        login = more or {"token": True}
        return await read_tool(ToolKind.ZABBIX, f"{double.url}/zabbix", **login)


async def only_one(site: Site) -> Finding:
    """The only finding that is not about Zabbix itself."""
    [found] = [f for f in (await read_site(site)).findings if f.id != "itself"]
    return found


@pytest.fixture(autouse=True)
def _at_its_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("real") is None:
        monkeypatch.setattr(zabbix, "now", lambda: float(NOW))


@pytest.mark.parametrize("version", ["6.0.30", "6.4.1", "7.2.0"])
async def test_a_zabbix_without_problems_is_well_by_token(version: str) -> None:
    site = Site(version)
    found = await read_site(site)
    assert found.version == version
    assert [(f.name, f.level, f.text) for f in found.findings] == [
        ("tool", Level.OK, "it is checking 2 hosts")
    ]
    assert site.keys == {SECRET}
    assert "user.login" not in site.calls


@pytest.mark.parametrize("version", ["6.0.30", "7.2.0"])
async def test_a_password_opens_a_session_that_is_closed_again(version: str) -> None:
    site = Site(version)
    found = await read_site(site, user="ops")
    assert found.findings[0].level is Level.OK
    assert site.keys == {SESSION}
    assert (site.calls[1], site.calls[-1]) == ("user.login", "user.logout")


async def test_the_session_is_closed_when_a_question_is_refused() -> None:
    site = Site()
    site.hosts = "many"  # type: ignore[assignment] # not what the description promises
    with pytest.raises(ToolSilent):
        await read_site(site, user="ops")
    assert site.calls[-1] == "user.logout"


async def test_a_cancel_waits_for_no_logout() -> None:
    site = Site()

    def mute_after_login(asked: Asked) -> Answer:
        double.is_mute = asked.json["method"] == "user.login"
        return site.answer(asked)

    async with tool_double({"/api_jsonrpc.php": mute_after_login}) as double:
        task = asyncio.create_task(read_tool(ToolKind.ZABBIX, double.url, user="ops"))
        while len(double.asked) < 3:
            double.came.clear()
            await double.came.wait()
        task.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await task
    assert site.calls == ["apiinfo.version", "user.login"]


async def test_a_wrong_login_is_told_in_its_words() -> None:
    with pytest.raises(ToolSilent, match="Incorrect user name or password"):
        await read_site(Site(), user="other")
    site = Site()
    site.keys = set()
    with pytest.raises(ToolSilent, match="Not authorized"):
        async with tool_double({"/api_jsonrpc.php": site.answer}) as double:
            await read_tool(ToolKind.ZABBIX, double.url)


@pytest.mark.parametrize(
    ("severity", "level", "word"),
    [
        (0, Level.WARNING, "not classified"),
        (1, Level.WARNING, "information"),
        (2, Level.WARNING, "warning"),
        (3, Level.CRITICAL, "average"),
        (4, Level.CRITICAL, "high"),
        (5, Level.CRITICAL, "disaster"),
    ],
)
async def test_each_severity(severity: int, level: Level, word: str) -> None:
    site = Site()
    site.problems, site.triggers = [problem(5, severity, opdata="load 9")], [trigger(5)]
    found = await only_one(site)
    assert (found.level, found.text) == (level, f"{word}: load 9")
    assert (found.name, found.host) == ("trouble 5", "web1")
    assert found.since == datetime.fromtimestamp(NOW - 600, UTC)
    assert found.url.endswith("/zabbix/tr_events.php?triggerid=5&eventid=9005")


async def test_a_severity_that_nobody_has_described_is_unknown() -> None:
    site = Site()
    site.problems, site.triggers = [problem(5, 4)], [trigger(5)]

    def changed(asked: Asked) -> Answer:
        said = site.answer(asked)
        if asked.json["method"] == "problem.get" and said["result"]:
            said["result"][0]["severity"] = "9"
        return said

    async with tool_double({"/api_jsonrpc.php": changed}) as double:
        found = await read_tool(ToolKind.ZABBIX, double.url, token=True)
    assert [f.level for f in found.findings if f.id != "itself"] == [Level.UNKNOWN]


@pytest.mark.parametrize("key", ["acknowledged", "suppressed"])
async def test_what_somebody_has_seen_or_suppressed_is_quiet(key: str) -> None:
    site = Site()
    site.problems, site.triggers = [problem(5, 4, **{key: "1"})], [trigger(5)]
    assert (await only_one(site)).is_quiet


async def test_a_problem_of_a_trigger_that_is_disabled_is_none() -> None:
    site = Site()
    site.problems, site.triggers = [problem(5, 4), problem(6, 4)], [trigger(6, "db1")]
    assert (await only_one(site)).host == "db1"


async def test_a_trigger_that_cannot_be_evaluated_is_unknown() -> None:
    site = Site()
    site.unknown = [trigger(8, error="item is not supported")]
    found = await only_one(site)
    assert (found.level, found.name) == (Level.UNKNOWN, "trouble 8")
    assert found.text == "cannot be evaluated: item is not supported"


@pytest.mark.parametrize(
    ("hosts", "newest", "why"),
    [
        (0, NOW, "it shows this login no host that it watches"),
        (2, 0, "it shows no value of a day: is its server running?"),
        (2, NOW - 1800, "no new value for 30 min: is its server running?"),
    ],
)
async def test_a_zabbix_that_takes_no_values_is_not_well(hosts: int, newest: int, why: str) -> None:
    site = Site()
    site.hosts, site.newest = hosts, newest
    found = await read_site(site, token=True, only=("nothing",))
    assert [(f.level, f.text) for f in found.findings] == [(Level.UNKNOWN, why)]


async def test_of_many_problems_the_grave_are_read_in_bounded_questions() -> None:
    site = Site()
    site.problems = [problem(n, 1) for n in range(3 * MOST)]
    site.problems += [problem(n, 5) for n in range(3 * MOST, 3 * MOST + 40)]
    site.triggers = [trigger(n) for n in range(3 * MOST + 40)]
    found = await read_site(site)
    assert found.count(Level.CRITICAL) == 40
    assert len(found.findings) + found.left_out == 3 * MOST + 41
    assert len(site.calls) <= 9


async def test_another_answer_is_silence() -> None:
    wrong: tuple[Answer, ...] = ({}, [], "x", {"result": 7}, {"error": "no"}, {"result": "x.y"})
    for said in wrong:
        with pytest.raises(ToolSilent):
            async with tool_double({"/api_jsonrpc.php": said}) as double:
                await read_tool(ToolKind.ZABBIX, double.url, token=True)


async def test_a_session_that_is_no_word_is_sent_nowhere() -> None:
    def odd(asked: Asked) -> Answer:
        is_login = asked.json["method"] == "user.login"
        return {"result": "a\r\nX-Other: b" if is_login else "7.0.0"}

    async with tool_double({"/api_jsonrpc.php": odd}) as double:
        with pytest.raises(ToolSilent, match="not that of a Zabbix"):
            await read_tool(ToolKind.ZABBIX, double.url, user="ops")
    assert len(double.asked) == 2


@pytest.mark.real
@pytest.mark.slow
async def test_a_real_zabbix_is_read_until_its_server_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_server() as database:
        site = RealZabbix(tmp_path, database)
        try:
            site.start()
            _people_and_triggers(site)
            values = {("web1", "errors"): "11", ("web1", "load"): "7", ("web1", "odd"): "x"}
            site.send(values | {("web2", "errors"): "5", ("off", "errors"): "5"})

            async def until(holds: Callable[[dict[str, Finding]], bool]) -> dict[str, Finding]:
                deadline = time.monotonic() + PATIENCE_S
                while True:
                    read = await read_tool(ToolKind.ZABBIX, site.url, user="reader")
                    found = {f.name: f for f in read.findings}
                    if holds(found):
                        return found
                    assert time.monotonic() < deadline, (found, site.said())

            found = await until(lambda f: len(f) == 6 and f["tool"].level is Level.OK)
            assert {name: (f.level, f.host) for name, f in found.items()} == {
                "tool": (Level.OK, ""),
                "Too many errors": (Level.CRITICAL, "web1"),
                "Load is high": (Level.WARNING, "web1"),
                "Odd": (Level.UNKNOWN, "web1"),
                "Errors of web2": (Level.CRITICAL, "web2"),
                "Errors of off": (Level.CRITICAL, "off"),
            }
            assert "item is not supported" in found["Odd"].text
            since = found["Too many errors"].since
            assert since is not None
            assert abs(since.timestamp() - time.time()) < 2 * PATIENCE_S

            [seen] = site.ask("problem.get", {"filter": {"name": "Errors of web2"}})
            site.ask("event.acknowledge", {"eventids": seen["eventid"], "action": 2})
            [off] = site.ask("host.get", {"filter": {"host": "off"}})
            site.ask("host.update", {"hostid": off["hostid"], "status": 1})
            found = await until(lambda f: f["Errors of web2"].is_quiet)
            assert "Errors of off" not in found
            assert found["tool"].text == "it is checking 2 hosts"

            with pytest.raises(ToolSilent, match="Incorrect user name or password"):
                await read_tool(ToolKind.ZABBIX, site.url, user="nobody")
            monkeypatch.setattr(support.tool_reading, "SECRET", _token(site))
            by_token = await read_tool(ToolKind.ZABBIX, site.url, token=True)
            assert {f.name for f in by_token.findings} == set(found)
            assert by_token.version.startswith("6.")

            site.stop_server()
            monkeypatch.setattr(zabbix, "now", lambda: time.time() + 1800)
            stopped = await read_tool(ToolKind.ZABBIX, site.url, token=True)
            [own] = [f for f in stopped.findings if f.id == "itself"]
            assert own.level is Level.UNKNOWN
            assert "is its server running?" in own.text
        finally:
            site.stop()


def _people_and_triggers(site: RealZabbix) -> None:
    group = {"groupid": "2"}
    for name in ("web1", "web2", "off"):
        [host] = site.ask("host.create", {"host": name, "groups": [group]})["hostids"]
        items = [("errors", 2, 3)]
        if name == "web1":
            items += [("load", 2, 0), ("odd", 2, 3), ("zabbix[uptime]", 5, 3)]
        for key, kind, value in items:
            item = {"hostid": host, "name": key, "key_": key, "type": kind, "value_type": value}
            site.ask("item.create", item | ({"delay": "1s"} if kind == 5 else {}))
    for name, expression, priority in (
        ("Too many errors", "last(/web1/errors)>10", 4),
        ("Load is high", "last(/web1/load)>5", 2),
        ("Odd", "last(/web1/odd)>1", 3),
        ("Errors of web2", "last(/web2/errors)>1", 5),
        ("Errors of off", "last(/off/errors)>1", 5),
    ):
        made = {"description": name, "expression": expression, "priority": priority}
        site.ask("trigger.create", made)
    rights = {"name": "readers", "rights": [{"id": "2", "permission": 2}]}
    [readers] = site.ask("usergroup.create", rights)["usrgrpids"]
    user = {"username": "reader", "passwd": SECRET, "roleid": "1"}
    site.ask("user.create", user | {"usrgrps": [{"usrgrpid": readers}]})


def _token(site: RealZabbix) -> str:
    [reader] = site.ask("user.get", {"filter": {"username": "reader"}})
    made = site.ask("token.create", {"name": "screen", "userid": reader["userid"]})
    [given] = site.ask("token.generate", made["tokenids"])
    return str(given["token"])
