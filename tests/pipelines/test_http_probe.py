"""The probe against real sockets that answer well, badly, slowly and not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from devops_tui.domain.errors import NoAnswer
from devops_tui.ports.transport import ByteReader, ByteWriter
from devops_tui.services.http_probe import KeepAlive, Open, get

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Open]:
    """A server on a free port that plays `script` for each connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (EOFError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def open_it() -> tuple[ByteReader, ByteWriter]:
        return await asyncio.open_connection("127.0.0.1", port)

    try:
        yield open_it
    finally:
        server.close()


def saying(answer: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            if b"onnection: close" in answer or b"Content-Length" not in answer:
                return

    return script


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Version: abc\r\n\r\nhi", 200, b"hi"),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 503, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil closed", 200, b"until closed"),
        (b"HTTP/1.1 204 Nothing\r\nContent-Length: 0\r\n\r\n", 204, b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
            200,
            b"abcde",
        ),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\n!", 201, b"!"),
    ],
)
async def test_answers_are_read(answer: bytes, status: int, body: bytes) -> None:
    async with serving(saying(answer)) as open_it:
        got = await get(open_it, "/healthz", "shop", 5.0)
    assert (got.status, got.body) == (status, body)
    assert got.latency_ms > 0


async def test_header_names_are_lower_case_and_the_request_is_what_it_should_be() -> None:
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nX-VERSION:  7 \r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(script) as open_it:
        got = await get(open_it, "/a?b=c", "shop:8080", 5.0)
    assert got.headers["x-version"] == "7"
    assert seen[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: shop:8080\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"",
    ],
)
async def test_what_is_no_answer_is_said_to_be_none(answer: bytes) -> None:
    async with serving(saying(answer)) as open_it:
        with pytest.raises(NoAnswer):
            await get(open_it, "/", "shop", 5.0)


async def test_a_silent_server_is_given_up_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client leaves

    async with serving(silent) as open_it:
        with pytest.raises(NoAnswer, match=r"within 0\.05 s"):
            await get(open_it, "/", "shop", 0.05)


async def test_a_refused_connection_is_named() -> None:
    async with serving(saying(b"")) as open_it:
        pass
    with pytest.raises(NoAnswer, match="refused"):
        await get(open_it, "/", "shop", 5.0)


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: 1", "/ä"])
async def test_a_path_cannot_smuggle_a_header(path: str) -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as open_it:
        with pytest.raises(NoAnswer):
            await get(open_it, path, "shop", 5.0)


async def test_keep_alive_uses_one_connection_until_the_server_closes_it() -> None:
    connections = 0

    async def three_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for left in (2, 1, 0):
            await reader.readuntil(b"\r\n\r\n")
            more = b"" if left else b"Connection: close\r\n"
            writer.write(b"HTTP/1.1 200 OK\r\n" + more + b"Content-Length: 2\r\n\r\nok")
            await writer.drain()

    async with serving(three_answers) as open_it:
        connection = KeepAlive(open_it, "shop")
        answers = [await connection.get("/", 5.0) for _ in range(6)]
        connection.close()
        connection.close()
    assert [a.body for a in answers] == [b"ok"] * 6
    assert connections == 2
