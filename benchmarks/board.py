"""What a large board costs: a move until it is drawn, a search, what another screen sees.

    python benchmarks/board.py --json --check

A real SQLite store with 5,000 cards, most of them in the Backlog and in Done; the screen is the
real app over a real session, without a terminal. A move is timed from the key to the first rows
that show the card in its new column; a search from a query to the columns that show what it
found. The lists are looked up before: asking for them every 2 ms would be counted as the
board's work. "Seen by another" is from another operator's commit to those rows here. Wall times
of a shared machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import BoardRules, Card, CardKind, Column, WipLimit
from devops_tui.domain.ids import CardId, WorkerId
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.tui.app import DevopsApp
from devops_tui.tui.screens.board import BoardScreen
from devops_tui.tui.widgets.line_table import LineTable

BARS = {
    "move_ms_p95": 50.0,
    "move_cpu_ms_p95": 50.0,
    "search_ms_p95": 100.0,
    "search_cpu_ms_p95": 100.0,
    "seen_by_another_ms_p95": 1000.0,
}
_SHARES = ((Column.BACKLOG, 0.5), (Column.PLANNED, 0.02), (Column.IN_WORK, 0.01))
_PATIENCE_S = 15.0
_WORDS = ("voucher", "basket", "export", "search", "payment", "invoice", "login", "theme")
_QUERIES = ("voucher", "kind = bug and label = db", "not free and idle >= 0", "title ~ basket", "")


def main() -> int:
    """Measures, prints, and with --check fails where a bar is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=5000)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = _fill(Path(folder), words.cards)
        found = asyncio.run(_measure(paths, words.moves))
    found["cards"] = float(words.cards)
    if words.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, value in found.items():
            bar = f"  (bar {BARS[name]:g})" if name in BARS else ""
            sys.stdout.write(f"{name:26} {value:9.1f}{bar}\n")
    missed = [name for name, bar in BARS.items() if found[name] > bar]
    if words.check and missed:
        sys.stderr.write(f"over the bar: {', '.join(missed)}\n")
        return 1
    return 0


def _fill(folder: Path, count: int) -> WorkspacePaths:
    (folder / ".devops-tui").mkdir(mode=0o700)
    (folder / "devops.yaml").write_text("name: shop\nboard: {planned: none, in_work: none}\n")
    paths = paths_of(folder / "devops.yaml")
    store = SqliteStore.open(paths.store)
    now = SystemClock().now()
    later = now + timedelta(hours=1)  # it seems alive all the time, so that none is started
    me = Worker(WorkerId("w"), "elsewhere", 1, __version__, WorkerState.WORKING, now, later)
    store.save_worker(me)
    rules = BoardRules("SHOP", WipLimit(cards=count), WipLimit(cards=count))
    store.save_workspace(Workspace("shop", "/x", board=rules), (), "1")
    with store.transaction():
        for number in range(1, count + 1):
            store.next_card_number()
            title = f"{_WORDS[number % 8]} of customer {number} is wanted sooner"
            kind = list(CardKind)[number % len(CardKind)]
            column = _column(number / count)
            card = Card(CardId(f"SHOP-{number}"), title, kind, column, float(number), 1, now, now,
                        text=f"# Why\n{title}\n- [ ] one\n" * 3, assignee=("", "jun")[number % 2],
                        labels=("db", "api")[: number % 3])  # fmt: skip
            store.add_card(card)
    store.close()
    return paths


def _column(share: float) -> Column:
    for column, part in _SHARES:
        if share <= part:
            return column
        share -= part
    return Column.DONE


async def _measure(paths: WorkspacePaths, moves: int) -> dict[str, float]:
    app = DevopsApp(lambda: Session(paths, "jun"))
    other = Session(paths, "sora")
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("4")
            await _until(lambda: isinstance(app.screen, BoardScreen) and _has_rows(app))
            moved = [await _move(app, index) for index in range(moves)]
            seen = [await _seen(app, other, index) for index in range(moves // 3)]
            searched = [await _search(app, query) for query in _QUERIES * 6]
    finally:
        other.close()
    return {
        "move_ms_p50": statistics.median([wall for wall, _ in moved]),
        "move_ms_p95": _p95([wall for wall, _ in moved]),
        "move_cpu_ms_p50": statistics.median([cpu for _, cpu in moved]),
        "move_cpu_ms_p95": _p95([cpu for _, cpu in moved]),
        "seen_by_another_ms_p95": _p95(seen),
        "search_ms_p50": statistics.median([wall for wall, _ in searched]),
        "search_ms_p95": _p95([wall for wall, _ in searched]),
        "search_cpu_ms_p95": _p95([cpu for _, cpu in searched]),
    }


async def _move(app: DevopsApp, index: int) -> tuple[float, float]:
    """One key, there and back in turn: InWork to Done, Done to InWork."""
    start, end = (Column.IN_WORK, Column.DONE) if index % 2 == 0 else (Column.DONE, Column.IN_WORK)
    table = _table(app, start)
    table.focus()
    screen = app.screen
    await _until(
        lambda: (
            table.has_focus
            and bool(table.cursor_key)
            and isinstance(screen, BoardScreen)
            and screen.list_in_use() is table
        )
    )
    await asyncio.sleep(0.1)  # what the move before has left to do is not this one's
    card, goal = table.cursor_key, _table(app, end)
    begun, cpu = time.perf_counter(), time.process_time()
    await app.run_action(f"move_card('{'right' if end is Column.DONE else 'left'}')", app.screen)
    await _until(lambda: _shows(goal, card), lambda: f"{card} in {end}")
    took = ((time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000)
    await _until(lambda: goal.has_focus)
    return took


async def _seen(app: DevopsApp, other: Session, index: int) -> float:
    card = other.overview().cards[index]
    to = Column.PLANNED if card.column is Column.BACKLOG else Column.BACKLOG
    goal = _table(app, to)
    other.move_card(card.id, to)
    begun = time.perf_counter()
    await _until(lambda: _shows(goal, card.id))
    return (time.perf_counter() - begun) * 1000


async def _search(app: DevopsApp, query: str) -> tuple[float, float]:
    screen = app.screen
    begun, cpu = time.perf_counter(), time.thread_time()
    if isinstance(screen, BoardScreen):
        screen.ask_for(query)
    return (time.perf_counter() - begun) * 1000, (time.thread_time() - cpu) * 1000


def _table(app: DevopsApp, column: Column) -> LineTable:
    return app.screen.query_one(f"#column-{column.value}", LineTable)


def _shows(table: LineTable, card: str) -> bool:
    rows = table.rows  # what is moved comes last, or is where the cursor is
    return any(row.key == card for row in (*rows[-4:], *rows[:4]))


def _has_rows(app: DevopsApp) -> bool:
    return bool(app.screen.query("#column-Done")) and bool(_table(app, Column.DONE).rows)


async def _until(is_so: Callable[[], bool], what: Callable[[], str] = str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"it never came to be so {what()}")
        await asyncio.sleep(0.002)


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.95) - 1)]


if __name__ == "__main__":
    sys.exit(main())
