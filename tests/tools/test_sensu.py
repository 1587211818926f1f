"""Sensu Go by a double that is written from its published description."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from support.tool_double import Answer, Asked, tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools import sensu
from devops_tui.integrations.tools.sensu import MOST

NOW = 1_780_000_000


def event(entity: str, check: str, status: int, **more: Any) -> dict[str, Any]:
    named = {"name": check, "namespace": "ops"}
    return {
        "timestamp": NOW - 10,
        "id": "9f1c",
        "entity": {"entity_class": "agent", "metadata": {"name": entity, "namespace": "ops"}},
        "check": {
            "status": status,
            "state": "passing" if status == 0 else "failing",
            "output": f"it says {status}\n",
            "executed": NOW - 12,
            "last_ok": NOW - 500,
            "history": [
                {"status": 0, "executed": NOW - 132},
                {"status": status, "executed": NOW - 72},
                {"status": status, "executed": NOW - 12},
            ],
            "is_silenced": False,
            "metadata": named,
            **more,
        },
        "metadata": {"namespace": "ops"},
    }


class Site:
    """A backend with the events of one namespace."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = [event("web1", "keepalive", 0), *events]
        self.knows_selectors = True

    @property
    def answers(self) -> dict[str, Answer]:
        return {
            "/version": {"etcd": {"etcdserver": "3.5.0"}, "sensu_backend": "6.11.0#8ae9e1b"},
            "/api/core/v2/namespaces/ops/events": self._events,
        }

    def _events(self, asked: Asked) -> Answer:
        [selector] = asked.query.get("fieldSelector", [""])
        found = [e for e in self.events if not self.knows_selectors or _fits(e, selector)]
        return found[: int(asked.query["limit"][0])]


def _fits(found: dict[str, Any], selector: str) -> bool:
    if not selector:
        return True
    match = re.fullmatch(r'event\.check\.status (==|notin) (?:"(\d)"|\["(\d)","(\d)"\])', selector)
    assert match is not None, selector
    status = str(found.get("check", {}).get("status"))
    is_in = status in match.groups()[1:]
    return is_in if match[1] == "==" else not is_in


@pytest.fixture(autouse=True)
def _at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensu, "now", lambda: float(NOW))


async def read_site(site: Site, **more: Any) -> Reading:
    async with tool_double(site.answers) as double:
        return await read_tool(ToolKind.SENSU, double.url, token=True, account="ops", **more)


async def only_one(*events: dict[str, Any]) -> Finding:
    """The only finding that is not about Sensu itself."""
    [found] = [f for f in (await read_site(Site(*events))).findings if f.id != "itself"]
    return found


async def test_a_sensu_whose_events_are_all_well_is_well() -> None:
    found = await read_site(Site())
    assert found.version == "6.11.0"
    assert [(f.name, f.level, f.text) for f in found.findings] == [
        ("tool", Level.OK, "it is checking the namespace ops")
    ]


@pytest.mark.parametrize(
    ("status", "level"),
    [(1, Level.WARNING), (2, Level.CRITICAL), (3, Level.UNKNOWN), (127, Level.UNKNOWN)],
)
async def test_each_status(status: int, level: Level) -> None:
    found = await only_one(event("web1", "disk", status))
    assert (found.level, found.name, found.host) == (level, "disk", "web1")
    assert (found.id, found.text) == ("web1!disk", f"it says {status}")
    assert found.since == datetime.fromtimestamp(NOW - 72, UTC)


async def test_when_it_became_so_is_older_than_what_is_kept() -> None:
    history = [{"status": 2, "executed": NOW - 60 * n} for n in range(21, 0, -1)]
    found = await only_one(event("web1", "disk", 2, history=history, last_ok=NOW - 9000))
    assert found.since == datetime.fromtimestamp(NOW - 9000, UTC)
    never = await only_one(event("web1", "disk", 2, history=history, last_ok=0))
    assert never.since == datetime.fromtimestamp(NOW - 60 * 21, UTC)


@pytest.mark.parametrize("more", [{"is_silenced": True}, {"silenced": ["entity:web1:disk"]}])
async def test_what_is_silenced_there_is_quiet(more: dict[str, Any]) -> None:
    assert (await only_one(event("web1", "disk", 2, **more))).is_quiet


async def test_what_flaps_is_said_to() -> None:
    found = await only_one(event("web1", "disk", 1, state="flapping"))
    assert found.text == "flapping: it says 1"


@pytest.mark.parametrize("is_silenced", [True, False])
async def test_what_an_agent_said_before_it_fell_silent_is_not_known(is_silenced: bool) -> None:
    site = Site(event("db1", "keepalive", 2, is_silenced=is_silenced), event("db1", "disk", 2))
    found = {f.id: f for f in (await read_site(site)).findings}
    assert found["db1!keepalive"].level is Level.CRITICAL
    assert found["db1!disk"].level is Level.UNKNOWN
    assert found["db1!disk"].text == "its host sends no keepalive: it says 2"
    assert found["db1!disk"].is_quiet is is_silenced


async def test_an_event_of_figures_alone_is_passed_over() -> None:
    figures = event("web1", "cpu", 2)
    del figures["check"]
    assert len((await read_site(Site(figures))).findings) == 1


async def test_a_sensu_that_takes_no_events_is_not_well() -> None:
    empty = Site()
    empty.events = []
    found = await read_site(empty, only=("nothing",))
    assert [(f.level, f.text) for f in found.findings] == [
        (Level.UNKNOWN, "it shows this login no event in the namespace ops")
    ]
    still = Site()
    still.events[0]["timestamp"] = NOW - 1800
    found = await read_site(still)
    assert [(f.level, f.text) for f in found.findings] == [
        (Level.UNKNOWN, "no new event for 30 min")
    ]


async def test_of_thousands_of_events_the_critical_are_read_in_bounded_questions() -> None:
    many = [event("web1", f"w{n}", 1) for n in range(3 * MOST)]
    site = Site(*many, event("web2", "disk", 2))
    async with tool_double(site.answers) as double:
        found = await read_tool(ToolKind.SENSU, double.url, token=True, account="ops")
    assert found.findings[0].id == "web2!disk"
    assert found.left_out > MOST + 2 - len(found.findings)  # and there were more than it told
    assert [a.query.get("limit") for a in double.asked[1:]] == [["1000"], ["1000"], ["100"]]


async def test_a_backend_without_selectors_is_read_as_well() -> None:
    site = Site(event("web1", "disk", 2), event("web1", "load", 0))
    site.knows_selectors = False
    found = await read_site(site)
    assert [f.id for f in found.findings] == ["web1!disk", "itself"]


async def test_the_key_is_sent_as_such_and_the_namespace_is_quoted() -> None:
    async with tool_double({"/version": {"sensu_backend": "6.11.0"}}) as double:
        with pytest.raises(ToolSilent):
            await read_tool(ToolKind.SENSU, double.url, token=True, account="a/../b?c")
    assert {a.headers["authorization"] for a in double.asked} == {f"Key {SECRET}"}
    assert double.asked[1].path == "/api/core/v2/namespaces/a%2F..%2Fb%3Fc/events"


async def test_another_answer_is_silence() -> None:
    wrong: tuple[Answer, ...] = ({}, "x", [{"check": {"status": 2}}], [{"timestamp": "soon"}])
    for said in wrong:
        site = Site()
        with pytest.raises(ToolSilent):
            async with tool_double(
                site.answers | {"/api/core/v2/namespaces/ops/events": said}
            ) as double:
                await read_tool(ToolKind.SENSU, double.url, token=True, account="ops")
