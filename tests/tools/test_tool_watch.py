"""A tool is read again and again: what is kept, what opens a problem, what resolves it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.tool_reading import settings_of

from devops_tui.domain.errors import NotFound, ToolSilent
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.incident import IncidentState
from devops_tui.domain.silence import Silence
from devops_tui.domain.tool import Finding, Level, Reading, ToolKind, ToolSettings, reading
from devops_tui.domain.workspace import Workspace
from devops_tui.services.silences import silence
from devops_tui.services.tools import book
from devops_tui.services.tools.incidents import ToolIncidents
from devops_tui.services.tools.watch import ToolWatch
from devops_tui.stores.sqlite.store import SqliteStore

BAD = Finding("job a", Level.CRITICAL, "a", "it broke", host="web-1")
WARN = Finding("job b", Level.WARNING, "b")


class Played:
    """Implements ports.tool.Tool; says what a test set."""

    def __init__(self, settings: ToolSettings) -> None:
        self.settings = settings
        self.findings: tuple[Finding, ...] = ()
        self.left_out = 0
        self.own: tuple[Finding, ...] = ()
        self.trouble: Exception | None = None
        self.readings = 0
        self.was_read = asyncio.Event()

    async def read(self) -> Reading:
        self.readings += 1
        self.was_read.set()
        if self.trouble is not None:
            raise self.trouble
        found = reading("1", self.findings, self.settings, own=self.own)
        return replace(found, left_out=self.left_out)


class Stopped(StillClock):
    """Nobody's pause ends."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


class House:
    def __init__(self, store: SqliteStore, **more: object) -> None:
        self.store = store
        self.clock = StillClock()
        settings = settings_of(ToolKind.PROMETHEUS, "http://127.0.0.1:1", **more)
        self.tool = Played(settings)
        hosts = {"web-1": Host(HostName("web-1"), groups=("web",))}
        self.workspace = Workspace("shop", "/", hosts=hosts, tools=(settings,))
        store.save_workspace(self.workspace, (), "hash")
        self.changed = asyncio.Event()
        incidents = ToolIncidents(store, self.clock, self.workspace)
        self.watch = ToolWatch(store, self.clock, self.tool, incidents, self.wait)

    async def wait(self) -> None:
        await self.changed.wait()

    async def say(self, *findings: Finding) -> None:
        self.tool.findings = findings
        await self.watch.step()

    def told(self) -> list[tuple[str, IncidentState, int]]:
        return [(i.title, i.state, i.count) for i in self.store.incidents()]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


async def test_a_reading_is_kept_and_a_failure_keeps_the_one_before(store: SqliteStore) -> None:
    house = House(store)
    await house.say(BAD, WARN)
    at = house.clock.now()
    house.clock.move(60)
    house.tool.trouble = ToolSilent("mon does not answer: Connection refused", "Look there.")
    await house.watch.step()
    (status,) = book.statuses(store, house.workspace)
    assert status.state.reading is not None
    assert [f.id for f in status.state.reading.findings] == ["job a", "job b"]
    assert (status.state.read_at, status.state.tried_at) == (at, house.clock.now())
    assert status.state.error == "mon does not answer: Connection refused"
    assert status.level is Level.UNKNOWN


async def test_what_was_read_of_another_place_is_not_shown_as_of_this(store: SqliteStore) -> None:
    house = House(store)
    await house.say(BAD)
    moved = replace(house.workspace.tools[0], url="http://127.0.0.1:2")
    (status,) = book.statuses(store, replace(house.workspace, tools=(moved,)))
    assert status.state.reading is None


async def test_nothing_opens_unless_it_is_wanted(store: SqliteStore) -> None:
    house = House(store)
    await house.say(BAD)
    assert house.told() == []


async def test_one_problem_a_thing_that_resolves_by_itself(store: SqliteStore) -> None:
    house = House(store, opens=Level.CRITICAL)
    await house.say(BAD, WARN)
    await house.say(BAD, WARN)
    assert house.told() == [("a on web-1: it broke", IncidentState.OPEN, 1)]
    await house.say(WARN)
    assert house.told() == [("a on web-1: it broke", IncidentState.RESOLVED, 1)]
    house.clock.move(60)
    await house.say(BAD)
    assert house.told() == [("a on web-1: it broke", IncidentState.OPEN, 2)]


@pytest.mark.parametrize("level", [Level.UNKNOWN, Level.RUNNING])
async def test_what_nobody_knows_yet_resolves_nothing(store: SqliteStore, level: Level) -> None:
    house = House(store, opens=Level.CRITICAL)
    await house.say(BAD)
    await house.say(replace(BAD, level=level))
    assert [state for _, state, _ in house.told()] == [IncidentState.OPEN]
    await house.say(replace(BAD, level=Level.OK))
    assert [state for _, state, _ in house.told()] == [IncidentState.RESOLVED]


async def test_what_somebody_acknowledges_there_is_not_over(store: SqliteStore) -> None:
    house = House(store, opens=Level.CRITICAL)
    await house.say(BAD)
    await house.say(replace(BAD, is_quiet=True))
    assert [state for _, state, _ in house.told()] == [IncidentState.OPEN]
    await house.say()
    assert [state for _, state, _ in house.told()] == [IncidentState.RESOLVED]


