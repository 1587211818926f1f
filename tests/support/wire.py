"""A wire of TCP in a thread of its own, for stories that are told without an event loop.

Unlike `cuttable` it can break after so many bytes, which is how a test meets the middle of
an upload without guessing a moment, and it can strand the links of now alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_START_S = 10.0
_PIECE = 1 << 14


class _Link:
    """One connection and its other half."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._ends = (near, far)
        self.flows = asyncio.Event()
        self.flows.set()

    def abort(self) -> None:
        for end in self._ends:
            end.transport.abort()


class Wire:
    """Passes bytes from `port` to another port of this machine until told otherwise.

    Its methods may be called from any thread.

    Attributes:
        links: How many connections were accepted so far.
        faults: How often links were cut or stranded.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._links: set[_Link] = set()
        self._left: int | None = None
        self._fault = self._cut
        self._refuses = False
        self.port = 0
        self.links = 0
        self.faults = 0

    def cut(self) -> None:
        """Resets every link; new ones pass."""
        self._tell(self._cut)

    def break_after(self, count: int, fault: str) -> None:
        """Does "cut" or "strand" once `count` more bytes went to the host."""

        def arm() -> None:
            self._left = count
            self._fault = self._cut if fault == "cut" else self._strand

        self._tell(arm)

    def refuse(self) -> None:
        """Resets every link, and each new one as soon as it comes."""

        def act() -> None:
            self._refuses = True
            self._cut()

        self._tell(act)

    def strand(self) -> None:
        """The links of now pass nothing any more and say nothing; new ones pass."""

        self._tell(self._strand)

    def run(self, is_ready: threading.Event) -> None:
        """Serves until `stop`; the body of the thread."""
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        is_ready.set()
        self._loop.run_forever()
        server.close()
        self._cut()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        """Ends `run`."""
        self._tell(self._loop.stop)

    def _tell(self, act: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(act)

    def _cut(self) -> None:
        self.faults += 1
        for link in list(self._links):
            link.abort()

    def _strand(self) -> None:
        self.faults += 1
        for link in self._links:
            link.flows.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        if self._refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, far_writer)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pass(link, reader, far_writer, is_counted=True),
                self._pass(link, far_reader, writer, is_counted=False),
            )
        finally:
            link.abort()
            self._links.discard(link)

    async def _pass(
        self,
        link: _Link,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_counted: bool,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                if is_counted and self._is_used_up(len(data)):
                    self._fault()
                await link.flows.wait()
                writer.write(data)
                await writer.drain()
        link.abort()

    def _is_used_up(self, count: int) -> bool:
        if self._left is None:
            return False
        self._left -= count
        if self._left > 0:
            return False
        self._left = None
        return True


@contextmanager
def wire_to(target: int) -> Iterator[Wire]:
    """A wire to a port of 127.0.0.1, ended with its thread."""
    wire = Wire(target)
    is_ready = threading.Event()
    thread = threading.Thread(target=wire.run, args=(is_ready,), name=f"wire to {target}")
    thread.start()
    try:
        assert is_ready.wait(_START_S), "the wire does not listen"
        yield wire
    finally:
        wire.stop()
        thread.join(_START_S)
        assert not thread.is_alive()
