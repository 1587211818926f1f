"""A door that speaks TLS, asked over a pair of streams as every other door is."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.loopback import LoopbackTransport
from support.notify_samples import certificate

from devops_tui.domain.errors import NoAnswer
from devops_tui.ports.transport import ByteReader, ByteWriter
from devops_tui.services import tls_stream
from devops_tui.services.http_probe import KeepAlive

BODY = bytes(range(256)) * 1000


@pytest.fixture
def server_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's context; our side trusts its certificate."""
    ours, trusting = certificate(tmp_path)
    monkeypatch.setattr(tls_stream, "_context", lambda: trusting)
    return ours


@asynccontextmanager
async def door(context: ssl.SSLContext | None, *, closes: bool = False) -> AsyncIterator[int]:
    """Answers every request on a connection with a long body."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if context is None:  # as servers of HTTP do where somebody speaks TLS
                writer.write(b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")
                return
            while await reader.readuntil(b"\r\n\r\n"):
                if closes:
                    break
                writer.write(b"HTTP/1.1 200 x\r\nX-Colour: green\r\n")
                writer.write(f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def through(port: int, name: str = "127.0.0.1") -> KeepAlive:
    link = LoopbackTransport("local")

    async def open_door() -> tuple[ByteReader, ByteWriter]:
        return await tls_stream.open_tls(*await link.open_port(port), name)

    return KeepAlive(open_door)


async def test_a_connection_answers_several_requests(server_side: ssl.SSLContext) -> None:
    async with door(server_side) as port:
        connection = through(port)
        for _ in range(3):
            answer = await connection.get("/", 10)
            assert (answer.status, answer.body) == (200, BODY)
            assert answer.headers["x-colour"] == "green"
        connection.close()


async def test_a_certificate_of_another_name_is_no_answer(server_side: ssl.SSLContext) -> None:
    async with door(server_side) as port:
        with pytest.raises(NoAnswer, match=r"(?i)certificate"):
            await through(port, "shop.example.com").get("/", 10)


async def test_a_certificate_that_nobody_trusts_is_no_answer(tmp_path: Path) -> None:
    async with door(certificate(tmp_path)[0]) as port:
        with pytest.raises(NoAnswer, match=r"(?i)certificate"):
            await through(port).get("/", 10)


async def test_a_door_without_tls_is_no_answer(server_side: ssl.SSLContext) -> None:
    async with door(None) as port:
        with pytest.raises(NoAnswer):
            await through(port).get("/", 2)


async def test_a_door_that_closes_is_no_answer(server_side: ssl.SSLContext) -> None:
    async with door(server_side, closes=True) as port:
        with pytest.raises(NoAnswer):
            await through(port).get("/", 10)
