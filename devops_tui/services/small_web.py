"""A very small web server: one request a connection, bounded in size, time and number."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

MOST_CLIENTS = 16
_HEAD_BYTES = 16 << 10
_ANSWER_S = 10.0
_REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}

log = logging.getLogger(__name__)

Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]
"""Reads what it wants of a request, and gives the whole answer; may write before that."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a request; every part of it is untrusted.

    Attributes:
        target: The path with what follows it.
        fields: Names in lower case and values, in their order; one name may come again.
    """

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]


class SmallServer:
    """Listens on one port.

    Args:
        respond: Answers one request.
        busy: The answer to whoever comes while too many are served.
        who: Who comes, for the log: "a sender".
    """

    def __init__(self, respond: Respond, busy: bytes, who: str) -> None:
        self._respond = respond
        self._busy = busy
        self._who = who
        self._server: asyncio.Server | None = None
        self._clients = 0

    async def open(self, address: str, port: int) -> int:
        """Listens; the port, where 0 asked for any.

        Raises:
            OSError: Another program has the port, or the address is not of this machine.
        """
        self._server = await asyncio.start_server(self._serve, address, port, limit=_HEAD_BYTES)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it listens; nothing while it does not."""
        sockets = self._server.sockets if self._server is not None else ()
        return tuple(str(each.getsockname()[0]) for each in sockets)

    async def close(self) -> None:
        """Listens no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            async with asyncio.timeout(_ANSWER_S):
                is_busy = self._clients > MOST_CLIENTS
                writer.write(self._busy if is_busy else await self._respond(reader, writer))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            log.info("%s went away: %r", self._who, error)
        finally:
            self._clients -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def read_head(reader: asyncio.StreamReader) -> Head:
    """The head of the next request.

    Raises:
        EOFError, asyncio.LimitOverrunError: It has no end, or is too long.
    """
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    parts = (line.partition(":") for line in lines)
    fields = tuple((n.strip().lower(), value.strip()) for n, colon, value in parts if colon)
    return Head(method, rest.partition(" ")[0], fields)


def answer(status: int, kind: str, body: bytes, *, is_head: bool = False) -> bytes:
    """A whole answer, after which the connection ends."""
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (b"" if is_head else body)
