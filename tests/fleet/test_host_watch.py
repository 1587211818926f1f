"""One host's life by a clock that the test moves; the test plays the host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from fleet_doubles import (
    DF,
    HELLO,
    FakeLinks,
    FakeSession,
    FakeTransport,
    ManualClock,
    record,
    settle,
    tools_of,
)

from devops_tui.domain.errors import (
    CommandTimedOut,
    HostKeyChanged,
    HostKeyUnknown,
    HostUnreachable,
    LoginRefused,
)
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.domain.survey import DISKS
from devops_tui.ports.pulse import Pulse
from devops_tui.services.host_watch import HostWatch
from devops_tui.services.link_inquiry import WHYS
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.slow_questions import questions_of
from devops_tui.services.slow_watch import SlowWatch

NAME = HostName("web-1")


@dataclass
class World:
    """A watched host and everything around it."""

    clock: ManualClock
    transport: FakeTransport
    watch: HostWatch
    events: list[Event]
    told: int = field(default=0)

    @property
    def frame(self) -> Frame:
        return self.watch.live.frame

    @property
    def session(self) -> FakeSession:
        return self.transport.sessions[-1]

    def link(self) -> LinkState:
        return self.watch.live.frame.link

    async def pass_time(self, seconds: float) -> None:
        """Moves the clock, beating ten times a second as the fleet does."""
        for _ in range(round(seconds * 10)):
            await self.clock.advance(0.1)
            self.watch.beat(self.clock.elapsed_s)
            await settle()

    async def answer_for(self, seconds: float) -> None:
        """Like pass_time, with a host that answers each tick at once."""
        for _ in range(round(seconds * 10)):
            await self.pass_time(0.1)
            self.answer()

    def answer(self) -> None:
        while self.told < self.session.ticks:
            self.told += 1
            ticks = round(self.clock.elapsed_s * 100)
            self.session.say(record(1000 + self.clock.elapsed_s, ticks // 4, ticks - ticks // 4))

    def greet(self) -> None:
        self.told = 0
        self.session.say(b"Last login: today\r\n" + HELLO)

    async def make_live(self) -> None:
        await settle()
        self.greet()
        await self.answer_for(1.0)
        assert self.link() is LinkState.LIVE


@asynccontextmanager
async def watched() -> AsyncIterator[World]:
    clock = ManualClock()
    links = FakeLinks(clock)
    events: list[Event] = []
    live = LiveFrame(NAME, clock, events.append)
    disks = [q for q in questions_of(Host(NAME), SlowPlan()) if q.kind == DISKS]
    slow = SlowWatch(Host(NAME), disks, live, tools_of(clock))
    watch = HostWatch(Host(NAME), links, live, tools_of(clock), slow)
    watch.set_interval(1.0)
    task = asyncio.create_task(watch.follow())
    try:
        yield World(clock, links.to(NAME), watch, events)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_figure_comes_within_a_second() -> None:
    async with watched() as world:
        await settle()
        await world.pass_time(0.5)
        assert world.session.ticks == 0  # nothing is sent before the probe is there
        world.greet()
        await world.answer_for(0.8)
        assert world.link() is LinkState.LIVE
        assert world.frame.sample is not None
        assert world.frame.sample.cpu_ratio == pytest.approx(0.25, abs=0.05)
        assert world.frame.sample.mem_ratio == 0.75


async def test_the_rhythm_is_the_interval_and_can_change() -> None:
    async with watched() as world:
        await world.make_live()
        before = world.session.ticks
        await world.answer_for(10)
        assert world.session.ticks - before == pytest.approx(10, abs=1)
        world.watch.set_interval(5.0)
        before = world.session.ticks
        await world.answer_for(20)
        assert world.session.ticks - before == pytest.approx(4, abs=1)
        world.watch.set_interval(1.0)
        before = world.session.ticks
        await world.answer_for(2)
        assert world.session.ticks - before >= 2
        assert world.events == []


async def test_one_question_is_outstanding_at_most() -> None:
    async with watched() as world:
        await world.make_live()
        await world.pass_time(1.2)
        asked = world.session.ticks
        await world.pass_time(1.0)
        assert world.session.ticks == asked


async def test_silence_is_shown_after_three_intervals_and_ends_the_session() -> None:
    async with watched() as world:
        await world.make_live()
        figures, at = world.frame.sample, world.frame.at
        since = world.clock.elapsed_s
        while world.link() is LinkState.LIVE:
            await world.pass_time(0.1)
        assert world.clock.elapsed_s - since == pytest.approx(3.0, abs=0.7)
        assert world.link() is LinkState.STALE
        assert (world.frame.sample, world.frame.at) == (figures, at)
        assert not world.session.is_closed  # it may still answer
        await world.pass_time(9)
        assert world.transport.sessions[0].is_closed
        await world.pass_time(1.2)
        assert len(world.transport.sessions) == 2
        assert world.link() is LinkState.STALE
        await world.make_live()
        assert [(e.data["from"], e.data["to"]) for e in world.events] == [
            ("live", "stale"),
            ("stale", "live"),
        ]


async def test_a_late_answer_makes_a_host_live_again_without_a_new_session() -> None:
    async with watched() as world:
        await world.make_live()
        await world.pass_time(5)
        assert world.link() is LinkState.STALE
        world.answer()
        assert world.link() is LinkState.LIVE
        assert len(world.transport.sessions) == 1


async def test_a_second_silent_session_takes_the_link_down_too() -> None:
    async with watched() as world:
        await world.make_live()
        await world.pass_time(14)
        assert world.transport.closings == 0
        world.greet()
        await world.pass_time(14)
        assert world.transport.closings == 1


@pytest.mark.parametrize("pulse", [Pulse.TAKEN, Pulse.LOST])
async def test_a_link_that_is_dead_is_taken_down_at_once_and_named(pulse: Pulse) -> None:
    async with watched() as world:
        await world.make_live()
        world.transport.verdict_of_link = pulse
        await world.pass_time(4)
        assert world.link() is LinkState.STALE
        assert world.watch.live.frame.why == WHYS[pulse]
        await world.pass_time(10)
        assert world.transport.closings == 1
        assert world.watch.live.frame.why == WHYS[pulse]


async def test_a_probe_that_hangs_keeps_its_link() -> None:
    async with watched() as world:
        await world.make_live()
        world.transport.verdict_of_link = Pulse.ANSWERED
        await world.pass_time(14)
        assert world.transport.closings == 0
        assert world.watch.live.frame.why == WHYS[Pulse.ANSWERED]


async def test_a_probe_that_never_says_hello_is_given_up() -> None:
    async with watched() as world:
        await settle()
        world.session.say(b"This account is currently not available.\r\n")
        await world.pass_time(15.3)
        assert world.transport.sessions[0].is_closed
        assert world.link() is LinkState.UNREACHABLE
        assert world.frame.retry_at is not None


async def test_garbage_is_no_answer() -> None:
    async with watched() as world:
        await world.make_live()
        await world.pass_time(1)
        world.session.say(b"{abc123 r u \xff}abc123\n")
        await world.pass_time(4)
        assert world.link() is LinkState.STALE
        assert "makes no sense" in world.frame.why


async def test_a_lost_link_is_tried_again_with_growing_waits() -> None:
    async with watched() as world:
        await world.make_live()
        world.transport.refusal = HostUnreachable("no route to host")
        world.session.ended.set_result(None)
        await settle()
        assert world.link() is LinkState.UNREACHABLE
        assert world.frame.why == "the link was lost"
        assert world.frame.retry_at is not None
        assert 1 <= (world.frame.retry_at - world.clock.now()).total_seconds() <= 2
        await world.pass_time(300)
        assert world.frame.why == "no route to host"
        # 1 + 2 + 4 + ... and then at least half of 30 s, at most all of it.
        assert 10 <= world.transport.attempts <= 26
        world.transport.refusal = None
        while len(world.transport.sessions) == 1:
            await world.pass_time(0.1)
        await world.make_live()


@pytest.mark.parametrize(
    ("error", "link"),
    [
        (HostKeyUnknown("never seen"), LinkState.KEY_UNKNOWN),
        (HostKeyChanged("another key"), LinkState.KEY_CHANGED),
        (LoginRefused("not let in"), LinkState.LOGIN_REFUSED),
    ],
)
async def test_a_wall_is_tried_once_a_minute(error: Exception, link: LinkState) -> None:
    async with watched() as world:
        world.transport.refusal = error
        await settle()
        assert world.link() is link
        assert world.frame.why == str(error)
        before = world.transport.attempts
        await world.pass_time(59)
        assert world.transport.attempts == before
        await world.pass_time(2)
        assert world.transport.attempts == before + 1
        assert [e.data["to"] for e in world.events] == [link.value]


async def test_a_host_that_cannot_say_is_a_wall_with_its_reason() -> None:
    async with watched() as world:
        await settle()
        world.session.say(b"{abc123 x the host has no awk}abc123\n")
        world.session.ended.set_result(1)
        await settle()
        assert world.link() is LinkState.UNREACHABLE
        assert world.frame.why == "the host has no awk"
        assert world.frame.retry_at is not None
        assert (world.frame.retry_at - world.clock.now()).total_seconds() == 60


async def test_a_probe_that_ends_is_told_with_its_exit_code() -> None:
    async with watched() as world:
        await settle()
        world.session.ended.set_result(127)
        await settle()
        assert world.frame.why == "the probe ended with exit code 127"


async def test_the_disks_are_asked_for_once_a_minute() -> None:
    async with watched() as world:
        await world.make_live()
        await world.answer_for(3)
        assert world.frame.sample is not None
        assert world.frame.sample.disk_used_mount == "/var/lib/data"
        assert world.frame.sample.disk_used_ratio == pytest.approx(0.91)
        assert world.transport.df_count == 1
        world.transport.df = CommandTimedOut("df took too long")
        await world.answer_for(67)
        assert world.transport.df_count == 2
        assert world.frame.sample.disk_used_ratio is None  # unknown, not what it was
        world.transport.df = DF
        await world.answer_for(67)
        assert world.frame.sample.disk_used_ratio == pytest.approx(0.91)


async def test_cancelling_closes_the_session() -> None:
    async with watched() as world:
        await world.make_live()
    assert world.session.is_closed
