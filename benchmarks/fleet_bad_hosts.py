"""How late healthy hosts are while others hang, flood and refuse.

    python benchmarks/fleet_bad_hosts.py [--seconds S] [--json] [--check]

Real sshds on loopback: 30 hosts that are well at one sample a second, first alone, then beside 10
whose shell hangs, 5 whose shell prints without end and 5 that refuse the connection. The figure is
the longest pause between two samples of a healthy host, less the interval. The bar is one interval.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.sshd import SshServer, free_port, openssh

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.services.monitoring import FleetWatch
from devops_tui.services.watch import WatchTools
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine

HEALTHY, HANG, FLOOD, REFUSE = 30, 10, 5, 5
INTERVAL_S = 1.0
BAR_S = INTERVAL_S
PATIENCE_S = 120.0
ROOMY = "MaxStartups 100"


class Fleet:
    """Hosts, and when each sample of a healthy one came."""

    def __init__(self, hosts: Sequence[Host], folder: Path) -> None:
        self._hosts: dict[str, Host] = {host.name: host for host in hosts}
        self.times: dict[str, list[float]] = {
            host.name: [] for host in hosts if host.name.startswith("well")
        }
        self.live: set[str] = set()
        self.links = SshLinks(
            self._hosts, limits=LinkLimits(), config_file=folder / "no_ssh_config"
        )
        tools = WatchTools(
            clock=SystemClock(),
            monotonic=time.monotonic,
            script=probe_script,
            this_machine=PsutilMachine(),
            new_mark=lambda: secrets.token_hex(4),
        )
        self.watch = FleetWatch(tools, self._save, lambda _: None, questions=lambda *_: ())

    async def _save(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if frame.link is not LinkState.LIVE:
                continue
            self.live.add(frame.host)
            known = self.times.get(frame.host)
            if known is not None and (not known or frame.at.timestamp() > known[-1]):
                known.append(frame.at.timestamp())

    async def measure(self, seconds: float) -> dict[str, float]:
        """Waits until all healthy hosts are live, then looks on for so long."""
        self.watch.set_pace(INTERVAL_S)
        await self.watch.watch(self._hosts, self.links)
        running = asyncio.create_task(self.watch.run())
        begun = time.monotonic()
        cpu = time.process_time()
        try:
            while not self.live >= self.times.keys():
                if time.monotonic() - begun > PATIENCE_S:
                    raise SystemExit("the healthy hosts do not all become live")
                await asyncio.sleep(0.1)
            all_live_s = time.monotonic() - begun
            for times in self.times.values():
                times.clear()
            await asyncio.sleep(seconds)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.links.close()
        pauses = [b - a for times in self.times.values() for a, b in pairwise(times)]
        samples = sum(len(times) for times in self.times.values())
        return {
            "late_s": round(max(pauses) - INTERVAL_S, 3),
            "samples_of_expected": round(samples / (len(self.times) * seconds / INTERVAL_S), 3),
            "all_live_s": round(all_live_s, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
            "bad_ones_live": float(len(self.live - self.times.keys())),
        }


@contextmanager
def servers(folder: Path) -> Iterator[list[Host]]:
    """All fifty; the healthy ones first."""
    with ExitStack() as stack:

        def several(server: SshServer, name: str, count: int) -> list[Host]:
            host = server.host(name)
            return [replace(host, name=HostName(f"{name}-{n}")) for n in range(count)]

        def started(name: str, *lines: str) -> SshServer:
            return stack.enter_context(openssh(folder / name, [ROOMY, *lines]))

        well = started("well")
        hosts = several(well, "well", HEALTHY)
        hosts += several(started("hang", "ForceCommand exec sleep 600"), "hang", HANG)
        hosts += several(started("flood", "ForceCommand exec yes"), "flood", FLOOD)
        refusing = replace(well, port=free_port())
        yield hosts + several(refusing, "refuse", REFUSE)


def main() -> int:
    """Prints the figures beside the bar; 1 with --check when it is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, servers(Path(made)) as hosts:
        alone = asyncio.run(Fleet(hosts[:HEALTHY], Path(made)).measure(words.seconds))
        beside = asyncio.run(Fleet(hosts, Path(made)).measure(words.seconds))
    is_kept = beside["late_s"] <= BAR_S and not beside["bad_ones_live"]
    if words.json:
        told = {"alone": alone, "beside": beside, "bar_late_s": BAR_S, "is_kept": is_kept}
        print(json.dumps(told))
    else:
        print(f"{HEALTHY} healthy hosts at {1 / INTERVAL_S:.0f} Hz, {words.seconds:.0f} s")
        for name, found in (("alone", alone), ("beside 20 bad ones", beside)):
            print(f"  {name:<20} {'  '.join(f'{k} {v}' for k, v in found.items())}")
        print(f"  bar: late_s <= {BAR_S}  {'kept' if is_kept else 'MISSED'}")
    return 1 if words.check and not is_kept else 0


if __name__ == "__main__":
    raise SystemExit(main())
