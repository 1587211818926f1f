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
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from fleet_beside import control_master_us, shards, yardstick_us
from fleet_played import pattern_of, played, record
from fleet_scene import SSHD, Watched, sshd

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
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
EXECS = 60


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
            _tell(figures)
            both = shards(pattern, options.shards, SHARDS_HZ, max(10.0, options.seconds))
            figures |= {f"shards_{name}": value for name, value in both.items()}
    _tell(figures)
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
    _tell(figures)
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


def _tell(figures: dict[str, float]) -> None:
    """What is known so far: a scene that fails later takes nothing of it away."""
    known = {name: round(value, 1) for name, value in figures.items()}
    print(json.dumps({**known, "load": os.getloadavg()[0]}), file=sys.stderr, flush=True)


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
    pattern = pattern_of(known, int(port))
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
