"""A TCP proxy on loopback whose links can be cut, held still, refused, or lose every packet."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cuttable:
    """Passes bytes to a port until told otherwise.

    Attributes:
        links: How many were accepted so far.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._drops = 0
        self._listeners: tuple[socket.socket, ...] = ()
        self.links = 0
        self.port = 0

    def cut(self) -> None:
        """Resets every link; new ones are accepted."""
        for writer in list(self._writers):
            writer.transport.abort()

    def drop_next(self, count: int) -> None:
        """Closes that many new links as soon as they come, as MaxStartups does."""
        self._drops = count

    def hold(self) -> None:
        """Passes nothing any more, and says nothing."""
        self._flows.clear()

    def lose_packets(self) -> None:
        """Its system throws every packet away that comes in, those of new links too (Linux)."""
        for sock in (*self._listeners, *map(_socket_of, self._writers)):
            _filter(sock, "drop")

    def find_packets(self) -> None:
        """Packets come in again; what was lost is sent once more."""
        for sock in (*self._listeners, *map(_socket_of, self._writers)):
            _filter(sock, "keep")

    def listens_at(self, sockets: tuple[socket.socket, ...]) -> None:
        """Where links come in."""
        self._listeners = sockets
        self.port = sockets[0].getsockname()[1]

    def let_go(self) -> None:
        """Passes on what was held."""
        self._flows.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        if self._drops:
            self._drops -= 1
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        pair = {writer, there_writer}
        self._writers |= pair
        try:
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))
        finally:
            for one in pair:
                one.transport.abort()
            self._writers -= pair

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of socket(7), which Python does not name."""
_RETURN_CONSTANT = 0x06


def _filter(sock: socket.socket, what: str) -> None:
    """One instruction: how many bytes of a packet are kept."""
    kept = 0 if what == "drop" else 0xFFFFFFFF
    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN_CONSTANT, 0, 0, kept))
    words = struct.pack("HL", 1, ctypes.addressof(program))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, words)


def _socket_of(writer: asyncio.StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found


@asynccontextmanager
async def cuttable(target: int) -> AsyncIterator[Cuttable]:
    """A proxy to a port of 127.0.0.1; its own port is in `port`."""
    proxy = Cuttable(target)
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(proxy.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.listens_at(tuple(server.sockets))
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        for task in (left := list(serving)):
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
