"""From a key to the first error of a log of 100,000 lines on the screen.

    python benchmarks/open_log.py [--json] [--check] [--rounds N] [--lines N]

A real worker ran a command that prints so many lines, the error near the end. On a pseudo
terminal of 80 by 24 the problem is opened and left again, and `l` opens its log: the time
counts until the line of the error stands there with the lines around it. Wall time, and the
CPU time of the screen in it, which another load of the machine leaves alone; `--check` ends
with 1 when the median of either is over the bar.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.git_repo import GitRepo
from support.shell import Shell
from support.terminal import Terminal

BAR_MS = 200.0
AFTER = 400  # lines after the error
CONFIG = """\
name: shop
pipelines:
  bad:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - test:
          run: |
            seq {before} | sed 's/^/INFO invoice is booked and sent to the ledger, number /'
            echo "neighbour of the error"
            echo "ValueError: ledger 77 is closed"
            seq {after} | sed 's/^/INFO a line of the clean up, number /'
            exit 1
"""


def cpu_s(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def opened(screen: Terminal) -> tuple[float, float]:
    """Milliseconds of wall and of the screen's CPU from `l` to the error."""
    pid = screen.process.pid
    screen.read(0.4)
    screen.forget()
    cpu, began = cpu_s(pid), time.perf_counter()
    screen.press("l")
    while "neighbour of the error" not in screen.text:
        if time.perf_counter() - began > 60:
            raise SystemExit(screen.text[-2000:])
        screen.read(0.002)
    return (time.perf_counter() - began) * 1000, (cpu_s(pid) - cpu) * 1000


def measure(folder: Path, rounds: int, lines: int) -> list[tuple[float, float]]:
    """Wall and CPU milliseconds of each opening."""
    house = folder / "house"
    GitRepo(house / "code").commit("The first one", **{"a.txt": "a"})
    config = CONFIG.format(before=lines - AFTER - 2, after=AFTER)
    (house / "devops.yaml").write_text(config)
    shell = Shell(house, folder)
    first = shell.run("run", "bad", "--wait")
    if first.code != 1:
        raise SystemExit(first.err)
    found: list[tuple[float, float]] = []
    try:
        for _ in range(rounds):
            screen = Terminal(
                shell.command(), columns=80, rows=24, environ=shell.environ, folder=house
            )
            try:
                screen.wait_for("Pipelines", patience_s=60)
                screen.press("6")
                screen.wait_for("INC-1", patience_s=60)
                screen.press("\r")
                screen.wait_for("most likely cause", "ledger 77", patience_s=60)
                found.append(opened(screen))
            finally:
                screen.close()
    finally:
        shell.run("worker", "--stop")
    return found


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--lines", type=int, default=100_000)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        found = measure(Path(made), words.rounds, words.lines)
    wall = statistics.median(w for w, _ in found)
    cpu = statistics.median(c for _, c in found)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if words.json:
        told = {"wall_ms": wall, "cpu_ms": cpu, "bar_ms": BAR_MS, "load_per_core": load}
        print(json.dumps({**told, "rounds": len(found), "lines": words.lines}))
    else:
        print(f"wall {wall:.0f} ms   CPU of the screen {cpu:.0f} ms   bar {BAR_MS:.0f} ms on both")
        print(f"{len(found)} openings of {words.lines} lines; load {load:.1f} a core")
    return 1 if words.check and max(wall, cpu) > BAR_MS else 0


if __name__ == "__main__":
    sys.exit(main())
