from __future__ import annotations

import asyncio
import threading

import pytest
from fake_front import FakeFront
from sample_world import world
from textual.message import Message

from devops_tui.domain.errors import NotFound, StoreLocked, StoreUnsupported
from devops_tui.ports.front import Front
from devops_tui.tui.bridge import Bridge
from devops_tui.tui.messages import FrontBack, FrontFailed, OverviewRead

PATIENCE_S = 20.0


class Post:
    """Takes messages from the thread, and lets a test wait for one of a kind."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self._changed = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._changed:
            self.got.append(message)
            self._changed.notify_all()

    def wait_for(self, kind: type[Message], count: int = 1) -> Message:
        def found() -> list[Message]:
            return [m for m in self.got if isinstance(m, kind)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE_S), kind
            return found()[count - 1]


async def test_it_reads_on_a_change_and_answers_on_its_own_thread() -> None:
    front, post = FakeFront(world()), Post()
    bridge = Bridge(lambda: front, post)
    bridge.start()
    first = await asyncio.to_thread(post.wait_for, OverviewRead)
    assert isinstance(first, OverviewRead)
    thread = await bridge.ask(lambda _: threading.current_thread().name)
    assert thread == "front"
    before = len([m for m in post.got if isinstance(m, OverviewRead)])
    front.set(world())
    again = await asyncio.to_thread(post.wait_for, OverviewRead, before + 1)
    assert isinstance(again, OverviewRead)
    with pytest.raises(NotFound):
        await bridge.ask(lambda f: f.run("nothing-1"))  # type: ignore[arg-type]
    assert front.has_ensured_worker
    assert front.beats == ["home"]
    bridge.look_at("fleet web-07")
    await bridge.ask(lambda f: f.version())
    await bridge.ask(lambda f: f.version())
    assert front.beats[-1] == "fleet web-07"
    bridge.stop(PATIENCE_S)
    assert front.is_closed


async def test_trouble_is_told_once_and_so_is_its_end() -> None:
    front, post = FakeFront(world()), Post()
    bridge = Bridge(lambda: front, post)
    bridge.start()
    await asyncio.to_thread(post.wait_for, OverviewRead)
    front.trouble = StoreLocked("locked")
    await asyncio.to_thread(post.wait_for, FrontFailed)
    front.trouble = None
    await asyncio.to_thread(post.wait_for, FrontBack)
    bridge.stop(PATIENCE_S)
    assert len([m for m in post.got if isinstance(m, FrontFailed)]) == 1


async def test_a_house_that_cannot_be_opened_is_final() -> None:
    def refuse() -> Front:
        raise StoreUnsupported("newer schema")

    post = Post()
    bridge = Bridge(refuse, post)
    bridge.start()
    told = await asyncio.to_thread(post.wait_for, FrontFailed)
    assert isinstance(told, FrontFailed)
    assert told.is_final
    bridge.stop()


def test_only_the_newest_overview_counts() -> None:
    old, new = OverviewRead(world()), OverviewRead(world())
    assert new.can_replace(old)
    assert not new.can_replace(FrontBack())
    assert not FrontFailed(StoreLocked("x")).can_replace(FrontFailed(StoreLocked("y"), True))


async def test_a_house_that_is_stuck_is_told_once_and_again_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devops_tui.tui.bridge.SILENT_S", 0.05)
    front, post = FakeFront(world()), Post()
    bridge = Bridge(lambda: front, post)
    bridge.start()
    await asyncio.to_thread(post.wait_for, OverviewRead)
    goes_on = threading.Event()
    stuck = asyncio.create_task(bridge.ask(lambda _: goes_on.wait(PATIENCE_S)))
    async with asyncio.timeout(PATIENCE_S):
        while not any(isinstance(m, FrontFailed) for m in post.got):
            bridge.look_after()  # what the screen does each second, and never waits
            await asyncio.sleep(0.01)
    bridge.look_after()
    (told,) = [m for m in post.got if isinstance(m, FrontFailed)]
    assert not told.is_final
    assert "the store does not answer since" in str(told.error)
    assert not stuck.done()
    goes_on.set()
    assert await stuck
    await asyncio.to_thread(post.wait_for, FrontBack)
    bridge.stop(PATIENCE_S)
