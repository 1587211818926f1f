"""A fleet under way in this process, and a real sshd for it to look at."""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import asyncssh
import psutil

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.parts import watch_tools
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import DISKS, Survey
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.slow_questions import questions_of
from devops_tui.transports.limits import FOR_FIGURES
from devops_tui.transports.links import SshLinks

LISTENS_S = 30.0
CONNECT_S = 240.0
CONNECT_S_A_HOST = 0.3
"""A machine that many share lets a handshake wait at each of its steps."""
FIRST_PACE_S = 60.0
"""While they connect: second and third figures of the quick ones are none of the first's cost."""
SSHD = Path("/usr/sbin/sshd")


@contextmanager
def sshd(folder: Path, lines: Sequence[str] = ()) -> Iterator[Host]:
    """The pattern of a host behind a real sshd."""
    folder.mkdir()
    for name in ("host", "client"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(folder / name)
        key.write_public_key(folder / f"{name}.pub")
        (folder / name).chmod(0o600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "config").write_text(
        "\n".join(
            [
                *lines,
                f"Port {port}",
                "ListenAddress 127.0.0.1",
                f"HostKey {folder}/host",
                f"AuthorizedKeysFile {folder}/client.pub",
                "PidFile none",
                "StrictModes no",
                "UsePAM no",
                "UseDNS no",
                "PermitRootLogin prohibit-password",
                "SetEnv SHLVL=5",
                "",
            ]
        )
    )
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(parents=True, exist_ok=True)
    argv = [str(SSHD), "-D", "-f", str(folder / "config")]
    process = subprocess.Popen(argv, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_for(port)
        yield Host(
            HostName("h"),
            "127.0.0.1",
            port,
            getpass.getuser(),
            identity=str(folder / "client"),
            known_hosts=str(folder / "known"),
        )
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _wait_for(port: int) -> None:
    """Until somebody listens there: a host that is not up yet would count as a dead one."""
    until = time.monotonic() + LISTENS_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")


class Watched:
    """A fleet under way, and when each host's samples came."""

    def __init__(self, pattern: Host, count: int, folder: Path, *, slow: bool = False) -> None:
        names = [HostName(f"h-{n}") for n in range(count)]
        places = (pattern.address, *pattern.other_addresses)
        self.hosts: dict[str, Host] = {
            name: _named(pattern, name, places[n % len(places)]) for n, name in enumerate(names)
        }
        self.times: dict[HostName, list[float]] = {name: [] for name in names}
        self.hung_at = 0.0
        (folder / "no_config").touch()
        self.links = SshLinks(self.hosts, limits=FOR_FIGURES, config_file=folder / "no_config")
        self.fleet = FleetWatch(
            watch_tools(),
            self._save,
            lambda _: None,
            self._surveys,
            questions=questions_of if slow else lambda host, plan: (),
        )

    async def _save(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            seen = self.times[frame.host]
            at = frame.at.timestamp()
            if frame.link is LinkState.LIVE and at not in seen[-1:]:
                seen.append(at)

    async def _surveys(self, surveys: Sequence[Survey]) -> None:
        for survey in surveys:
            disks = survey.of(DISKS)
            if disks is not None and disks.problem:
                self.hung_at = time.time()

    async def run(self, hz: float, seconds: float) -> dict[str, float]:
        """Connects, lets it settle, measures."""
        process = psutil.Process()
        before_kb, start_s = process.memory_info().rss / 1024, time.process_time()
        self.fleet.set_pace(FIRST_PACE_S)
        await self.fleet.watch(self.hosts, self.links)
        running = asyncio.create_task(self.fleet.run())
        clock = SystemClock()
        try:
            async with asyncio.timeout(max(CONNECT_S, CONNECT_S_A_HOST * len(self.hosts))):
                while not all(self.times.values()):
                    await clock.sleep(0.05)
            first_s = time.process_time() - start_s
            self.fleet.set_pace(1 / hz)
            await clock.sleep(2 / hz)
            counted, begun_s, cpu_s = self._count(), time.monotonic(), time.process_time()
            await clock.sleep(seconds)
            spent_s, passed_s = time.process_time() - cpu_s, time.monotonic() - begun_s
            samples = self._count() - counted
            after_kb = process.memory_info().rss / 1024
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.links.close()
        expected = len(self.hosts) * int(passed_s * hz - 1)  # one may be under way at each end
        return {
            "first_500_cpu_s": first_s / len(self.hosts) * 500,
            "us_a_sample": spent_s / max(1, samples) * 1e6,
            "lost": float(max(0, expected - samples)),
            "memory_kb": (after_kb - before_kb) / len(self.hosts),
        }

    async def run_hung(self, hz: float) -> float:
        """By how many ms the longest pause between samples grew while df hung."""
        self.fleet.set_pace(1 / hz)
        await self.fleet.watch(self.hosts, self.links)
        running = asyncio.create_task(self.fleet.run())
        clock = SystemClock()
        try:
            async with asyncio.timeout(60.0):
                while not self.hung_at:
                    await clock.sleep(0.05)
            hung_until = self.hung_at
            await clock.sleep(8.0)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.links.close()
        (times,) = self.times.values()
        during = [b - a for a, b in pairwise(times[1:]) if b <= hung_until]
        after = [b - a for a, b in pairwise(times) if a > hung_until]
        return max(0.0, max(during) - max(after)) * 1e3

    def _count(self) -> int:
        return sum(len(seen) for seen in self.times.values())


def _named(pattern: Host, name: HostName, address: str) -> Host:
    return Host(
        name,
        address,
        pattern.port,
        pattern.user,
        pattern.identity,
        known_hosts=pattern.known_hosts,
    )
