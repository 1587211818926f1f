"""On the screen a member does nothing that only the product owner may, by no key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from textual.pilot import Pilot

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import Column
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.tui.app import DevopsApp
from devops_tui.tui.widgets.line_table import LineTable

PATIENCE_S = 40.0
TEAM = Team((Member("minji", (Role.PRODUCT_OWNER, Role.MEMBER)), Member("sora")))
KEYS = (
    ("Backlog", ("L",), "accepts into Planned"),
    ("Backlog", ("m", "3"), "accepts into Planned"),
    ("Backlog", ("J",), "orders the Backlog"),
    ("Backlog", ("A",), "archives what is in the Backlog"),
    ("Backlog", ("o", "m", "e", "enter"), "accepts into Planned"),  # a reason does not count
    ("Planned", ("H",), "takes back into the Backlog"),
)


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[WorkspacePaths]:
    (tmp_path / ".devops-tui").mkdir(mode=0o700)
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    found = paths_of(tmp_path / "devops.yaml")
    store = SqliteStore.open(found.store)
    now = SystemClock().now()
    me = Worker(WorkerId("w"), "elsewhere", 1, __version__, WorkerState.WORKING, now, now)
    store.save_worker(me)
    store.save_workspace(Workspace("shop", "/x", team=TEAM), (), "1")
    yield found
    store.close()


async def until(pilot: Pilot[Any], is_so: Callable[[], bool], what: object) -> None:
    end = monotonic() + PATIENCE_S
    while not is_so():
        assert monotonic() < end, f"it never came to be so: {what}"
        await pilot.pause(0.01)


async def test_no_key_does_what_is_the_product_owner_s(paths: WorkspacePaths) -> None:
    minji = Session(paths, "minji")
    cards = [minji.add_card(title) for title in ("one", "two", "three")]
    minji.move_card(cards[2].id, Column.PLANNED)
    before = minji.overview().cards
    app = DevopsApp(lambda: Session(paths, "sora"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("4")

        def table(column: str) -> LineTable | None:
            found = app.screen.query(f"#column-{column}")
            return found.only_one(LineTable) if found else None

        def said(told: str) -> int:
            wanted = f"only the product owner {told}"
            return sum(wanted in str(n.message) for n in app._notifications)

        def is_said_again(told: str, had: int) -> bool:
            return said(told) > had

        def has_cards(column: str) -> bool:
            there = table(column)
            return there is not None and bool(there.cursor_key)

        for column, keys, told in KEYS:
            await until(pilot, partial(has_cards, column), column)
            there = table(column)
            assert there is not None
            there.focus()
            await until(pilot, partial(getattr, there, "has_focus"), f"{column} in focus")
            had = said(told)
            await pilot.press(*keys)
            await until(pilot, partial(is_said_again, told, had), (keys, told))
            assert minji.overview().cards == before
    minji.close()
