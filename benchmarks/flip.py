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
"commit_skew" is between the first and the last balancer whose commit was answered,
"sent_skew" between the first and the last that was given to its link, "last_old_since_sent"
counts from that first one, without the journal's write and the last look before it; and the
load takes the balancers in turn. `--kill-old` ends the old colour's servers as soon as the
flip has returned, and starts them again before the next one.
A run lasts about `--slow` seconds a flip, as the drain of each is waited for: 1,000 flips with
requests of 2 s take three quarters of an hour. It says how far it is; `--minutes` or an
interrupt ends it early, and the figures are those of the flips until then.
"cpu_wait_s" is how long each group of processes was ready to run and had no core. The old
colour's last answer has two figures: "last_old_answer" when the client had read it,
"last_old_written" when the server had written it. The first holds the client's own wait for a
core ("written_to_read"), the second nothing of it. "old_asked_after_command" are short
requests that began after the command had ended and still got the old colour.
`--check` holds that nothing failed and nothing came late, and for the switches without a
reload that the median of the last old answers is at most 10 ms; caddy, traefik and
nginx-include end idle connections or mix colours by themselves before "done": for them
failures and the last old answer are figures, not bars. Over SSH the last old answer is
counted from the command's beginning, at most 60 ms in the median, the skew at most 15 ms in
95 of 100 flips.
Fewer flips than were wanted never pass `--check`.
Wall times of a shared machine: trust the counts, and ratios within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from flip_report import Change, Report
from flip_wait import CoreWait, groups_of

from devops_tui.domain.traffic import Colour, Flip, FlipState
from devops_tui.stores.sqlite.store import SqliteStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

if TYPE_CHECKING:
    from support.traffic import Shop

_ASKS = 20
_SOCKETS = 4
_KINDS = ("embedded", "haproxy", "nginx", "nginx-include", "caddy", "traefik", "envoy", "command")
_TELL_S = 30.0


async def measure(folder: Path, options: argparse.Namespace) -> tuple[Report, Report | None]:
    """Starts everything, flips, and ends everything; then the same by bare commands."""
    from support.bare_change import bare_change
    from support.ssh_shop import SshShop
    from support.traffic import SHOP, Shop

    kind = options.switch
    made = SshShop if options.ssh else Shop
    shop = made(folder / "shop", [kind] * options.balancers, drain_s=options.slow + 1)
    skews: list[float] = []
    sent_skews: list[float] = []
    starts: list[float] = []
    store = SqliteStore.open(folder / "state.db")

    async def ours(number: int) -> tuple[Colour, float, float, str]:
        flip = await flips.flip(SHOP, None, "benchmark", f"flip {number}")
        error = "" if flip.state is FlipState.DONE else flip.error
        if isinstance(shop, SshShop):
            answered = [link.committed[-1] for link in shop.ssh.transports.values()]
            skews.append(1000 * (max(answered) - min(answered)))
            sent = [link.sent[-1] for link in shop.ssh.transports.values()]
            sent_skews.append(1000 * (max(sent) - min(sent)))
            starts.append(min(sent))
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
        report.add_skews(skews, sent_skews, starts)
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
    waits = CoreWait(groups_of(load.pid, [child.pid for child in shop.children.values()]))
    pace = _Pace(count, options.minutes)
    try:
        for number in range(count):
            if not pace.goes_on(number):
                break
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
        waited = waits.figures()
        samples = await asyncio.to_thread(load.finish)
    finally:
        load.stop()
    report = Report(options.switch, options.balancers, changes, samples)
    report.wanted = count
    report.figures |= waited
    return report


class _Pace:
    """Says now and then how far it is; ends it early, in good order, when it takes too long."""

    def __init__(self, count: int, minutes: float) -> None:
        self._count = count
        self._began = self._told = time.monotonic()
        self._until = self._began + 60 * minutes if minutes else float("inf")
        self._is_stopped = False
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        self._is_stopped = True

    def goes_on(self, done: int) -> bool:
        """Whether another change is due, after `done` of them."""
        now = time.monotonic()
        if now - self._told > _TELL_S:
            self._told = now
            left_s = (now - self._began) / max(1, done) * (self._count - done)
            print(f"{done} of {self._count}, about {left_s / 60:.0f} min left", file=sys.stderr)
        return done == 0 or not (self._is_stopped or now > self._until)


def _commit(flip: Flip) -> tuple[float, float]:
    """When the commit began, on the monotonic clock, and its seconds."""
    step = next(s for s in flip.steps if s.what.startswith("commit"))
    return step.at.timestamp() - time.time() + time.monotonic(), step.ms / 1000


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
    parser.add_argument("--minutes", type=float, default=0.0, help="at most; 0: all the flips")
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
