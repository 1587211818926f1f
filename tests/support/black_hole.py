"""A proxy on a thread of its own: it goes on, or falls silent, while a test's loop stands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.cuttable import Cuttable, cuttable


class BlackHole:
    """Passes bytes to a port of 127.0.0.1; then takes them and says nothing any more."""

    def __init__(self, proxy: Cuttable, loop: asyncio.AbstractEventLoop) -> None:
        self._proxy = proxy
        self._loop = loop

    @property
    def port(self) -> int:
        """Its own."""
        return self._proxy.port

    @property
    def links(self) -> int:
        """How many were accepted so far."""
        return self._proxy.links

    def swallow(self) -> None:
        """No byte comes through any more, and no link is ended; new ones are accepted."""
        self._do(self._proxy.hold)

    def lose_packets(self) -> None:
        """Nothing is even acknowledged any more, and no new link comes about."""
        self._do(self._proxy.lose_packets)

    def find_packets(self) -> None:
        """Packets arrive again."""
        self._do(self._proxy.find_packets)

    def let_go(self) -> None:
        """All that was held comes through."""
        self._do(self._proxy.let_go)

    def _do(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def do() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(do)
        assert done.wait(10)


@contextmanager
def black_hole(target: int) -> Iterator[BlackHole]:
    """A proxy before a port, until the block ends."""
    is_there = threading.Event()
    made: list[BlackHole] = []
    ends: list[asyncio.Event] = []

    async def serve() -> None:
        async with cuttable(target) as proxy:
            ends.append(asyncio.Event())
            made.append(BlackHole(proxy, asyncio.get_running_loop()))
            is_there.set()
            await ends[0].wait()
            proxy.let_go()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert is_there.wait(10)
        yield made[0]
    finally:
        loop.call_soon_threadsafe(ends[0].set)
        thread.join(10)
        loop.close()
