"""Flips back and forth under a constant load, and counts what failed or came late.

    python benchmarks/flip.py --switch haproxy --flips 100 --rps 300 --check

Every answer is checked for its colour and its body: keep-alive and one-shot requests,
POST bodies, and requests that take 2 s. "Late" is a request that began after flip()
had returned and was answered by the other colour. "Last old answer" is how long after
the command had ended the last short request was still answered by the old colour;
"since begin" counts from when it was given, with the start of a shell where there is one.
`--check` holds that nothing failed and nothing came late, and for the switches without a
reload that the median of the last old answers is at most 10 ms; caddy, traefik and
nginx-include end idle connections or mix colours by themselves before "done": for them
failures and the last old answer are figures, not bars.
Wall times of a shared machine: trust the counts, and ratios within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.domain.traffic import Flip, FlipState
from devops_tui.stores.sqlite.store import SqliteStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

if TYPE_CHECKING:
    from support.load import Sample

_ASKS = 20
_SLOW = "/slow/2.0"
_KINDS = ("embedded", "haproxy", "nginx", "nginx-include", "caddy", "traefik", "envoy", "command")
_AT_ONCE = ("embedded", "haproxy", "nginx", "envoy")
_LAST_OLD_MS = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """One flip as it was seen from outside; seconds of the monotonic clock."""

    flip: Flip
    took_s: float
    returned: float
    quiet_until: float


async def measure(folder: Path, kind: str, balancers: int, count: int, rate: float) -> Report:
    """Starts everything, flips, and ends everything."""
    from support.load import LoadProcess
    from support.traffic import SHOP, Shop

    shop = Shop(folder / "shop", [kind] * balancers, drain_s=3.0)
    store = SqliteStore.open(folder / "state.db")
    load = LoadProcess(shop.ports[0], rate, _SLOW)
    changes: list[Change] = []
    try:
        flips = shop.flips(store)
        for number in range(count):
            began = time.monotonic()
            flip = await flips.flip(SHOP, None, "benchmark", f"flip {number}")
            returned = time.monotonic()
            for _ in range(_ASKS):  # let the load meet this colour
                await shop.ask(shop.ports[0], "/")
            changes.append(Change(flip, returned - began, returned, time.monotonic()))
        samples = await asyncio.to_thread(load.finish)
    finally:
        load.stop()
        store.close()
        shop.close()
    return Report(kind, balancers, changes, samples)


class Report:
    """What was measured."""

    def __init__(
        self, kind: str, balancers: int, changes: Sequence[Change], samples: Sequence[Sample]
    ) -> None:
        from support.load import failed, late

        self.not_done = [c.flip.error for c in changes if c.flip.state is not FlipState.DONE]
        self.failed = failed(samples)
        self.late = [
            sample
            for c in changes
            for sample in late(samples, c.flip.to_colour, c.returned, c.quiet_until)
        ]
        commits = [_commit(c.flip)[1] for c in changes]
        told = [_last_old_ms(c, samples) for c in changes]
        begun, last_old = [each for each, _ in told], [each for _, each in told]
        seconds = max(s.ended for s in samples) - min(s.began for s in samples)
        self.figures: dict[str, str | float] = {
            "switch": kind,
            "balancers": balancers,
            "flips": len(changes),
            "not_done": len(self.not_done),
            "requests": len(samples),
            "requests_per_s": round(len(samples) / seconds, 1),
            "failed": len(self.failed),
            "late": len(self.late),
            "commit_ms_median": round(statistics.median(commits), 2),
            "commit_ms_max": round(max(commits), 2),
            "last_old_since_begin_ms_median": round(statistics.median(begun), 2),
            "last_old_since_begin_ms_max": round(max(begun), 2),
            "last_old_answer_ms_median": round(statistics.median(last_old), 2),
            "last_old_answer_ms_max": round(max(last_old), 2),
            "last_old_over_10_ms": sum(ms > _LAST_OLD_MS for ms in last_old),
            "flip_s_median": round(statistics.median(c.took_s for c in changes), 3),
        }

    @property
    def is_good(self) -> bool:
        """Whether every flip was done and the bars of this kind are held."""
        is_whole = not (self.late or self.not_done)
        if self.figures["switch"] not in _AT_ONCE:
            return is_whole
        is_quick = float(self.figures["last_old_answer_ms_median"]) <= _LAST_OLD_MS
        return is_whole and is_quick and not self.failed


def _commit(flip: Flip) -> tuple[float, float]:
    """When the commit began (monotonic seconds), and its milliseconds."""
    step = next(s for s in flip.steps if s.what.startswith("commit"))
    return step.at.timestamp() - time.time() + time.monotonic(), step.ms


def _last_old_ms(change: Change, samples: Sequence[Sample]) -> tuple[float, float]:
    """How long the old colour still gave short answers, in ms.

    After the commit's beginning, and after its end (0 when none came after it).
    """
    began, ms = _commit(change.flip)
    old = change.flip.from_colour
    ends = [s.ended for s in samples if s.kind != "slow" and s.colour == old]
    last = max((1000 * (e - began) for e in ends if began < e < change.quiet_until), default=0.0)
    return last, max(0.0, last - ms)


def main() -> int:
    """Prints the figures; with --check exit code 1 when something failed or came late."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--switch", choices=_KINDS, default="embedded")
    parser.add_argument("--balancers", type=int, default=1)
    parser.add_argument("--flips", type=int, default=20)
    parser.add_argument("--rps", type=float, default=300.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            measure(Path(folder), options.switch, options.balancers, options.flips, options.rps)
        )
    if options.json:
        print(json.dumps(report.figures))
    else:
        for name, value in report.figures.items():
            print(f"{name:26} {value}")
    for sample in [*report.failed, *report.late][:5]:
        print(sample, file=sys.stderr)
    for error in report.not_done[:5]:
        print(error, file=sys.stderr)
    return 1 if options.check and not report.is_good else 0


if __name__ == "__main__":
    sys.exit(main())
