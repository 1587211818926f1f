"""What a live fleet costs its collector: CPU a sample, samples lost, memory a host, a hung df.

Scenes of one run: hosts that a program of ours plays (asyncssh's server in another process,
which answers every tick at once), as many over two shards at 0.2 Hz (`--shards N`), real ones
(awk behind a real sshd), the same figures asked by a new command each time, over asyncssh
and over OpenSSH's ControlMaster, and a real host whose df hangs.

--json prints the figures as one JSON object, --check ends with 1 when a bar is missed. The
heavy case is `--hosts 2000 --real 500 --shards 5000 --seconds 60`. CPU time grows with the
load of the machine (caches, switches): the load and a yardstick of the same run are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import asyncssh
import psutil
from fleet_beside import control_master_us, shards, yardstick_us
from fleet_played import played, record

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.parts import watch_tools
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import DISKS, Survey
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.slow_questions import questions_of
from devops_tui.transports.links import SshLinks

BARS = {
    "fake_us_a_sample": 200.0,
    "real_us_a_sample": 300.0,
    "fake_lost": 0.0,
    "real_lost": 0.0,
    "memory_kb_a_host": 60.0,
    "record_bytes": 300.0,
    "hung_df_delays_ms": 50.0,
    "hung_df_left": 1.0,
    "fake_first_500_cpu_s": 2.0,
    "real_first_500_cpu_s": 2.0,
    "shards_lost": 0.0,
}
FULL = {"hosts": 2000, "real": 500, "shards": 5000, "seconds": 60.0}
SHARDS_HZ = 0.2
CONNECT_S = 240.0
EXECS = 60
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


class Watched:
    """A fleet under way, and when each host's samples came."""

    def __init__(self, pattern: Host, count: int, folder: Path, *, slow: bool = False) -> None:
        names = [HostName(f"h-{n}") for n in range(count)]
        self.hosts: dict[str, Host] = {name: _named(pattern, name) for name in names}
        self.times: dict[HostName, list[float]] = {name: [] for name in names}
        self.hung_at = 0.0
        (folder / "no_config").touch()
        self.links = SshLinks(self.hosts, config_file=folder / "no_config")
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
        self.fleet.set_pace(1 / hz)
        await self.fleet.watch(self.hosts, self.links)
        running = asyncio.create_task(self.fleet.run())
        clock = SystemClock()
        try:
            async with asyncio.timeout(CONNECT_S):
                while not all(self.times.values()):
                    await clock.sleep(0.05)
            first_s = time.process_time() - start_s
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


def _named(pattern: Host, name: HostName) -> Host:
    return Host(
        name,
        pattern.address,
        pattern.port,
        pattern.user,
        pattern.identity,
        known_hosts=pattern.known_hosts,
    )


async def exec_us(pattern: Host, folder: Path) -> float:
    """CPU microseconds of one sample by a new command."""
    links = SshLinks({"h": pattern}, config_file=folder / "no_config")
    transport = links.to(HostName("h"))
    script = "cat /proc/stat /proc/meminfo /proc/loadavg /proc/uptime /proc/net/dev"
    try:
        await transport.run(script)
        start_s = time.process_time()
        for _ in range(EXECS):
            await transport.run(script)
        return (time.process_time() - start_s) / EXECS * 1e6
    finally:
        await links.close()


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """All figures by name, the unit in the name."""
    figures = {"record_bytes": float(len(record()) + 27)}
    with played(folder) as pattern:
        found = await Watched(pattern, options.hosts, folder).run(options.hz, options.seconds)
        figures["memory_kb_a_host"] = found.pop("memory_kb")
        figures |= {f"fake_{name}": value for name, value in found.items()}
        if options.shards:
            both = shards(pattern, options.shards, SHARDS_HZ, max(10.0, options.seconds))
            figures |= {f"shards_{name}": value for name, value in both.items()}
    if not options.real:
        print(f"no real hosts: none were asked for, or {SSHD} is missing", file=sys.stderr)
        return figures
    lines = ["MaxStartups 2000", "MaxSessions 20"]
    with sshd(folder / "real", lines) as pattern:
        found = await Watched(pattern, options.real, folder).run(options.hz, options.seconds)
        found.pop("memory_kb")
        figures |= {f"real_{name}": value for name, value in found.items()}
        figures["exec_us_a_sample"] = await exec_us(pattern, folder)
        figures["exec_times_dearer"] = figures["exec_us_a_sample"] / figures["real_us_a_sample"]
        figures["control_master_us_a_sample"] = control_master_us(pattern, folder)
        figures["control_master_times_dearer"] = (
            figures["control_master_us_a_sample"] / figures["real_us_a_sample"]
        )
    tools = folder / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\ntrap '' TERM HUP PIPE\nwhile :; do sleep 1; done\n")
    (tools / "df").chmod(0o755)
    with sshd(folder / "hung", [f"SetEnv PATH={tools}:{os.environ['PATH']} SHLVL=5"]) as pattern:
        figures["hung_df_delays_ms"] = await Watched(pattern, 1, folder, slow=True).run_hung(2.0)
        figures["hung_df_left"] = float(_running(tools / "df"))
    figures["yardstick_us"] = yardstick_us()
    figures["load"] = os.getloadavg()[0]
    return figures


def _running(program: Path) -> int:
    """How many processes run this script."""
    found = 0
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += str(program).encode() in place.read_bytes()
        except OSError:
            continue
    return found


async def shard(options: argparse.Namespace) -> None:
    """One of several processes over played hosts; prints its figures."""
    known, port = options.shard
    pattern = Host(HostName("h"), "127.0.0.1", int(port), "any", known_hosts=known)
    folder = Path(tempfile.mkdtemp(prefix="shard-"))
    try:
        found = await Watched(pattern, options.hosts, folder).run(options.hz, options.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))


def main() -> int:
    """Measures and prints; 1 when asked to check and a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hosts", type=int, default=300, help="played ones")
    arguments.add_argument("--real", type=int, default=20, help="awk behind a real sshd")
    arguments.add_argument("--hz", type=float, default=1.0, help="at most 2")
    arguments.add_argument("--seconds", type=float, default=10.0, help="that are measured")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--shards", type=int, default=0, help="hosts over two processes")
    arguments.add_argument("--shard", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if not SSHD.exists():
        options.real = 0
    if options.shard:
        asyncio.run(shard(options))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        figures = asyncio.run(measure(options, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {name: round(value, 1) for name, value in figures.items()}
    asked = {name: getattr(options, name) for name in FULL}
    less = [f"{name} {asked[name]} of {full}" for name, full in FULL.items() if asked[name] < full]
    if options.json:
        print(json.dumps({**figures, "reduced": less}))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:10.1f}  {f'bar {BARS[name]:g}' if name in BARS else ''}")
        print(f"reduced: {', '.join(less) or 'nothing'}")
    missed = [name for name, bar in BARS.items() if figures.get(name, 0.0) > bar]
    for name in missed:
        print(f"{name} {figures[name]} is over {BARS[name]:g}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
