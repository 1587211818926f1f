"""Live figures over real SSH: OpenSSH's server, and asyncssh's own as the demo has it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.sshd import embedded, new_key, openssh

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, Host, LinkState, Scope
from devops_tui.domain.ids import HostName
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.watch import WatchTools
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine


class Fleet:
    """A fleet that runs, and a way to wait for what it saves."""

    def __init__(self, hosts: Sequence[Host], config_file: Path) -> None:
        self.frames: dict[HostName, Frame] = {}
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._hosts: dict[str, Host] = {h.name: h for h in hosts}
        self.links = SshLinks(self._hosts, limits=LinkLimits(), config_file=config_file)
        tools = WatchTools(
            clock=SystemClock(),
            monotonic=time.monotonic,
            script=probe_script,
            this_machine=PsutilMachine(),
            new_mark=lambda: secrets.token_hex(4),
        )
        self.watch = FleetWatch(tools, self._save, self.events.append)

    async def run(self) -> None:
        self.watch.set_pace(0.4)
        await self.watch.watch(self._hosts, self.links)
        await self.watch.run()

    async def _save(self, frames: Sequence[Frame]) -> None:
        async with self._news:
            self.frames.update((f.host, f) for f in frames)
            self._news.notify_all()

    async def until(self, host: HostName, is_so: Callable[[Frame], bool]) -> Frame:
        """The first saved frame of the host that is so; half a minute at the most."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: host in self.frames and is_so(self.frames[host]))
            return self.frames[host]


@asynccontextmanager
async def running(folder: Path, *hosts: Host) -> AsyncIterator[Fleet]:
    config = folder / "no_ssh_config"
    config.touch()
    fleet = Fleet(hosts, config)
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await fleet.links.close()


def is_live(frame: Frame) -> bool:
    return frame.link is LinkState.LIVE


def knows_disks(frame: Frame) -> bool:
    return frame.sample is not None and frame.sample.disk_used_ratio is not None


def is_busy(frame: Frame) -> bool:
    """More than idle by far, yet no more than a loop gets where many want the processors."""
    return frame.sample is not None and frame.sample.cpu_ratio > 0.2


def is_idle(frame: Frame) -> bool:
    return frame.sample is not None and frame.sample.cpu_ratio < 0.12


async def check_a_tree(fleet: Fleet, name: HostName) -> None:
    """A host's figures rise with a loop that burns two seconds of CPU, and fall after it."""
    await fleet.until(name, is_idle)
    burning = asyncio.create_task(
        fleet.links.to(name).run(
            "ulimit -t 2; exec timeout 25 sh -c 'while :; do :; done'", timeout_s=40
        )
    )
    frame = await fleet.until(name, is_busy)
    assert frame.sample is not None
    assert frame.sample.cores == 1
    assert frame.sample.net_in_bytes_s is None
    await burning
    await fleet.until(name, is_idle)


@pytest.mark.real
async def test_a_real_server_gives_figures_of_the_machine_and_of_its_tree(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        machine = server.host("machine")
        below = replace(server.host("below"), scope=Scope.TREE)
        async with running(tmp_path, machine, below) as fleet:
            frame = await fleet.until(machine.name, is_live)
            assert frame.sample is not None
            assert frame.sample.processes > 1
            assert frame.sample.mem_total_bytes > 1 << 20
            frame = await fleet.until(machine.name, knows_disks)
            assert frame.sample is not None
            assert frame.sample.disk_used_mount.startswith("/")
            await check_a_tree(fleet, below.name)


async def test_an_embedded_server_gives_figures_too(tmp_path: Path) -> None:
    async with (
        embedded(tmp_path / "embedded") as server,
        running(tmp_path, server.host("web-1")) as fleet,
    ):
        frame = await fleet.until(HostName("web-1"), lambda f: len(f.cpu_trend) >= 3)
        assert frame.link is LinkState.LIVE
        assert fleet.events == []


@pytest.mark.real
async def test_a_link_that_dies_is_told_and_opened_again(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        host = server.host("web-1")
        async with running(tmp_path, host) as fleet:
            await fleet.until(host.name, is_live)
            (connection,) = psutil.Process(server.pid).children()
            connection.kill()
            gone = await fleet.until(host.name, lambda f: f.link is LinkState.UNREACHABLE)
            assert gone.retry_at is not None
            assert gone.sample is not None
            await fleet.until(host.name, is_live)
            assert [e.data["to"] for e in fleet.events] == ["unreachable", "live"]


@pytest.mark.real
async def test_a_host_that_freezes_is_stale_and_goes_on(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        host = server.host("web-1")
        async with running(tmp_path, host) as fleet:
            await fleet.until(host.name, is_live)
            probes = [
                process
                for process in psutil.Process(server.pid).children(recursive=True)
                if "awk" in process.name()
            ]
            assert len(probes) == 1
            probes[0].suspend()
            try:
                stale = await fleet.until(host.name, lambda f: f.link is LinkState.STALE)
                assert stale.sample is not None
            finally:
                probes[0].resume()
            await fleet.until(host.name, is_live)


@pytest.mark.real
async def test_keys_that_are_unknown_or_changed_are_walls(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        empty, other = tmp_path / "nothing_known", tmp_path / "another_known"
        empty.touch()
        public = new_key(tmp_path / "another").export_public_key().decode()
        other.write_text(f"[127.0.0.1]:{server.port} {public}")
        unknown = server.host("unknown", known_hosts=empty)
        changed = server.host("changed", known_hosts=other)
        async with running(tmp_path, unknown, changed) as fleet:
            frame = await fleet.until(unknown.name, lambda f: f.link is LinkState.KEY_UNKNOWN)
            assert frame.retry_at is not None
            await fleet.until(changed.name, lambda f: f.link is LinkState.KEY_CHANGED)


@pytest.mark.real
async def test_a_login_that_is_refused_is_a_wall(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd") as server:
        new_key(tmp_path / "stranger")
        host = replace(server.host("web-1"), identity=str(tmp_path / "stranger"))
        async with running(tmp_path, host) as fleet:
            frame = await fleet.until(host.name, lambda f: f.link is LinkState.LOGIN_REFUSED)
            assert frame.why


@pytest.mark.real
async def test_a_greeting_around_the_shell_does_no_harm(tmp_path: Path) -> None:
    greeting = r"""ForceCommand printf 'Hi {abc123 h awk}\n\033[2J\377'; exec sh -s"""
    with openssh(tmp_path / "sshd", [greeting]) as server:
        async with running(tmp_path, server.host("web-1")) as fleet:
            await fleet.until(HostName("web-1"), is_live)


@pytest.mark.real
async def test_an_account_without_a_shell_is_not_live(tmp_path: Path) -> None:
    with openssh(tmp_path / "sshd", ["ForceCommand echo no shell here"]) as server:
        async with running(tmp_path, server.host("web-1")) as fleet:
            frame = await fleet.until(HostName("web-1"), lambda f: f.retry_at is not None)
            assert frame.link in (LinkState.UNREACHABLE, LinkState.LOGIN_REFUSED)
            assert frame.sample is None
