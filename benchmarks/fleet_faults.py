"""How soon a fault of a host is shown, and what a busy sshd makes of us.

    python benchmarks/fleet_faults.py [--json] [--check]

Real sshds on loopback: one that freezes, one whose loop is stopped, one behind a link that
swallows every byte, and one that takes three logins at a time of forty. Seconds from the fault to
a frame that is not live any more, at one sample a second; the bar is three intervals and a
second. Wall time: a machine under load adds its own.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.black_hole import black_hole

SHOWN_S = 4.0
SLOTS_HOSTS = 40
PATIENCE_S = 60.0
DEAD = (LinkState.UNREACHABLE, LinkState.LOGIN_REFUSED)
BARS = {
    "frozen_sshd_s": SHOWN_S,
    "wedged_loop_s": SHOWN_S,
    "black_hole_s": SHOWN_S,
    "called_dead_by_max_startups": 0.0,
}


class Seen(Watched):
    """Notes when a frame came that is not live, and hosts that were called dead."""

    def __init__(self, pattern: Host, count: int, folder: Path) -> None:
        super().__init__(pattern, count, folder)
        self.ill_at = 0.0
        self.why = ""
        self.dead: set[str] = set()

    async def _save(self, frames: Sequence[Frame]) -> None:
        await super()._save(frames)
        for frame in frames:
            if frame.link is not LinkState.LIVE and any(self.times.values()) and not self.ill_at:
                self.ill_at = time.monotonic()
                self.why = f"{frame.link}: {frame.why}"
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
    for name, programs in (
        ("frozen_sshd_s", ("sshd", "sshd-session")),
        ("wedged_loop_s", ("awk", "mawk", "gawk", "original-awk")),
    ):
        with sshd(folder / name) as pattern:
            stop, go_on = _stop(programs)
            seen = Seen(pattern, 1, folder)
            try:
                figures[name] = await seen.shown_after(stop)
            finally:
                go_on()
                await seen.links.close()
            print(f"{name}: {seen.why}", file=sys.stderr)
    with sshd(folder / "hole") as pattern, black_hole(pattern.port) as hole:
        _vouch(Path(pattern.known_hosts), hole.port)
        seen = Seen(replace(pattern, port=hole.port), 1, folder)
        figures["black_hole_s"] = await seen.shown_after(hole.swallow)
        print(f"black_hole_s: {seen.why}", file=sys.stderr)
        hole.let_go()
        await seen.links.close()
    with sshd(folder / "slots", ["MaxStartups 3:60:6", "MaxSessions 20"]) as pattern:
        found = await Seen(pattern, SLOTS_HOSTS, folder).all_live()
        figures["called_dead_by_max_startups"] = float(found)
    return figures


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
