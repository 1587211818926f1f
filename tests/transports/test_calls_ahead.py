"""A way to a socket that is open before something is said: used once, closed when not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.sshd import openssh

from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.ids import HostName
from devops_tui.ports.transport import CallsAhead
from devops_tui.transports import ssh_ahead
from devops_tui.transports.links import SshLinks
from devops_tui.transports.recorded import RecordedTransport
from devops_tui.transports.ssh import SshTransport


class Echo:
    """A socket that answers one line and closes; it counts who came and who left."""

    def __init__(self) -> None:
        self.came = 0
        self.left = asyncio.Semaphore(0)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        said = await reader.readline()
        writer.write(b"you said " + said)
        writer.close()
        self.left.release()

    async def gone(self, count: int) -> None:
        """Waits until that many have left."""
        async with asyncio.timeout(20):
            for _ in range(count):
                await self.left.acquire()


@pytest.fixture
async def link(tmp_path: Path) -> AsyncIterator[SshTransport]:
    with openssh(tmp_path / "sshd") as server:
        links = SshLinks({"lb-1": server.host("lb-1")})
        made = links.to(HostName("lb-1"))
        assert isinstance(made, SshTransport)
        yield made
        await links.close()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def place(tmp_path: Path, echo: Echo) -> AsyncIterator[str]:
    path = str(tmp_path / "echo")
    server = await asyncio.start_unix_server(echo.answer, path)
    async with server:
        yield path


async def test_the_next_exchange_takes_it_and_the_one_after_opens_its_own(
    link: SshTransport, echo: Echo, place: str
) -> None:
    await link.call_ahead(place)
    assert await link.exchange(place, b"first\n") == b"you said first\n"
    assert echo.came == 1
    assert await link.exchange(place, b"second\n") == b"you said second\n"
    assert echo.came == 2


async def test_one_that_nobody_takes_is_closed(
    link: SshTransport, echo: Echo, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_ahead, "KEPT_S", 0.05)
    await link.call_ahead(place)
    await echo.gone(1)
    assert await link.exchange(place, b"late\n") == b"you said late\n"


async def test_a_second_call_closes_the_first(link: SshTransport, echo: Echo, place: str) -> None:
    await link.call_ahead(place)
    await link.call_ahead(place)
    await echo.gone(1)
    assert await link.exchange(place, b"x\n") == b"you said x\n"
    assert echo.came == 2


async def test_nobody_there_is_said_at_once(link: SshTransport, tmp_path: Path) -> None:
    with pytest.raises(HostUnreachable):
        await link.call_ahead(str(tmp_path / "none"))


async def test_a_recorded_link_calls_ahead_and_tells_of_the_exchange_alone(
    link: SshTransport, echo: Echo, place: str
) -> None:
    told: list[str] = []
    recorded = RecordedTransport(link, lambda record: told.append(record.command), str)
    assert isinstance(recorded, CallsAhead)
    await recorded.call_ahead(place)
    assert await recorded.exchange(place, b"x\n") == b"you said x\n"
    assert echo.came == 1
    assert len(told) == 1
