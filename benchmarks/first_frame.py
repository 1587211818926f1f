"""CPU time until the first live frame of Home, beside a bare Textual app in the same run.

    python benchmarks/first_frame.py [--json] [--check] [--rounds N]

Each round starts a fresh process on a pseudo terminal. The process itself says when its
first live frame has been drawn (its own user and system time, all threads), so how fast
the terminal is read plays no part. `--check` ends with 1 when the median is over the bar.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import statistics
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

BAR_CPU_MS = 600.0
TESTS = Path(__file__).resolve().parents[1] / "tests" / "tui"
_SAID = re.compile(rb"CPU-MS=([0-9.]+)=")

BARE = """
import os, sys
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("first frame")

    def on_mount(self):
        self.call_after_refresh(self.say)

    def say(self):
        used = os.times()
        self.exit(message=f"CPU-MS={(used.user + used.system) * 1000:.0f}=")

Bare().run()
"""

HOME = """
import os, sys
sys.path.insert(0, {tests!r})
import gc
gc.disable()
before = os.times()
from sample_world import world
from fake_front import FakeFront
overview = world()
double = os.times()
from devops_tui.tui.run import run_app
from devops_tui.tui.app import DevopsApp
from devops_tui.tui.screens.home import HomeScreen

shown = HomeScreen.show
said = []

def show(self, overview):
    shown(self, overview)
    self.call_after_refresh(say, self)

def say(self):
    used = os.times()
    # What the double and its invented data cost is not the app's.
    of_double = (double.user + double.system) - (before.user + before.system)
    said.append((used.user + used.system - of_double) * 1000)
    self.app.exit()

HomeScreen.show = show
run_app(lambda: FakeFront(overview))
sys.stdout.write(f"CPU-MS={{said[0]:.0f}}=")
"""


def cpu_ms(program: str) -> float:
    """CPU milliseconds of one fresh process until its first frame, as it says itself."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    written = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:  # the program ended and closed its side
            break
        if not more:
            break
        written += more
    process.wait(60)
    os.close(master)
    found = _SAID.search(written)
    if found is None:
        raise SystemExit(f"no figure in what was written: {written[-2000:]!r}")
    return float(found.group(1))


def main(words: Sequence[str] | None = None) -> int:
    """Measures, prints, and with --check judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(words)
    programs = {"bare": BARE, "home": HOME.format(tests=str(TESTS))}
    for program in programs.values():
        cpu_ms(program)  # the first one compiles
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(chosen.rounds):
        for name, program in programs.items():
            taken[name].append(cpu_ms(program))
    bare, home = (statistics.median(taken[name]) for name in ("bare", "home"))
    if chosen.json:
        print(json.dumps({"bare_cpu_ms": bare, "home_cpu_ms": home, "bar_cpu_ms": BAR_CPU_MS}))
    else:
        print(f"bare Textual app   {bare:6.0f} CPU ms to the first frame")
        times = home / bare
        print(f"Home, live         {home:6.0f} CPU ms  ({times:.2f} x bare; bar {BAR_CPU_MS:.0f})")
    return 1 if chosen.check and home > BAR_CPU_MS else 0


if __name__ == "__main__":
    sys.exit(main())
