"""The embedded front door as clients meet it: bodies, limits, broken servers, re-use."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.embedded import EmbeddedDoor
from support.haproxy import free_port
from support.process import Child

from devops_tui.demo.door_admin import Counts
from devops_tui.demo.door_pool import Pool
from devops_tui.demo.door_proxy import Backend, Proxy, Timeouts
from devops_tui.demo.door_wire import HEAD_LIMIT_BYTES
from devops_tui.demo.front_door import DoorConfig, main

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Opened:
    """A proxy within this process, in front of servers that a test plays."""

    def __init__(self, port: int, backend: Backend) -> None:
        self.port = port
        self.counts = backend.counts

    async def say(self, data: bytes) -> bytes:
        """Sends bytes on a new connection and reads until the door closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer


@asynccontextmanager
async def playing(script: Script) -> AsyncIterator[int]:
    """A server that plays a script for each connection; its port."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (EOFError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def door_to(*ports: int, answer_s: float = 5.0) -> AsyncIterator[Opened]:
    """A proxy over servers on these ports."""
    pool = Pool([("127.0.0.1", port) for port in ports], connect_s=2.0)
    backend = Backend(pool, Counts())
    proxy = Proxy(lambda: backend, Timeouts(idle_s=5.0, answer_s=answer_s))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=2 * HEAD_LIMIT_BYTES)
    async with server:
        yield Opened(server.sockets[0].getsockname()[1], backend)
        await proxy.drained()
    pool.close()


async def answer_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()


def get(path: str = "/", more: str = "Connection: close\r\n") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n{more}\r\n".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Child]:
    code = Path(__file__).parents[1] / "support" / "colour_server.py"
    child = Child(str(code), "blue", "1.0", "1")
    yield child
    child.kill()
    child.stop()


async def test_passes_long_bodies_both_ways(server: Child) -> None:
    async with door_to(*server.ready["ports"]) as door:
        body = b"x" * 3_000_000
        head = f"POST /echo HTTP/1.1\r\nHost: s\r\nContent-Length: {len(body)}\r\n"
        answer = await door.say(f"{head}Connection: close\r\n\r\n".encode() + body)
        assert answer.endswith(b"\r\n\r\n3000000")


async def test_passes_chunked_bodies_both_ways(server: Child) -> None:
    async with door_to(*server.ready["ports"]) as door:
        head = b"POST /echo HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n"
        chunks = b"3\r\nabc\r\n1f4\r\n" + b"y" * 500 + b"\r\n0\r\n\r\n"
        answer = await door.say(head + b"Connection: close\r\n\r\n" + chunks)
        assert answer.endswith(b"\r\n\r\n503")
        answer = await door.say(get("/chunked"))
        assert answer.endswith(b"0\r\nX-Trailer: t\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in answer
        assert len(answer) > 71_001


async def test_a_client_of_1_0_gets_no_chunks(server: Child) -> None:
    async with door_to(*server.ready["ports"]) as door:
        answer = await door.say(b"GET /chunked HTTP/1.0\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert body == b"c" * 71_001
        assert b"chunked" not in head


async def test_one_connection_carries_many_requests_and_so_does_the_servers() -> None:
    connections = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer_ok(reader, writer)

    async with playing(count) as port, door_to(port) as door:
        answer = await door.say(get(more="") * 9 + get())
        assert answer.count(b"200 OK") == 10
        assert connections == 1
        assert door.counts.requests == 10
        assert door.counts.in_flight == 0


async def test_a_kept_connection_that_was_closed_costs_no_request() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")  # takes the next request and closes instead

    async with playing(once) as port, door_to(port) as door:
        for _ in range(4):
            assert (await door.say(get())).startswith(b"HTTP/1.1 200")


async def test_a_post_is_never_sent_twice() -> None:
    seen = 0

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        await reader.readuntil(b"\r\n\r\n")
        seen += 1

    async with playing(close) as port, door_to(port) as door:
        request = b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        assert (await door.say(request)).startswith(b"HTTP/1.1 502")
        assert seen == 1
        assert (door.counts.broken, door.counts.answers) == (1, {5: 1})


async def test_a_server_that_refuses_is_passed_over() -> None:
    async with playing(answer_ok) as port, door_to(free_port(), port) as door:
        for _ in range(6):
            assert (await door.say(get())).startswith(b"HTTP/1.1 200")
        assert door.counts.refused == 0


async def test_no_server_at_all_is_503() -> None:
    async with door_to(free_port(), free_port()) as door:
        assert (await door.say(get())).startswith(b"HTTP/1.1 503")
        assert door.counts.refused == 1


async def test_a_silent_server_is_504() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with playing(silent) as port, door_to(port, answer_s=0.1) as door:
        assert (await door.say(get())).startswith(b"HTTP/1.1 504")


async def test_an_answer_that_breaks_off_is_never_passed_on_as_whole() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")
        await writer.drain()

    async with playing(cut) as port, door_to(port) as door:
        try:
            answer = await door.say(get())
        except ConnectionResetError:
            answer = b""
        assert not answer.endswith(b"0\r\n\r\n")
        assert door.counts.cut == 1


async def test_an_early_answer_ends_an_upload() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with playing(refuse) as port, door_to(port) as door:
        request = b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 9000\r\n\r\nonly a few"
        assert (await door.say(request)).startswith(b"HTTP/1.1 413")


async def test_a_client_that_leaves_in_its_upload_frees_the_server() -> None:
    gone = asyncio.Event()

    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()

    async with playing(read_all) as port, door_to(port) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 9000\r\n\r\nonly a few")
        await writer.drain()
        writer.close()
        await asyncio.wait_for(gone.wait(), 5)


async def test_100_continue_reaches_the_client() -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await reader.readexactly(3)
        writer.write(OK)
        await writer.drain()

    async with playing(ask) as port, door_to(port) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        head = b"POST / HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        writer.write(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"abc")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_head_has_no_body() -> None:
    async def head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            await writer.drain()

    async with playing(head) as port, door_to(port) as door:
        request = b"HEAD / HTTP/1.1\r\nHost: s\r\n\r\n"
        last = b"HEAD / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n"
        assert (await door.say(request + last)).count(b"200 OK") == 2


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nName : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * HEAD_LIMIT_BYTES + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    ],
)
async def test_what_no_proxy_may_pass_on_is_refused(request_: bytes, status: int) -> None:
    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("it was passed on")

    async with playing(fail) as port, door_to(port) as door:
        answer = await door.say(request_)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert door.counts.requests == 0


async def test_a_malformed_chunk_is_refused() -> None:
    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with playing(read_all) as port, door_to(port) as door:
        head = b"POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await door.say(head + b"zz\r\nabc")).startswith(b"HTTP/1.1 400")


async def test_a_connection_header_cannot_take_the_framing_away() -> None:
    heads: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await writer.drain()

    async with playing(keep) as port, door_to(port) as door:
        named = (
            "Connection: close, content-length, x-secret\r\nX-Secret: 1\r\nContent-Length: 0\r\n"
        )
        await door.say(get(more=named))
        assert b"Content-Length: 0" in heads[0]
        assert b"X-Secret" not in heads[0]
        assert b"X-Forwarded-For: 127.0.0.1" in heads[0]


def test_the_process_has_a_private_socket_and_ends_on_term(tmp_path: Path, server: Child) -> None:
    door = EmbeddedDoor(tmp_path, "shop", {"blue": server.ready["ports"], "green": []})
    door.start()
    assert stat.S_IMODE(door.socket.stat().st_mode) == 0o600
    assert door.child is not None
    assert door.child.ready == {"port": door.port}
    os.kill(door.child.pid, signal.SIGTERM)
    assert door.child.process.wait(10) == 0
    assert not door.socket.exists()
    door.child.stop()


async def test_term_waits_for_what_is_in_flight(tmp_path: Path, server: Child) -> None:
    door = EmbeddedDoor(tmp_path, "shop", {"blue": server.ready["ports"], "green": []})
    door.start()
    assert door.child is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(get("/slow"))
    await writer.drain()
    while True:
        admin, ask = await asyncio.open_unix_connection(str(door.socket))
        ask.write(b"show info\n")
        info = await admin.read()
        ask.close()
        if b"CurrReqs: 1" in info:
            break
    os.kill(door.child.pid, signal.SIGTERM)
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()
    assert await asyncio.to_thread(door.child.process.wait, 10) == 0
    door.child.stop()


def test_a_configuration_that_cannot_be_used_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "door.json"
    file.write_text('{"port": 1}')
    assert main(["--config", str(file)]) == 2
    assert "door.json" in capsys.readouterr().err
    with pytest.raises(ValueError, match="not host:port"):
        DoorConfig.decode(
            {
                "port": 0,
                "admin_socket": "s",
                "map": "m",
                "key": "k",
                "backends": {"blue": {"name": "b", "servers": ["nowhere"]}},
            }
        )
