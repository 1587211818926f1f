"""From the exit of a failing stage to its cause on the screen, with a real worker.

    python benchmarks/cause.py [--json] [--check] [--rounds N] [--lines N]

A command of this machine prints lines, names another ledger in each run, writes down when
it ends, and fails. A screen on a pseudo terminal shows the problem; the time counts until
the cause of that run stands there. It is wall time: on a busy machine it says more about
the machine, so the load stands beside it. `--check` ends with 1 when p95 is over the bar.
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

BAR_S = 1.0
CONFIG = """\
name: shop
pipelines:
  bad:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - test:
          run: |
            seq {lines} | sed 's/^/INFO invoice is booked, number /'
            echo "ValueError: ledger $(cat {folder}/ledger) is closed"
            date +%s.%N > {folder}/ended
            exit 1
"""


def measure(folder: Path, rounds: int, lines: int) -> list[float]:
    """Seconds from each exit to its cause on the screen."""
    house = folder / "house"
    GitRepo(house / "code").commit("The first one", **{"a.txt": "a"})
    (house / "devops.yaml").write_text(CONFIG.format(lines=lines, folder=folder))
    shell = Shell(house, folder)
    (folder / "ledger").write_text("10000001")
    first = shell.run("run", "bad", "--wait")
    if first.code != 1:
        raise SystemExit(first.err)
    screen = Terminal(shell.command(), columns=120, rows=40, environ=shell.environ, folder=house)
    found: list[float] = []
    try:
        screen.wait_for("Pipelines", patience_s=60)
        screen.press("6")
        screen.wait_for("INC-1", patience_s=60)
        screen.press("\r")
        screen.wait_for("most likely cause", "10000001", patience_s=60)
        for number in range(rounds):
            ledger = str(20000002 + number * 10101011)
            (folder / "ledger").write_text(ledger)
            screen.forget()
            asked = shell.run("run", "bad")
            if asked.code != 0:
                raise SystemExit(asked.err)
            deadline = time.monotonic() + 60
            while f"ledger {ledger} is closed" not in screen.text:
                if time.monotonic() > deadline:
                    raise SystemExit(screen.text[-2000:])
                screen.read(0.005)
            found.append(time.time() - float((folder / "ended").read_text()))
    finally:
        screen.close()
        shell.run("worker", "--stop")
    return found


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--lines", type=int, default=5000)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        waits = sorted(measure(Path(made), words.rounds, words.lines))
    p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
    told = {"median_s": statistics.median(waits), "p95_s": p95, "bar_s": BAR_S}
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if words.json:
        print(json.dumps({**told, "rounds": len(waits), "load_per_core": load}))
    else:
        print(f"median {told['median_s']:.2f} s   p95 {p95:.2f} s   bar {BAR_S:.1f} s")
        print(f"{len(waits)} failures of {words.lines} lines; load {load:.1f} a core")
    return 1 if words.check and p95 > BAR_S else 0


if __name__ == "__main__":
    sys.exit(main())
