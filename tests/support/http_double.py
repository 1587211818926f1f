"""A small HTTP server on loopback that keeps what it was sent and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Taken:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpDouble:
    """Answers `status`, with `more` headers; says nothing while `is_mute`."""

    port: int = 0
    status: int = 200
    more: str = ""
    is_mute: bool = False
    taken: list[Taken] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (row.partition(":") for row in head[1:] if row)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            self.taken.append(Taken(head[0].split()[1], headers, body))
            self.came.set()
            if self.is_mute:
                await reader.read()
                return
            answer = f"HTTP/1.1 {self.status} x\r\n{self.more}Content-Length: 2\r\n\r\nno"
            writer.write(answer.encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def http_double(context: ssl.SSLContext | None = None) -> AsyncIterator[HttpDouble]:
    """Serves while inside."""
    double = HttpDouble()
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0, ssl=context)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
