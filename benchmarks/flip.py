"""Flips back and forth under a constant load, and counts what failed or came late.

    python benchmarks/flip.py --switch haproxy --flips 100 --rps 300 --check
    python benchmarks/flip.py --switch caddy --flips 20 --bare 20
    python benchmarks/flip.py --switch haproxy --balancers 10 --ssh --flips 50
    python benchmarks/flip.py --switch haproxy --flips 100 --kill-old --check

Every answer is checked for its colour and its body: keep-alive and one-shot requests,
POST bodies, requests that take `--slow` seconds, and WebSockets whose texts come back (the
embedded door knows none). "Late" is a request that began after flip() had returned and was
answered by the other colour. "Last old answer" is how long after the command had ended the
last short request was still answered by the old colour; "since begin" counts from when it
was given, with the start of a shell where there is one. `--bare N` makes as many changes by
the server's own command alone, under the same load in the same run (an include and a reload,
a PATCH, a `set map`); each is held for `--slow` seconds, its figures begin with "bare_".
`--ssh` reaches every balancer over an SSH connection of its own, to a real sshd here;
"commit_skew" is between the first and the last balancer whose commit was answered, and the
load takes the balancers in turn. `--kill-old` ends the old colour's servers as soon as the
flip has returned, and starts them again before the next one.
`--check` holds that nothing failed and nothing came late, and for the switches without a
reload that the median of the last old answers is at most 10 ms; caddy, traefik and
nginx-include end idle connections or mix colours by themselves before "done": for them
failures and the last old answer are figures, not bars. Over SSH the last old answer is
counted from the command's beginning, at most 60 ms in the median, the skew at most 15 ms in
95 of 100 flips.
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
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.domain.traffic import Colour, Flip, FlipState
from devops_tui.stores.sqlite.store import SqliteStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

if TYPE_CHECKING:
    from support.load import Sample
    from support.traffic import Shop

_ASKS = 20
_SOCKETS = 4
_LONG = ("slow", "websocket")
_KINDS = ("embedded", "haproxy", "nginx", "nginx-include", "caddy", "traefik", "envoy", "command")
_AT_ONCE = ("embedded", "haproxy", "nginx", "envoy")
_LAST_OLD_MS = 10.0
_LAST_OLD_SSH_MS = 60.0
_SKEW_MS = 15.0


@dataclass(frozen=True, slots=True)
class Change:
    """One change as it was seen from outside; seconds of the monotonic clock.

    Attributes:
        commit: When the command that changes the colour was given.
        commit_s: How long that command took.
    """

    to: Colour
    began: float
    commit: float
    commit_s: float
    returned: float
    quiet_until: float
    error: str = ""


async def measure(folder: Path, options: argparse.Namespace) -> tuple[Report, Report | None]:
    """Starts everything, flips, and ends everything; then the same by bare commands."""
    from support.bare_change import bare_change
    from support.ssh_shop import SshShop
    from support.traffic import SHOP, Shop

    kind = options.switch
    made = SshShop if options.ssh else Shop
    shop = made(folder / "shop", [kind] * options.balancers, drain_s=options.slow + 1)
    skews: list[float] = []
    store = SqliteStore.open(folder / "state.db")

    async def ours(number: int) -> tuple[Colour, float, float, str]:
        flip = await flips.flip(SHOP, None, "benchmark", f"flip {number}")
        error = "" if flip.state is FlipState.DONE else flip.error
        if isinstance(shop, SshShop):
            answered = [link.committed[-1] for link in shop.ssh.transports.values()]
            skews.append(1000 * (max(answered) - min(answered)))
        if options.kill_old:
            await asyncio.to_thread(shop.kill, flip.from_colour)
        return flip.to_colour, *_commit(flip), error

    async def bare(number: int) -> tuple[Colour, float, float, str]:
        to = list(Colour)[(number + 1 + (options.flips % 2)) % 2]
        began = time.monotonic()
        for door in shop.every_door.values():
            await asyncio.to_thread(bare_change, door, to)
        return to, began, time.monotonic() - began, ""

    try:
        flips = shop.flips(store)
        if isinstance(shop, SshShop):
            await shop.ssh.warm()
        report = await _under_load(shop, options, options.flips, ours)
        report.add_skews(skews)
        bares = options.bare > 0
        other = (
            await _under_load(shop, options, options.bare, bare, options.slow) if bares else None
        )
    finally:
        store.close()
        if isinstance(shop, SshShop):
            await shop.ssh.close()
        shop.close()
    return report, other


async def _under_load(
    shop: Shop,
    options: argparse.Namespace,
    count: int,
    act: Callable[[int], Awaitable[tuple[Colour, float, float, str]]],
    hold_s: float = 0.0,
) -> Report:
    from support.load import LoadProcess

    sockets = 0 if options.switch == "embedded" else _SOCKETS
    load = LoadProcess(
        shop.ports[0], options.rps, f"/slow/{options.slow}", sockets, *shop.ports[1:]
    )
    changes: list[Change] = []
    try:
        for number in range(count):
            began = time.monotonic()
            to, commit, commit_s, error = await act(number)
            returned = time.monotonic()
            await asyncio.sleep(hold_s)
            for _ in range(_ASKS):  # let the load meet this colour
                await shop.ask(shop.ports[0], "/")
            change = Change(to, began, commit, commit_s, returned, time.monotonic(), error)
            changes.append(change)
            if options.kill_old:
                await asyncio.to_thread(shop.revive, to.other)
        samples = await asyncio.to_thread(load.finish)
    finally:
        load.stop()
    return Report(options.switch, options.balancers, changes, samples)


class Report:
    """What was measured."""

    def __init__(
        self, kind: str, balancers: int, changes: Sequence[Change], samples: Sequence[Sample]
    ) -> None:
        from support.load import failed, late

        self.not_done = [c.error for c in changes if c.error]
        self.failed = failed(samples)
        self.late = [
            sample for c in changes for sample in late(samples, c.to, c.returned, c.quiet_until)
        ]
        commits = [1000 * c.commit_s for c in changes]
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
            **{f"failed_{kind}": n for kind, n in Counter(s.kind for s in self.failed).items()},
            "failed_idle_closed": sum("'0 bytes read" in s.error for s in self.failed),
            "late": len(self.late),
            "commit_ms_median": round(statistics.median(commits), 2),
            "commit_ms_max": round(max(commits), 2),
            "last_old_since_begin_ms_median": round(statistics.median(begun), 2),
            "last_old_since_begin_ms_p95": round(_p95(begun), 2),
            "last_old_since_begin_ms_max": round(max(begun), 2),
            "last_old_answer_ms_median": round(statistics.median(last_old), 2),
            "last_old_answer_ms_max": round(max(last_old), 2),
            "last_old_over_10_ms": sum(ms > _LAST_OLD_MS for ms in last_old),
            "flip_s_median": round(statistics.median(c.returned - c.began for c in changes), 3),
        }

    def add_skews(self, skews: Sequence[float]) -> None:
        """The time between the first and the last balancer of each flip, in ms."""
        if not skews:
            return
        self.figures["commit_skew_ms_median"] = round(statistics.median(skews), 2)
        self.figures["commit_skew_ms_p95"] = round(_p95(skews), 2)
        self.figures["commit_skew_ms_max"] = round(max(skews), 2)

    @property
    def is_good(self) -> bool:
        """Whether every flip was done and the bars of this kind are held."""
        is_whole = not (self.late or self.not_done)
        if self.figures["switch"] not in _AT_ONCE:
            return is_whole
        is_quick = float(self.figures["last_old_answer_ms_median"]) <= _LAST_OLD_MS
        if "commit_skew_ms_p95" in self.figures:
            told = float(self.figures["last_old_since_begin_ms_median"])
            skew = float(self.figures["commit_skew_ms_p95"])
            is_quick = told <= _LAST_OLD_SSH_MS and skew <= _SKEW_MS
        return is_whole and is_quick and not self.failed


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def _commit(flip: Flip) -> tuple[float, float]:
    """When the commit began, on the monotonic clock, and its seconds."""
    step = next(s for s in flip.steps if s.what.startswith("commit"))
    return step.at.timestamp() - time.time() + time.monotonic(), step.ms / 1000


def _last_old_ms(change: Change, samples: Sequence[Sample]) -> tuple[float, float]:
    """How long the old colour still gave short answers, in ms.

    After the commit's beginning, and after its end (0 when none came after it).
    """
    began, old = change.commit, change.to.other
    ends = [s.ended for s in samples if s.kind not in _LONG and s.colour == old]
    last = max((1000 * (e - began) for e in ends if began < e < change.quiet_until), default=0.0)
    return last, max(0.0, last - 1000 * change.commit_s)


def main() -> int:
    """Prints the figures; with --check exit code 1 when something failed or came late."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--switch", choices=_KINDS, default="embedded")
    parser.add_argument("--balancers", type=int, default=1)
    parser.add_argument("--flips", type=int, default=20)
    parser.add_argument("--rps", type=float, default=300.0)
    parser.add_argument("--slow", type=float, default=2.0, help="seconds of a slow request")
    parser.add_argument("--ssh", action="store_true", help="a link of its own to each balancer")
    parser.add_argument("--kill-old", action="store_true", help="end the old colour after a flip")
    parser.add_argument("--bare", type=int, default=0, help="changes by the bare command")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report, bare = asyncio.run(measure(Path(folder), options))
    figures = dict(report.figures)
    if bare is not None:
        figures |= {f"bare_{name}": value for name, value in bare.figures.items()}
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:36} {value}")
    for sample in [*report.failed, *report.late][:5]:
        print(sample, file=sys.stderr)
    for error in report.not_done[:5]:
        print(error, file=sys.stderr)
    return 1 if options.check and not report.is_good else 0


if __name__ == "__main__":
    sys.exit(main())