async def test_silence_and_a_list_that_was_cut_resolve_nothing(store: SqliteStore) -> None:
    house = House(store, opens=Level.CRITICAL)
    await house.say(BAD)
    house.tool.trouble = ToolSilent("no answer")
    await house.watch.step()
    house.tool.trouble = None
    house.tool.left_out = 3
    await house.say()
    assert [state for _, state, _ in house.told()] == [IncidentState.OPEN]


async def test_a_tool_that_stays_silent_is_a_problem_until_it_answers(store: SqliteStore) -> None:
    house = House(store, opens=Level.CRITICAL)
    house.tool.trouble = ToolSilent("mon does not answer", "Look there.")
    await house.watch.step()
    house.clock.move(60)
    await house.watch.step()
    assert house.told() == []
    house.clock.move(60)
    await house.watch.step()
    await house.watch.step()
    said = "tool is silent: mon does not answer"
    assert house.told() == [(said, IncidentState.OPEN, 1)]
    assert "what it watches is unknown" in house.store.incidents()[0].why
    house.tool.trouble = None
    await house.watch.step()
    assert house.told() == [(said, IncidentState.RESOLVED, 1)]
    house.tool.trouble = ToolSilent("mon does not answer")
    await house.watch.step()  # its patience begins anew
    assert [state for _, state, _ in house.told()] == [IncidentState.RESOLVED]


async def test_a_monitor_that_checks_nothing_resolves_nothing_and_is_a_problem(
    store: SqliteStore,
) -> None:
    house = House(store, opens=Level.CRITICAL)
    await house.say(BAD)
    still = Finding("itself", Level.UNKNOWN, "tool", "its checks are switched off")
    house.tool.own = (still,)
    await house.say()
    assert [state for _, state, _ in house.told()] == [IncidentState.OPEN]
    for _ in range(2):
        house.clock.move(60)
        await house.say()
    assert ("tool: its checks are switched off", IncidentState.OPEN, 1) in house.told()
    assert [state for _, state, _ in house.told()] == [IncidentState.OPEN] * 2
    house.tool.own = (replace(still, level=Level.OK, text="it is checking 2 hosts"),)
    await house.say()
    assert [state for _, state, _ in house.told()] == [IncidentState.RESOLVED] * 2


async def test_what_no_store_takes_is_kept_without_it(store: SqliteStore) -> None:
    odd = "a\ud800\0b"
    house = House(store, opens=Level.CRITICAL)
    await house.say(Finding(odd, Level.CRITICAL, odd, odd, host=odd, url=odd))
    assert [title for title, _, _ in house.told()] == ["a??b on a??b: a??b"]
    house.tool.trouble = ToolSilent(odd, odd)
    for _ in range(3):
        await house.watch.step()
        house.clock.move(60)
    assert "tool is silent: a??b" in [title for title, _, _ in house.told()]


async def test_a_tool_that_opens_nothing_may_be_silent(store: SqliteStore) -> None:
    house = House(store)
    house.tool.trouble = ToolSilent("mon does not answer")
    for _ in range(5):
        await house.watch.step()
        house.clock.move(60)
    assert house.told() == []


async def test_what_is_silenced_there_or_here_opens_nothing(store: SqliteStore) -> None:
    house = House(store, opens=Level.WARNING)
    await house.say(replace(BAD, is_quiet=True))
    until = house.clock.now() + timedelta(hours=1)
    silence(store, house.clock, Silence("tool", until, "jun", "moving it"))
    await house.say(BAD, WARN)
    assert house.told() == []
    house.clock.move(3601)
    await house.say(BAD, WARN)
    assert len(house.told()) == 2


async def test_a_silence_of_a_host_covers_what_a_tool_says_of_it(store: SqliteStore) -> None:
    house = House(store, opens=Level.CRITICAL)
    until = house.clock.now() + timedelta(hours=1)
    silence(store, house.clock, Silence("web", until, "jun", "kernel"))
    await house.say(BAD, Finding("x", Level.CRITICAL, "x", host="db-1"))
    assert [title for title, _, _ in house.told()] == ["x on db-1"]


async def test_a_wish_is_answered_at_once_and_once(store: SqliteStore) -> None:
    house = House(store)
    house.watch = ToolWatch(
        store, Stopped(), house.tool, ToolIncidents(store, house.clock, house.workspace),
        house.wait,
    )  # fmt: skip
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        watching = group.create_task(house.watch.watch())
        await house.tool.was_read.wait()
        house.tool.was_read.clear()
        wish = book.ask(store, house.workspace)
        house.changed.set()
        await house.tool.was_read.wait()
        await asyncio.sleep(0)
        watching.cancel()
    (status,) = book.statuses(store, house.workspace)
    assert (status.state.answered, house.tool.readings) == (wish, 2)
    with pytest.raises(NotFound, match="no tools"):
        book.ask(store, Workspace("a", "/"))


async def test_a_defect_of_a_reader_stops_no_worker(store: SqliteStore) -> None:
    house = House(store)
    house.tool.trouble = ZeroDivisionError("a defect")
    await house.watch.step()
    (status,) = book.statuses(store, house.workspace)
    assert "ZeroDivisionError" in status.state.error
    assert status.level is Level.UNKNOWN
