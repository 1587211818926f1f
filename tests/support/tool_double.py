"""A tool's interface over HTTP on loopback: paths to answers, and what it was asked."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Any
"""JSON, or text or bytes as they are, or (status, one of these), or a function of Asked."""


@dataclass
class ToolDouble:
    """Answers by path (without its query); 404 for a path that has no answer.

    Attributes:
        more: Header lines of each answer, each with its line end.
        is_mute: Takes requests, and says nothing.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    more: str = ""
    is_mute: bool = False
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (row.partition(":") for row in head[1:] if row)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = head[0].split(" ")
            found = urlsplit(target)
            asked = Asked(method, found.path, parse_qs(found.query), headers, body)
            self.asked.append(asked)
            self.came.set()
            if self.is_mute:
                await reader.read()
                return
            status, said = self._answer(asked)
            writer.write(
                f"HTTP/1.1 {status} x\r\n{self.more}Content-Length: {len(said)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + said
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()

    def _answer(self, asked: Asked) -> tuple[int, bytes]:
        found = self.answers.get(asked.path, (404, "no such place"))
        if callable(found):
            found = found(asked)
        status, said = found if isinstance(found, tuple) else (200, found)
        if isinstance(said, bytes):
            return status, said
        return status, (said if isinstance(said, str) else json.dumps(said)).encode()


@asynccontextmanager
async def tool_double(
    answers: dict[str, Answer], context: ssl.SSLContext | None = None
) -> AsyncIterator[ToolDouble]:
    """Serves while inside."""
    double = ToolDouble(answers)
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0, ssl=context)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
