"""Many hosts: what is saved, how often, and that one host's fault is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fleet_doubles import (
    HELLO,
    FakeLinks,
    FakeMachine,
    FakeSession,
    FakeTransport,
    ManualClock,
    record,
    settle,
    tools_of,
)

from devops_tui.domain.errors import StoreFull
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.services.monitoring import FleetWatch

A, B, LOCAL = HostName("a"), HostName("b"), HostName("local")


class Shelf:
    """Takes frames as a store does, or has no room."""

    def __init__(self) -> None:
        self.saves: list[list[HostName]] = []
        self.frames: dict[HostName, Frame] = {}
        self.is_full = False
        self.is_slow: asyncio.Event | None = None

    async def save(self, frames: Sequence[Frame]) -> None:
        self.saves.append([f.host for f in frames])
        if self.is_slow is not None:
            await self.is_slow.wait()
        if self.is_full:
            raise StoreFull("no room")
        self.frames.update((f.host, f) for f in frames)

    def link(self, host: HostName) -> LinkState:
        return self.frames[host].link


@dataclass
class World:
    """A fleet under a clock that the test moves."""

    clock: ManualClock
    links: FakeLinks
    machine: FakeMachine
    fleet: FleetWatch
    shelf: Shelf
    events: list[Event]

    async def answer_for(self, seconds: float) -> None:
        """Moves the clock; every session that is open greets and answers."""
        told: dict[FakeSession, int] = {}
        for _ in range(round(seconds * 10)):
            await self.clock.advance(0.1)
            for transport in self.links.transports.values():
                for session in transport.sessions:
                    self._answer(session, told)
            await settle()

    def _answer(self, session: FakeSession, told: dict[FakeSession, int]) -> None:
        if session.is_closed:
            return
        if session not in told:
            told[session] = session.ticks
            if session.ticks == 0:
                session.say(HELLO)
        elif told[session] < session.ticks:
            told[session] = session.ticks
            ticks = round(self.clock.elapsed_s * 100)
            session.say(record(1000 + self.clock.elapsed_s, ticks // 2, ticks - ticks // 2))


def hosts(*names: HostName) -> dict[str, Host]:
    return {name: Host(name, is_local=name == LOCAL) for name in names}


@asynccontextmanager
async def running() -> AsyncIterator[World]:
    clock, shelf, machine = ManualClock(), Shelf(), FakeMachine()
    events: list[Event] = []
    fleet = FleetWatch(tools_of(clock, machine), shelf.save, events.append)
    fleet.set_pace(1.0)
    task = asyncio.create_task(fleet.run())
    try:
        yield World(clock, FakeLinks(clock), machine, fleet, shelf, events)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_all_hosts_become_live_and_this_machine_too() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A, B, LOCAL), world.links)
        await world.answer_for(2)
        assert {h: world.shelf.link(h) for h in (A, B, LOCAL)} == dict.fromkeys(
            (A, B, LOCAL), LinkState.LIVE
        )
        assert not world.links.transports[LOCAL].sessions  # no link to ourselves
        await world.answer_for(3)
        sample = world.shelf.frames[LOCAL].sample
        assert sample is not None
        assert (sample.disk_used_mount, sample.cpu_ratio) == ("/home", 0.5)


async def test_frames_are_saved_together_and_only_when_they_changed() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A, B), world.links)
        await world.answer_for(2)
        world.shelf.saves.clear()
        await world.answer_for(10)
        assert 8 <= len(world.shelf.saves) <= 21
        assert sum(len(batch) for batch in world.shelf.saves) <= 24
        world.fleet.set_pace(5.0)
        await world.answer_for(1)
        world.shelf.saves.clear()
        await world.answer_for(10)
        assert sum(len(batch) for batch in world.shelf.saves) <= 6


async def test_the_pace_may_differ_per_host() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A, B), world.links)
        world.fleet.set_pace(5.0)
        world.fleet.set_pace(1.0, [A])
        await world.answer_for(20)
        ticks = {h: t.sessions[0].ticks for h, t in world.links.transports.items()}
        assert ticks[A] > 3 * ticks[B] > 0


async def test_what_could_not_be_saved_comes_again() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A, B), world.links)
        world.shelf.is_full = True
        await world.answer_for(2)
        world.links.transports[B].sessions[0].ended.set_result(None)
        await settle()
        assert world.shelf.frames == {}
        world.shelf.is_full = False
        await world.answer_for(0.6)
        assert set(world.shelf.frames) == {A, B}


async def test_a_slow_store_is_asked_once_at_a_time_and_holds_up_no_tick() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A), world.links)
        await world.answer_for(1)
        world.shelf.is_slow = asyncio.Event()
        saves, ticks = len(world.shelf.saves), world.links.transports[A].sessions[0].ticks
        await world.answer_for(5)
        assert len(world.shelf.saves) <= saves + 1
        assert world.links.transports[A].sessions[0].ticks >= ticks + 4
        world.shelf.is_slow.set()


class FaultyLinks(FakeLinks):
    """Breaks in a way that nobody foresaw, for one host."""

    def to(self, host: HostName) -> FakeTransport:
        if host == A:
            raise ZeroDivisionError("a fault of ours")
        return super().to(host)


async def test_a_fault_of_ours_is_shown_and_spares_the_other_hosts() -> None:
    async with running() as world:
        world.links = FaultyLinks(world.clock)
        await world.fleet.watch(hosts(A, B), world.links)
        await world.answer_for(2)
        assert world.shelf.link(A) is LinkState.UNREACHABLE
        assert "a fault of ours" in world.shelf.frames[A].why
        assert world.shelf.link(B) is LinkState.LIVE


async def test_this_machine_may_refuse_to_say_and_recover() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(LOCAL), world.links)
        await world.answer_for(2)
        world.machine.fault = OSError("no /proc today")
        await world.answer_for(2)
        assert world.shelf.link(LOCAL) is LinkState.UNREACHABLE
        assert "no /proc today" in world.shelf.frames[LOCAL].why
        world.machine.fault = None
        await world.answer_for(2)
        assert world.shelf.link(LOCAL) is LinkState.LIVE


async def test_other_hosts_replace_the_old_and_the_same_keep_their_figures() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A, B), world.links)
        await world.answer_for(3)
        old = world.links.transports[A].sessions[0]
        trend = world.shelf.frames[A].cpu_trend
        changed = {**hosts(A), "b": Host(B, port=2222)}
        world.links = FakeLinks(world.clock)
        await world.fleet.watch(changed, world.links)
        assert old.is_closed
        now = {f.host: f for f in world.fleet.frames}
        assert now[A].cpu_trend == trend
        assert now[B].sample is None
        await world.answer_for(2)
        assert world.shelf.link(B) is LinkState.LIVE
        await world.fleet.watch(hosts(A), world.links)
        assert [f.host for f in world.fleet.frames] == [A]
        assert world.events == []


async def test_the_last_frames_are_saved_at_the_end() -> None:
    async with running() as world:
        await world.fleet.watch(hosts(A), world.links)
        await world.answer_for(2)
        world.links.transports[A].refusal = StoreFull("unused")
        world.links.transports[A].sessions[0].ended.set_result(None)
        await settle()
        assert world.shelf.link(A) is LinkState.LIVE
    assert world.shelf.link(A) is LinkState.UNREACHABLE
    assert world.links.transports[A].sessions[0].is_closed
