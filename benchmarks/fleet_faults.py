"""How soon a fault of a host is shown, and what a busy sshd makes of us.

    python benchmarks/fleet_faults.py [--json] [--check]

Real sshds on loopback: one that freezes, one whose loop is stopped, one behind a link that
swallows every byte, one behind a link that loses every packet, and one that takes three logins at
a time of forty. Seconds from the fault to a frame that calls it by its name, at one sample a
second; the bar is three intervals and a second. Wall time: a machine under load adds its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
from fleet_scene import Watched, sshd

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.ports.pulse import Pulse
from devops_tui.services.link_inquiry import WHYS

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.black_hole import BlackHole, black_hole

SHOWN_S = 4.0
SLOTS_HOSTS = 40
PATIENCE_S = 60.0
DEAD = (LinkState.UNREACHABLE, LinkState.LOGIN_REFUSED)
BARS = {
    "frozen_sshd_s": SHOWN_S,
    "wedged_loop_s": SHOWN_S,
    "black_hole_s": SHOWN_S,
    "lost_packets_s": SHOWN_S,
    "called_dead_by_max_startups": 0.0,
}


class Seen(Watched):
    """Notes when a frame came that names the fault, and hosts that were called dead."""

    def __init__(self, pattern: Host, count: int, folder: Path, fault: Pulse | None = None) -> None:
        super().__init__(pattern, count, folder)
        self.fault = fault
        self.ill_at = 0.0
        self.why = ""
        self.dead: set[str] = set()

    async def _save(self, frames: Sequence[Frame]) -> None:
        await super()._save(frames)
        for frame in frames:
            is_ill = frame.link is not LinkState.LIVE and any(self.times.values())
            if is_ill and not self.ill_at:
                self.why = f"{frame.link}: {frame.why}"
                if self.fault is not None and frame.why == WHYS[self.fault]:
                    self.ill_at = time.monotonic()
            if frame.link in DEAD:
                self.dead.add(frame.host)

    async def shown_after(self, break_it: Callable[[], None]) -> float:
        """Seconds from the fault until it is shown."""
        self.fleet.set_pace(1.0)
        await self.fleet.watch(self.hosts, self.links)
        running = asyncio.create_task(self.fleet.run())
        try:
            await _until(lambda: all(len(seen) > 3 for seen in self.times.values()))
            self.ill_at = 0.0
            broken_at = time.monotonic()
            break_it()
            await _until(lambda: self.ill_at)
            return self.ill_at - broken_at
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def all_live(self) -> int:
        """How many hosts were called dead on the way to a figure of each."""
        self.fleet.set_pace(1.0)
        await self.fleet.watch(self.hosts, self.links)
        running = asyncio.create_task(self.fleet.run())
        try:
            await _until(lambda: all(self.times.values()))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.links.close()
        return len(self.dead)


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        clock = SystemClock()
        while not condition():
            await clock.sleep(0.01)


def _stop(names: Sequence[str]) -> tuple[Callable[[], None], Callable[[], None]]:
    """Freezes processes of these names below us, and lets them go on."""
    stopped: list[int] = []

    def stop() -> None:
        for process in psutil.Process().children(recursive=True):
            if process.name() in names:
                os.kill(process.pid, signal.SIGSTOP)
                stopped.append(process.pid)
        if not stopped:
            raise RuntimeError(f"no process of {names}")

    def go_on() -> None:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)

    return stop, go_on


def _vouch(known: Path, port: int) -> None:
    """The same key for another port."""
    known.write_text(f"[127.0.0.1]:{port} {known.read_text().partition(' ')[2]}")


async def measure(folder: Path) -> dict[str, float]:
    """All figures."""
    figures: dict[str, float] = {}
    for name, fault, programs in (
        ("frozen_sshd_s", Pulse.TAKEN, ("sshd", "sshd-session")),
        ("wedged_loop_s", Pulse.ANSWERED, ("awk", "mawk", "gawk", "original-awk")),
    ):
        with sshd(folder / name) as pattern:
            stop, go_on = _stop(programs)
            seen = Seen(pattern, 1, folder, fault)
            try:
                figures[name] = await seen.shown_after(stop)
            finally:
                go_on()
                await seen.links.close()
            print(f"{name}: {seen.why}", file=sys.stderr)
    figures["black_hole_s"] = await _behind(
        folder, "black_hole_s", Pulse.TAKEN, lambda hole: (hole.swallow, hole.let_go)
    )
    figures["lost_packets_s"] = await _behind(
        folder, "lost_packets_s", Pulse.LOST, lambda hole: (hole.lose_packets, hole.find_packets)
    )
    with sshd(folder / "slots", ["MaxStartups 3:60:6", "MaxSessions 20"]) as pattern:
        found = await Seen(pattern, SLOTS_HOSTS, folder).all_live()
        figures["called_dead_by_max_startups"] = float(found)
    return figures


_Deed = Callable[[], None]


async def _behind(
    folder: Path, name: str, fault: Pulse, deeds: Callable[[BlackHole], tuple[_Deed, _Deed]]
) -> float:
    """The figure of a host behind a link that breaks.

    A proxy that swallows bytes still acknowledges them: from here that is a frozen server.
    """
    with sshd(folder / name) as pattern, black_hole(pattern.port) as hole:
        _vouch(Path(pattern.known_hosts), hole.port)
        break_it, mend_it = deeds(hole)
        seen = Seen(replace(pattern, port=hole.port), 1, folder, fault)
        try:
            return await seen.shown_after(break_it)
        finally:
            print(f"{name}: {seen.why}", file=sys.stderr)
            mend_it()
            await seen.links.close()


def main() -> int:
    """Measures and prints; 1 when asked to check and a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        figures = asyncio.run(measure(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    load = os.getloadavg()[0]
    if options.json:
        print(json.dumps({**figures, "load": load}))
    else:
        for name, value in figures.items():
            print(f"{name:30} {value:8.2f}  bar {BARS[name]:g}")
        print(f"load of the machine            {load:8.1f}")
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
