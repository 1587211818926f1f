"""Passes each request to a server of the colour that the map names at that moment.

The colour is looked up and the request counted as in flight in one go, so a colour
whose count is 0 after a change answers nothing any more. Connections of clients stay
open over a change: the next request on them goes to the new colour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from devops_tui.demo import door_wire as wire
from devops_tui.demo.door_admin import Counts
from devops_tui.demo.door_pool import Link, NoServer, Pool

_REPEATABLE = frozenset({b"GET", b"HEAD", b"OPTIONS"})
_REASONS: Mapping[int, str] = {
    400: "Bad Request",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
_AT_ONCE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the door waits: for the next request, a server, an answer and its pieces."""

    idle_s: float = 60.0
    connect_s: float = 2.0
    answer_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Backend:
    """The servers of one colour and what they did."""

    pool: Pool
    counts: Counts


class _ClientGone(Exception):
    """The client closed before it had the whole answer."""


class _ServerBroke(Exception):
    """The server closed or fell silent in the middle of a message."""


class _Client:
    """The writing half towards the client; its failures cannot be taken for the server's."""

    def __init__(self, writer: asyncio.StreamWriter, patience_s: float) -> None:
        self._writer = writer
        self._patience_s = patience_s

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._writer.drain()
        except (OSError, TimeoutError):
            raise _ClientGone from None

    def abort(self) -> None:
        self._writer.transport.abort()


class _Server:
    """The writing half towards a server; its failures cannot be taken for the client's."""

    def __init__(self, link: Link) -> None:
        self._writer = link.writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            raise _ServerBroke from None


@dataclass(frozen=True, slots=True)
class _Request:
    head: wire.Head
    body: wire.Body
    peer: bytes

    @property
    def method(self) -> bytes:
        return self.head.first

    @property
    def stays_open(self) -> bool:
        is_current = self.head.third == b"HTTP/1.1"
        return is_current and not self.head.has_token(b"connection", b"close")

    @property
    def is_repeatable(self) -> bool:
        return self.body == 0 and self.method in _REPEATABLE

    def encode(self) -> bytes:
        head = replace(self.head, third=b"HTTP/1.1")
        return wire.encode_head(head, ((b"X-Forwarded-For", self.peer),))


