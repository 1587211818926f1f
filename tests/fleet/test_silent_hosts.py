"""A frozen SSH server, a hung probe and a link without packets: each is called by its name."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.black_hole import black_hole
from support.sshd import SshServer, openssh

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.ports.pulse import Pulse
from devops_tui.services.link_inquiry import WHYS
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.watch import WatchTools
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="TCP tells what is on its way on Linux"),
]
INTERVAL_S = 0.5


class Looked:
    """The frames of one host, as they come."""

    def __init__(self, host: Host, folder: Path) -> None:
        (folder / "no_ssh_config").touch()
        self.frame: Frame | None = None
        self._news = asyncio.Condition()
        self.hosts: dict[str, Host] = {host.name: host}
        self.links = SshLinks(self.hosts, config_file=folder / "no_ssh_config")
        tools = WatchTools(
            clock=SystemClock(),
            monotonic=time.monotonic,
            script=probe_script,
            this_machine=PsutilMachine(),
            new_mark=lambda: secrets.token_hex(4),
        )
        self.watch = FleetWatch(tools, self._save, lambda _: None, questions=lambda *_: ())

    async def _save(self, frames: Sequence[Frame]) -> None:
        async with self._news:
            self.frame = frames[-1]
            self._news.notify_all()

    async def until(self, is_so: Callable[[Frame], bool]) -> Frame:
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: self.frame is not None and is_so(self.frame))
        assert self.frame is not None
        return self.frame


@asynccontextmanager
async def looked_at(host: Host, folder: Path) -> AsyncIterator[Looked]:
    """Until it is live."""
    looked = Looked(host, folder)
    looked.watch.set_pace(INTERVAL_S)
    await looked.watch.watch(looked.hosts, looked.links)
    running = asyncio.create_task(looked.watch.run())
    try:
        await looked.until(lambda frame: frame.link is LinkState.LIVE)
        yield looked
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await looked.links.close()


def stopped(server: SshServer, *names: str) -> list[psutil.Process]:
    """Freezes what runs under the server by these names."""
    found = [
        process
        for process in psutil.Process(server.pid).children(recursive=True)
        if any(name in process.name() for name in names)
    ]
    assert found
    for process in found:
        process.send_signal(signal.SIGSTOP)
    return found


def says(pulse: Pulse) -> Callable[[Frame], bool]:
    return lambda frame: frame.link is LinkState.STALE and frame.why == WHYS[pulse]


async def test_a_probe_that_hangs_is_told_from_its_server(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        async with looked_at(server.host("web-1"), tmp_path) as looked:
            for process in stopped(server, "awk"):
                await looked.until(says(Pulse.ANSWERED))
                process.send_signal(signal.SIGCONT)
            await looked.until(lambda frame: frame.link is LinkState.LIVE)


async def test_a_frozen_server_is_told_from_a_cut_link(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        async with looked_at(server.host("web-1"), tmp_path) as looked:
            frozen = stopped(server, "sshd")
            try:
                await looked.until(says(Pulse.TAKEN))
            finally:
                for process in frozen:
                    process.send_signal(signal.SIGCONT)
            await looked.until(lambda frame: frame.link is LinkState.LIVE)


async def test_a_link_without_packets_is_called_cut(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server, black_hole(server.port) as hole:
        _, _, key = server.known_hosts.read_text().partition(" ")
        server.known_hosts.write_text(f"[127.0.0.1]:{hole.port} {key}")
        host = replace(server.host("web-1"), port=hole.port)
        async with looked_at(host, tmp_path) as looked:
            hole.lose_packets()
            try:
                await looked.until(says(Pulse.LOST))
            finally:
                hole.find_packets()
            await looked.until(lambda frame: frame.link is LinkState.LIVE)


async def test_a_login_at_a_frozen_server_says_so(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        host = server.host("web-1")
        links = SshLinks(
            {host.name: host}, limits=LinkLimits(connect_s=1, login_s=1, handshake_tries=1)
        )
        psutil.Process(server.pid).send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(HostUnreachable, match="its SSH server says nothing: it is frozen"):
                await links.to(host.name).connect()
        finally:
            psutil.Process(server.pid).send_signal(signal.SIGCONT)
            await links.close()
