"""What it costs to bring a board and its Jira together after a week without a network.

    python benchmarks/jira.py --json --check

2,000 issues on a real SQLite store and on the double of Jira Cloud of the tests (loopback, the
same process: its own work is in the figures). Before the week both sides are equal; in it
every card changes here, there, or on both sides, and 100 are filed on each. Then rounds are
made until nothing is left to be sent but what asks a person. Wall time of a shared machine;
`adopt_s` is the first look of all, `round_s` one round with nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.jira_house import JiraHouse, filed, jira_house

BARS = {"week_s": 60.0}
_WEEK_S = 7 * 86400.0


def main() -> int:
    """Measures, prints, and with --check fails where a bar is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    words = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_measure(Path(folder), words.issues))
    if words.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, value in found.items():
            bar = f"  (bar {BARS[name]:g})" if name in BARS else ""
            sys.stdout.write(f"{name:14} {value:9.1f}{bar}\n")
    missed = [name for name, bar in BARS.items() if found[name] > bar]
    if words.check and missed:
        sys.stderr.write(f"over the bar: {', '.join(missed)}\n")
        return 1
    return 0


async def _measure(folder: Path, count: int) -> dict[str, float]:
    async with jira_house(folder) as house:
        numbers = [filed(house, f"Issue {n}") for n in range(count)]
        began = time.perf_counter()
        await house.good_round()
        adopt_s = time.perf_counter() - began
        conflicts = _week(house, numbers)
        house.clock.move(_WEEK_S)
        asked = len(house.double.asked)
        began, cpu = time.perf_counter(), time.process_time()
        rounds = 0
        while rounds == 0 or house.store.outbox():
            await house.good_round()
            rounds += 1
        week_s, week_cpu_s = time.perf_counter() - began, time.process_time() - cpu
        _look(house, numbers, conflicts)
        requests = len(house.double.asked) - asked
        began = time.perf_counter()
        await house.good_round()
        return {
            "issues": float(count),
            "adopt_s": adopt_s,
            "week_s": week_s,
            "week_cpu_s": week_cpu_s,
            "rounds": float(rounds),
            "requests": float(requests),
            "round_s": time.perf_counter() - began,
        }


def _week(house: JiraHouse, numbers: list[str]) -> set[str]:
    """Half of the cards change here, half there, a twentieth on both sides: those clash."""
    clashing = set()
    with house.store.transaction():
        for index, number in enumerate(numbers):
            is_here, is_there = index % 2 == 0, index % 2 == 1
            if index % 20 == 0:
                clashing.add(number)
                is_there = True
            if is_here:
                house.edit(house.card_of(number).id, title=f"here {index}")
            if is_there:
                house.site.edit(number, "acc-sora", {"summary": f"there {index}"}, {})
        for index in range(100):
            house.boards.add(f"New here {index}", "minji")
            filed(house, f"New there {index}")
    return clashing


def _look(house: JiraHouse, numbers: list[str], clashing: set[str]) -> None:
    """A fast round that lost something is no result."""
    asking = {copy.issue_id for copy in house.store.issue_copies(is_clashing=True)}
    if asking != clashing:
        raise SystemExit(f"{len(asking)} cards ask, {len(clashing)} should")
    for number in set(numbers) - clashing:
        if house.card_of(number).title != house.site.issue(number)["summary"]:
            raise SystemExit(f"{number} differs")
    if len(house.store.cards()) != len(house.site.issues) != len(numbers) + 200:
        raise SystemExit("cards or issues are missing, or there twice")


if __name__ == "__main__":
    sys.exit(main())