class Proxy:
    """Serves the connections of clients.

    Attributes:
        route: The backend that answers now, looked up for each request; None for none.
    """

    def __init__(self, route: Callable[[], Backend | None], timeouts: Timeouts) -> None:
        self._route = route
        self._timeouts = timeouts
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def drained(self) -> None:
        """Waits until nothing is in flight."""
        await self._idle.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers request after request until the client closes or must be closed."""
        client = _Client(writer, self._timeouts.answer_s)
        peer = str((writer.get_extra_info("peername") or ("unknown",))[0]).encode()
        try:
            while await self._next(reader, client, peer):
                pass
        except (_ClientGone, OSError, EOFError, TimeoutError):
            return  # nobody is left to tell
        finally:
            writer.close()

    async def _next(self, reader: asyncio.StreamReader, client: _Client, peer: bytes) -> bool:
        try:
            async with asyncio.timeout(self._timeouts.idle_s):
                head = await wire.read_head(reader)
            request = _Request(head, _checked(head), peer)
        except wire.WireError as error:
            return await _refuse(client, error.status, str(error))
        backend = self._route()
        if backend is None:
            return await _refuse(client, 503, "no colour serves")
        backend.counts.in_flight += 1
        backend.counts.requests += 1
        self._busy += 1
        self._idle.clear()
        try:
            return await self._answer(backend, request, reader, client)
        finally:
            backend.counts.in_flight -= 1
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def _answer(
        self,
        backend: Backend,
        request: _Request,
        reader: asyncio.StreamReader,
        client: _Client,
    ) -> bool:
        counts = backend.counts
        status, why = 502, "the server broke off"
        try:
            return await self._try(backend, request, reader, client)
        except NoServer:
            counts.refused += 1
            status, why = 503, "no server takes a connection"
        except TimeoutError:
            counts.broken += 1
            status, why = 504, "the server did not answer in time"
        except wire.WireError as error:
            status, why = error.status, str(error)
        except (OSError, EOFError):
            counts.broken += 1
        except _ServerBroke:
            counts.cut += 1
            client.abort()  # a tidy end would pass for a complete answer
            return False
        counts.answered(status)
        return await _refuse(client, status, why)

    async def _try(
        self,
        backend: Backend,
        request: _Request,
        reader: asyncio.StreamReader,
        client: _Client,
    ) -> bool:
        """Once; and once more when a kept connection turns out to be closed already."""
        link = await backend.pool.take(may_reuse=request.is_repeatable)
        try:
            return await self._ask(backend, link, request, reader, client)
        except TimeoutError:
            raise
        except (OSError, EOFError):
            if not (link.is_reused and request.is_repeatable):
                raise
        link = await backend.pool.take(may_reuse=False)
        return await self._ask(backend, link, request, reader, client)

    async def _ask(
        self,
        backend: Backend,
        link: Link,
        request: _Request,
        reader: asyncio.StreamReader,
        client: _Client,
    ) -> bool:
        sender: asyncio.Task[None] | None = None
        is_clean = False
        try:
            link.writer.write(request.encode())
            if request.body != 0:
                source = wire.BodyReader(reader, self._timeouts.idle_s)
                sender = asyncio.create_task(source.copy(_Server(link), request.body))
            head = await self._head(link, sender, client)
            backend.counts.answered(int(head.second))
            stays_open = await self._pass_back(link, head, request, client)
            is_sent = sender is None or sender.done()
            is_clean = is_sent and _stays_open(head, request.method)
            return stays_open and is_sent
        finally:
            if sender is not None:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
            if is_clean:
                backend.pool.give_back(link)
            else:
                link.close()

    async def _head(
        self, link: Link, sender: asyncio.Task[None] | None, client: _Client
    ) -> wire.Head:
        """The head of the final answer; interim ones are passed on as they come."""
        while True:
            async with asyncio.timeout(self._timeouts.answer_s):
                if sender is None:
                    head = await wire.read_head(link.reader)
                else:
                    head = await _head_while(sender, link)
            if not head.first.startswith(b"HTTP/1.") or not head.second.isdigit():
                raise wire.WireError(502, "the server does not speak HTTP/1.1")
            if not 100 <= int(head.second) < 200:
                return head
            client.write(wire.encode_head(head))
            await client.drain()

    async def _pass_back(
        self, link: Link, head: wire.Head, request: _Request, client: _Client
    ) -> bool:
        body = wire.answer_body(head, request.method)
        is_bare = body is wire.Framing.CHUNKED and request.head.third == b"HTTP/1.0"
        stays_open = request.stays_open and body is not wire.Framing.UNTIL_CLOSE
        if is_bare:
            kept = tuple(h for h in head.headers if h[0].lower() != b"transfer-encoding")
            head = replace(head, headers=kept)
        extra = () if stays_open else ((b"Connection", b"close"),)
        block = wire.encode_head(replace(head, first=b"HTTP/1.1"), extra)
        source = wire.BodyReader(link.reader, self._timeouts.answer_s)
        try:
            if isinstance(body, int) and body <= _AT_ONCE_BYTES:
                client.write(block + await source.whole(body))
            else:
                client.write(block)
                await source.copy(client, body, is_bare=is_bare)
            await client.drain()
        except (OSError, EOFError, TimeoutError, ValueError):
            raise _ServerBroke from None
        return stays_open


async def _head_while(sender: asyncio.Task[None], link: Link) -> wire.Head:
    """The head of the answer, given up when the client's body does not come any more."""
    reading = asyncio.create_task(wire.read_head(link.reader))
    try:
        await asyncio.wait({sender, reading}, return_when=asyncio.FIRST_COMPLETED)
        error = None if reading.done() else sender.exception()
        if isinstance(error, wire.WireError):
            raise error
        if error is not None and not isinstance(error, _ServerBroke):
            raise _ClientGone
        return await reading  # a server that takes no more may have answered already
    finally:
        reading.cancel()


def _checked(head: wire.Head) -> wire.Body:
    """Where the body ends of a request that may be passed on."""
    if head.third not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise wire.WireError(505, "HTTP/1.0 and HTTP/1.1 only")
    if head.first == b"CONNECT" or not head.first.isalpha():
        raise wire.WireError(501, "not a method that is passed on")
    if any(byte <= 0x20 or byte == 0x7F for byte in head.second):
        raise wire.WireError(400, "the target is malformed")
    if len(head.values(b"host")) != 1 and head.third == b"HTTP/1.1":
        raise wire.WireError(400, "exactly one Host is needed")
    return wire.request_body(head)


def _stays_open(head: wire.Head, method: bytes) -> bool:
    """Whether the server's connection can carry another request."""
    is_marked = wire.answer_body(head, method) is not wire.Framing.UNTIL_CLOSE
    is_current = head.first == b"HTTP/1.1" and head.second != b"101"
    return is_marked and is_current and not head.has_token(b"connection", b"close")


async def _refuse(client: _Client, status: int, why: str) -> bool:
    body = f"{status} {why}\n".encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    client.write(head.encode() + body)
    await client.drain()
    return False
