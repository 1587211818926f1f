"""How long the screen's loop is at one thing while a log of 100 MB is read, ranked and sought.

    python benchmarks/loop_blocked.py [--json] [--check] [--megabytes N]

The app runs over a double whose log is that long, and opens it at an error at its end; the
log is ranked in this process besides, on another thread, which the product does in another
process. The time counts that one callback of the loop takes of its thread's CPU: another
load of the machine leaves it alone. `--check` ends with 1 when the longest is over the bar.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import threading
import time
from asyncio import events
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "tui"))

from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.bootstrap.triage import make_ranking
from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.tui.widgets.log_view import LogView

BAR_MS = 50.0
RUN, JOB = RunId("shop-412"), JobId("test/load")
LINE = b"INFO request %d is served in 12 ms by web-1 status=200 path=/cart\n"
CAUSE = b"ValueError: ledger 77 is closed\n"
CHUNK = 1 << 16


class Turns:
    """What single callbacks of the loop cost; the longest ones, in ms of its thread's CPU."""

    def __init__(self) -> None:
        self.longest: list[float] = []
        self._run = events.Handle._run

    def watch(self) -> None:
        """From now on."""
        real, thread = self._run, threading.get_ident()

        def timed(handle: events.Handle) -> None:
            began = time.thread_time()
            real(handle)
            if threading.get_ident() == thread:
                self.longest.append((time.thread_time() - began) * 1000)

        setattr(events.Handle, "_run", timed)  # noqa: B010 - its type knows no such function

    def end(self) -> list[float]:
        """The costs, the longest first."""
        setattr(events.Handle, "_run", self._run)  # noqa: B010 - as above
        return sorted(self.longest, reverse=True)


def chunks_of(megabytes: int) -> tuple[tuple[LogChunk, ...], int]:
    """The log, and the number of its error."""
    count = megabytes * 1_000_000 // len(LINE % 1_000_000)
    data = b"".join(LINE % n for n in range(count)) + CAUSE + LINE % 0
    host = HostName("ci-1")
    made = tuple(
        LogChunk(RUN, JOB, 1, host, at, data[at : at + CHUNK], ago(60), seq)
        for seq, at in enumerate(range(0, len(data), CHUNK), 1)
    )
    return made, count + 1


async def measure(megabytes: int) -> tuple[list[float], int]:
    """Costs of the loop's callbacks, and in which line the ranking found the error."""
    front = FakeFront(world())
    front.chunks, number = chunks_of(megabytes)
    ranking = make_ranking()
    async with driving(front, size=(120, 40)) as driver:
        driver.app.open("pipelines")
        await driver.until_shown("shop")
        gc.freeze()  # as the product does once it has started
        turns = Turns()
        turns.watch()
        ranked = asyncio.create_task(
            asyncio.to_thread(ranking.rank_stream, (c.data for c in front.chunks), [])
        )
        driver.app.open("pipelines", f"{RUN}/{JOB}:{number}")

        def is_there() -> bool:
            log = driver.app.screen.query("#log-rows")
            return bool(log) and isinstance(log[0], LogView) and log[0].number == number

        await driver.until(lambda: is_there() and ranked.done(), "the error on the screen")
        return turns.end(), (await ranked)[0].line


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--megabytes", type=int, default=100)
    words = parser.parse_args()
    costs, found = asyncio.run(measure(words.megabytes))
    told = {"longest_ms": round(costs[0], 1), "bar_ms": BAR_MS, "turns": len(costs), "line": found}
    if words.json:
        print(json.dumps(told))
    else:
        rest = ", ".join(f"{cost:.1f}" for cost in costs[1:5])
        print(f"longest turn of the loop {costs[0]:.1f} ms CPU   bar {BAR_MS:.0f} ms   then {rest}")
        print(f"{len(costs)} turns, {words.megabytes} MB, the cause found in line {found}")
    return 1 if words.check and costs[0] > BAR_MS else 0


if __name__ == "__main__":
    sys.exit(main())
