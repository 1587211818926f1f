"""How soon a cancel is through: from the wish until no process is left on any host.

    python benchmarks/cancel.py --hosts 6 --rounds 5 --json --check

Real sshds on loopback, on each two processes that ignore TERM, so that the grace of a second
passes and KILL ends them. Beside that: until the run has ended as cancelled, with its verdict
from every host stored. Wall times of a shared machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.host_bench import HostBench, host_bench, on

from devops_tui.domain.pipeline import State
from devops_tui.transports.limits import LinkLimits

LIMIT_S = 2.0
STUBBORN = """\
trap '' TERM
sh -c 'trap "" TERM; echo $$ > "$HOME/child"; while :; do sleep 0.1; done' &
echo $$ > "$HOME/parent"
while :; do sleep 0.1; done
"""


def pids(bench: HostBench) -> list[int]:
    """The processes that were begun on the hosts."""
    files = [bench.home(name) / file for name in bench.names for file in ("parent", "child")]
    return [int(f.read_text()) for f in files if f.exists() and f.read_text().strip()]


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def gone(processes: list[int]) -> None:
    """Returns when none of them is left; KILL takes effect a moment after it was sent."""
    async with asyncio.timeout(LIMIT_S * 5):
        while any(is_alive(pid) for pid in processes):  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.005)


async def measure(folder: Path, hosts: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of each cancel until the processes were gone, and until the run had ended."""
    taken: list[float] = []
    ended: list[float] = []
    async with host_bench(folder, hosts, LinkLimits()) as bench:
        for number in range(1, rounds + 1):
            for name in bench.names:
                for file in ("parent", "child"):
                    (bench.home(name) / file).unlink(missing_ok=True)
            run_id = bench.add((on(bench.names, STUBBORN),), number=number)
            await bench.engine.submit(run_id)
            await bench.until(lambda: len(pids(bench)) == 2 * hosts)
            everybody = pids(bench)
            began = time.monotonic()
            cancelling = asyncio.create_task(bench.engine.cancel(run_id))
            await gone(everybody)
            taken.append(time.monotonic() - began)
            await cancelling
            ended.append(time.monotonic() - began)
            left = sum(is_alive(pid) for pid in everybody)
            if left or bench.store.run(run_id).state is not State.CANCELLED:
                raise SystemExit(f"{left} processes are left after the cancel")
    return taken, ended


def main() -> int:
    """Measures, prints, and with --check fails beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken, ended = asyncio.run(measure(Path(folder), words.hosts, words.rounds))
    found = {
        "hosts": words.hosts,
        "processes": words.hosts * 2,
        "median_s": round(statistics.median(taken), 3),
        "max_s": round(max(taken), 3),
        "ended_median_s": round(statistics.median(ended), 3),
        "ended_max_s": round(max(ended), 3),
    }
    told = json.dumps(found) if words.json else "  ".join(f"{k} {v}" for k, v in found.items())
    sys.stdout.write(told + "\n")
    return int(words.check and max(taken) > LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main())
