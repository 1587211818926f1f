"""A channel tells each event at least once, in order, without flooding anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.notify_samples import AT

from devops_tui.domain.errors import NotTold
from devops_tui.domain.event import Event
from devops_tui.domain.notice import Severity, Topic
from devops_tui.domain.notify import Channel, CommandWay, Message, Notify
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.services.notify.delivery import LISTED, Delivery
from devops_tui.stores.sqlite.store import SqliteStore

HOUR_S = 3600.0


@dataclass
class SenderDouble:
    """Keeps what it was told; raises `trouble` instead while there is some."""

    told: list[Message] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    trouble: BaseException | None = None

    async def send(self, message: Message) -> None:
        self.tried.append(message.key)
        if self.trouble is not None:
            raise self.trouble
        self.told.append(message)


class Bench:
    """One channel over a real store."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock(AT)
        self.store = SqliteStore.open(folder / "state.db")
        self.channel = Channel("chat", CommandWay(("page",)), severity=Severity.INFO, every_s=5.0)
        self.sender = SenderDouble()
        self.delivery = self.another()

    def another(self, holder: str = "w1") -> Delivery:
        """As a worker that has just begun."""
        workspace = Workspace(
            "shop",
            "/",
            environments={"production": Environment("production", ())},
            notify=Notify((self.channel,)),
        )
        self.delivery = Delivery(
            self.store, self.clock, workspace, self.channel, self.sender, holder, self._changed
        )
        return self.delivery

    async def _changed(self) -> None:
        await asyncio.Event().wait()

    def say(self, kind: str = "flip.failed", subject: str = "shop", **data: str) -> int:
        return self.store.append(Event(kind, subject, self.clock.now(), data=data)).seq

    async def steps(self, count: int = 1) -> None:
        for _ in range(count):
            wait_s = await self.delivery.step()
            self.clock.move(wait_s or 0.0)

    @property
    def kinds(self) -> list[str]:
        return [e.kind for e in self.store.events()]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


async def test_a_new_channel_tells_what_happens_from_now_on(bench: Bench) -> None:
    bench.say()
    await bench.steps()
    assert bench.sender.tried == []
    seq = bench.say(to="green")
    await bench.steps()
    (message,) = bench.sender.told
    assert message.key == f"shop/chat/{seq - 1}-{seq}"
    assert message.title == "[shop] shop did not flip to green"
    await bench.steps(3)
    assert len(bench.sender.tried) == 1


async def test_what_comes_together_is_one_message_and_the_worst_is_listed(bench: Bench) -> None:
    await bench.steps()
    for number in range(60):
        bench.say("flip.finished" if number else "flip.reverted", f"s{number}")
    await bench.steps()
    (message,) = bench.sender.told
    assert len(message.notices) == LISTED
    assert message.more == 60 - LISTED
    assert message.title == "[shop] 60 notices, s0 went back by itself"


async def test_a_storm_is_one_message_each_pause(bench: Bench) -> None:
    await bench.steps()
    begun = bench.clock.now()
    for _ in range(100):
        bench.say()
        wait_s = await bench.delivery.step()
        bench.clock.move(min(wait_s or 0.1, 0.1))
    passed_s = (bench.clock.now() - begun).total_seconds()
    assert len(bench.sender.told) <= 1 + passed_s / bench.channel.every_s
    bench.clock.move(5)
    await bench.steps()
    assert sum(len(m.notices) + m.more for m in bench.sender.told) == 100


async def test_a_way_that_does_not_work_is_tried_with_growing_pauses(bench: Bench) -> None:
    await bench.steps()
    bench.say()
    bench.sender.trouble = NotTold("down")
    pauses = []
    for _ in range(12):
        pause_s = await bench.delivery.step()
        assert pause_s is not None
        pauses.append(pause_s)
        bench.clock.move(pause_s)
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert pauses[-1] == 300.0
    assert len(set(bench.sender.tried)) == 1  # told again with the same key
    bench.sender.trouble = None
    await bench.steps()
    assert len(bench.sender.told) == 1


async def test_whoever_asks_to_be_left_alone_is(bench: Bench) -> None:
    await bench.steps()
    bench.say()
    bench.sender.trouble = NotTold("busy", retry_after_s=90.0)
    assert await bench.delivery.step() == 90.0


async def test_what_nobody_takes_for_hours_is_dropped_with_an_event(bench: Bench) -> None:
    await bench.steps()
    bench.say()
    bench.sender.trouble = NotTold("down")
    for _ in range(200):
        if "notice.dropped" in bench.kinds:
            break
        await bench.steps()
    (dropped,) = (e for e in bench.store.events() if e.kind == "notice.dropped")
    assert (dropped.subject, dropped.why, dropped.data["count"]) == ("chat", "down", 1)
    assert (bench.clock.now() - AT).total_seconds() >= 6 * HOUR_S
    bench.sender.trouble = None
    await bench.steps(4)
    assert bench.sender.told == []  # neither that, nor its own dropping
    bench.say()
    await bench.steps(2)
    assert len(bench.sender.told) == 1


async def test_a_worker_that_dies_while_it_tells_loses_nothing(bench: Bench) -> None:
    await bench.steps()
    bench.say()
    bench.sender.trouble = asyncio.CancelledError()  # the process ends in the midst of it
    with pytest.raises(asyncio.CancelledError):
        await bench.delivery.step()
    bench.sender.trouble = None
    bench.say()  # comes before the next worker does
    bench.another("w2")
    await bench.steps(3)
    first, second = bench.sender.told
    assert bench.sender.tried[0] == first.key
    assert (len(first.notices), len(second.notices)) == (1, 1)


async def test_two_workers_do_not_tell_at_once(bench: Bench) -> None:
    await bench.steps()
    other = bench.delivery
    bench.another("w2")
    bench.say()
    is_first = asyncio.Event()

    async def slow(message: Message) -> None:
        bench.sender.told.append(message)
        is_first.set()
        await asyncio.Event().wait()

    bench.sender.send = slow  # type: ignore[method-assign] # hangs until it is cancelled
    telling = asyncio.create_task(other.step())
    await is_first.wait()
    assert await bench.delivery.step() == 1.0  # waits for the lease
    assert len(bench.sender.told) == 1
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


async def test_a_channel_gets_what_it_wants(bench: Bench) -> None:
    bench.channel = Channel("chat", CommandWay(("x",)), (Topic.TRAFFIC,), Severity.ERROR)
    bench.another()
    await bench.steps()
    bench.say("incident.opened", "INC-1")
    bench.say("flip.finished")
    bench.say("job.started", "shop-1")
    bench.say("service.drifted")
    await bench.steps()
    assert [n.kind for m in bench.sender.told for n in m.notices] == ["service.drifted"]


async def test_events_that_nobody_wants_are_not_read_again_and_again(bench: Bench) -> None:
    await bench.steps()
    for _ in range(1200):
        bench.say("job.started", "shop-1")
    await bench.steps(5)
    assert await bench.delivery.step() is None
    bench.another("w2")
    bench.say()
    await bench.steps(4)
    assert len(bench.sender.told) == 1
