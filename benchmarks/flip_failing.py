"""Breaks a new colour in its bake, under load: how soon it is left, and who lost requests.

    python benchmarks/flip_failing.py --switch haproxy --times 5 --check
    python benchmarks/flip_failing.py --fault dies --interval 1 --json

Each time: flip to green, watch it, break it ("5xx": every answer is 500; "slow": each takes
longer than the watch allows; "version": it says another version; "dies": its servers are
killed), wait until the watch has flipped back. Figures beside their bars:

- "looks": looks of the watch that began after the fault, until it went back. Bar: 3, which is
  two intervals and the look that was under way.
- "lost_elsewhere": requests that failed and were not the broken colour's: begun before the
  fault and ended before it, or begun after the way back. Bar: 0.
- "lost": all that failed: what the broken colour lost by itself. "back_s" is wall time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.domain.pipeline import JobRun, State
from devops_tui.domain.traffic import Colour, Service
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.switch import Switch
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.stores.sqlite.store import SqliteStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

if TYPE_CHECKING:
    from support.traffic import Shop

FAULTS = {"5xx": "/answer/500", "slow": "/delay/0.6", "version": "/version/0.9", "dies": ""}
LOOKS = 3
_ASKS = 40
_LOOKS_BEFORE = 3


async def once(folder: Path, options: argparse.Namespace, fault: str) -> dict[str, float | str]:
    """One release that breaks; its figures."""
    from support.load import LoadProcess, failed
    from support.traffic import Shop

    shop = Shop(folder, (options.switch,), drain_s=options.slow + 1)
    store = SqliteStore.open(folder / "state.db")
    load: LoadProcess | None = None
    try:
        looks, has_looked, watching = await _watched(shop, store, options.interval)
        load = LoadProcess(shop.ports[0], options.rps, f"/slow/{options.slow}")
        async with asyncio.timeout(60):
            await has_looked.wait()
        broke = time.monotonic()
        if FAULTS[fault]:
            await shop.tell(Colour.GREEN, FAULTS[fault])
        else:
            shop.children[Colour.GREEN].kill()
        told = time.monotonic()
        record = await watching
        back = time.monotonic()
        for _ in range(_ASKS):  # let the load meet the old colour
            await shop.ask(shop.ports[0], "/")
        samples = await asyncio.to_thread(load.finish)
        colours = await shop.colours()
    finally:
        if load is not None:
            load.stop()
        store.close()
        shop.close()
    lost = failed(samples)
    return {
        "fault": fault,
        "is_back": int(record.state is State.FAILED and colours == {"blue"}),
        "looks": sum(at > told for at in looks),
        "back_s": round(back - broke, 2),
        "requests": len(samples),
        "lost": len(lost),
        "lost_elsewhere": sum(s.ended < broke or s.began > back for s in lost),
    }


async def _watched(
    shop: Shop, store: SqliteStore, interval_s: float
) -> tuple[list[float], asyncio.Event, asyncio.Task[JobRun]]:
    """Flips to green and watches it; the list grows by the moment of each look.

    The event is set by the third.
    """
    from support.flip_bench import Bench
    from support.traffic import SHOP

    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=600, interval_s=interval_s))
    bench.brought_up()
    await bench.flip()
    looks: list[float] = []
    has_looked = asyncio.Event()

    def seen(service: Service) -> Sequence[Switch]:
        looks.append(time.monotonic())
        if len(looks) == _LOOKS_BEFORE:
            has_looked.set()
        return shop.switches(service)

    workspace = Workspace("test", "/", services={SHOP: shop.service})
    bench.watch_jobs = WatchJobs(bench.tools, bench.flips, seen, lambda: workspace)
    return looks, has_looked, asyncio.create_task(bench.watch())


def main() -> int:
    """Prints a line for each time; with --check exit code 1 when a bar is not held."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--switch", default="embedded")
    parser.add_argument("--fault", choices=FAULTS, action="append", default=[])
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--interval", type=float, default=0.25, help="of the watch, in seconds")
    parser.add_argument("--rps", type=float, default=100.0)
    parser.add_argument("--slow", type=float, default=0.4, help="seconds of a slow request")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    is_good = True
    for fault in options.fault or FAULTS:
        for _ in range(options.times):
            with tempfile.TemporaryDirectory() as folder:
                figures = asyncio.run(once(Path(folder) / "shop", options, fault))
            holds = figures["is_back"] and int(figures["looks"]) <= LOOKS
            is_good &= bool(holds and not figures["lost_elsewhere"])
            if options.json:
                print(json.dumps(figures), flush=True)
            else:
                print("  ".join(f"{name} {value}" for name, value in figures.items()), flush=True)
    print(f"bars: is_back 1, looks <= {LOOKS}, lost_elsewhere 0", file=sys.stderr)
    return 1 if options.check and not is_good else 0


if __name__ == "__main__":
    sys.exit(main())
