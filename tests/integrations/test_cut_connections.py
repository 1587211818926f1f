"""A cancel ends the thread that asks, wherever it waits, and leaves no connection open."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.notify_samples import AT, PlainSecrets, message

from devops_tui.domain.errors import NotTold
from devops_tui.domain.notify import EmailWay, Tls, WebhookWay
from devops_tui.integrations.jira.http import JiraHttp
from devops_tui.integrations.notify.email import EmailSender
from devops_tui.integrations.notify.webhook import WebhookSender
from devops_tui.integrations.remote_write import RemoteWrite

CLOCK = StillClock(AT)
SOON_S = 6.0
"""Less than any of the time-outs after which a thread would give up by itself."""


class _Token:
    async def resolve(self, reference: str) -> str:
        return "token"


async def _jira(scheme: str, port: int) -> None:
    client = JiraHttp(f"{scheme}://127.0.0.1:{port}", "", "env:JIRA", _Token())
    try:
        await client.ask("GET", "/")
    finally:
        client.close()


async def _webhook(scheme: str, port: int) -> None:
    way = WebhookWay(f"{scheme}://127.0.0.1:{port}/")
    await WebhookSender(way, PlainSecrets(), CLOCK).send(message())


async def _email(scheme: str, port: int) -> None:
    tls = Tls.IMPLICIT if scheme == "https" else Tls.NONE
    way = EmailWay("127.0.0.1", "a@example.com", ("b@example.com",), port, "", "", tls)
    await EmailSender(way, PlainSecrets(), CLOCK).send(message())


async def _figures(scheme: str, port: int) -> None:
    await RemoteWrite().send(f"{scheme}://127.0.0.1:{port}/", ())


WAYS = {"jira": _jira, "webhook": _webhook, "email": _email, "figures": _figures}


@pytest.fixture(params=list(WAYS))
def ask(request: pytest.FixtureRequest) -> Callable[[str, int], Awaitable[None]]:
    return WAYS[request.param]


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """Somebody listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(20)
        yield made


@pytest.fixture
def full_door() -> Iterator[int]:
    """Nobody takes connections, and there is no more room for those that wait."""
    with contextlib.ExitStack() as open_ones:
        made = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = open_ones.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(made.getsockname())
        yield made.getsockname()[1]


@pytest.fixture
async def one_thread() -> None:
    """What is asked next waits until the thread before it has ended."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    await asyncio.to_thread(int)


def handles() -> int:
    """Open files and sockets of this process."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


async def thread_is_over() -> None:
    await asyncio.wait_for(asyncio.to_thread(int), SOON_S)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


linux = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts /proc/self/fd")  # noqa: PTH112 - at import, of a constant


@linux
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_cancel_while_an_answer_or_tls_is_waited_for(
    ask: Callable[[str, int], Awaitable[None]], door: socket.socket, scheme: str
) -> None:
    before = handles()
    task = asyncio.ensure_future(ask(scheme, door.getsockname()[1]))
    peer, _ = await asyncio.get_running_loop().run_in_executor(_Apart(), door.accept)
    peer.settimeout(SOON_S)
    await cancelled(task)
    await thread_is_over()
    with peer, contextlib.suppress(ConnectionResetError):
        while await asyncio.to_thread(peer.recv, 4096):
            pass
    assert handles() == before


@linux
@pytest.mark.usefixtures("one_thread")
async def test_a_cancel_while_it_connects(
    ask: Callable[[str, int], Awaitable[None]], full_door: int
) -> None:
    before = handles()
    task = asyncio.ensure_future(ask("http", full_door))
    deadline = asyncio.get_running_loop().time() + SOON_S
    while handles() == before:  # its socket is there: it connects
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    await cancelled(task)
    await thread_is_over()
    assert handles() == before


@linux
@pytest.mark.usefixtures("one_thread")
async def test_a_cancel_before_the_thread_began(
    ask: Callable[[str, int], Awaitable[None]], door: socket.socket
) -> None:
    go = threading.Event()
    blocked = asyncio.ensure_future(asyncio.to_thread(go.wait, 20))
    await asyncio.sleep(0)
    before = handles()
    task = asyncio.ensure_future(ask("http", door.getsockname()[1]))
    for _ in range(5):
        await asyncio.sleep(0)
    await cancelled(task)
    go.set()
    await blocked
    await thread_is_over()
    door.setblocking(False)
    with pytest.raises(BlockingIOError):
        door.accept()
    assert handles() == before


@linux
@pytest.mark.usefixtures("one_thread")
async def test_a_long_answer_that_is_not_read_to_its_end_is_closed() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 no\r\nConnection: close\r\n\r\n" + b"x" * 100_000)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        before = handles()
        with pytest.raises(NotTold, match="500") as told:
            await _webhook("http", server.sockets[0].getsockname()[1])
        assert told.traceback  # which still knows the answer: nobody has closed it by forgetting it
        deadline = asyncio.get_running_loop().time() + SOON_S
        while handles() != before:  # the other end closes a moment later
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.01)


class _Apart(ThreadPoolExecutor):
    """A thread of its own, beside the one of the test."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
