"""Two operators at one board: each sees the other's moves, and who comes second is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import Column
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import NotAllowed, RevisionConflict
from devops_tui.domain.ids import CardId, WorkerId
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.tui.app import DevopsApp
from devops_tui.tui.widgets.line_table import LineTable

PATIENCE_S = 20.0
TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER, Role.MEMBER)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora"),
    )
)


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[WorkspacePaths]:
    (tmp_path / ".devops-tui").mkdir(mode=0o700)
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    found = paths_of(tmp_path / "devops.yaml")
    store = SqliteStore.open(found.store)
    now = SystemClock().now()
    store.save_worker(
        Worker(WorkerId("w"), "elsewhere", 1, __version__, WorkerState.WORKING, now, now)
    )
    store.save_workspace(Workspace("shop", "/x", team=TEAM), (), "1")
    yield found
    store.close()


@pytest.fixture
def minji(paths: WorkspacePaths) -> Iterator[Session]:
    opened = Session(paths, "minji")
    yield opened
    opened.close()


@pytest.fixture
def sora(paths: WorkspacePaths) -> Iterator[Session]:
    opened = Session(paths, "sora")
    yield opened
    opened.close()


def accepted(owner: Session, title: str = "wish") -> CardId:
    card = owner.add_card(title)
    return owner.move_card(card.id, Column.PLANNED).id


def test_who_comes_second_is_told_who_moved_it_where_and_when(
    minji: Session, sora: Session
) -> None:
    card_id = accepted(minji)
    seen = {session: session.card(card_id).rev for session in (minji, sora)}
    sora.move_card(card_id, Column.IN_WORK, seen[sora])
    with pytest.raises(RevisionConflict) as caught:
        minji.move_card(card_id, Column.DONE, seen[minji])
    told = caught.value.title
    assert "changed meanwhile by sora and is in InWork now (" in told
    assert f"{SystemClock().now():%Y-}" in told
    assert minji.card(card_id).column is Column.IN_WORK


def test_each_sees_what_the_other_did_and_takes_back_only_their_own(
    minji: Session, sora: Session
) -> None:
    card_id = accepted(minji)
    version = minji.version()
    sora.edit_card(card_id, CardEdit(assignees="sora"))
    assert minji.version() != version
    assert minji.overview().cards[0].assignee == "sora"
    with pytest.raises(RevisionConflict, match="by sora"):
        minji.undo_card()
    sora.undo_card()
    minji.undo_card()
    assert sora.overview().cards[0].column is Column.BACKLOG


def test_a_member_s_session_is_refused_whatever_it_tries(minji: Session, sora: Session) -> None:
    card = minji.add_card("wish")
    with pytest.raises(NotAllowed, match="product owner"):
        sora.move_card(card.id, Column.PLANNED)
    with pytest.raises(NotAllowed, match="product owner"):
        sora.move_cards({card.id: card.rev}, Column.PLANNED)
    with pytest.raises(NotAllowed, match="scrum master"):
        sora.start_sprint("goal", "2999-01-01")


def test_filters_are_each_operator_s_own(minji: Session, sora: Session) -> None:
    sora.save_filter("stuck", "blocked and mine")
    assert sora.saved_filters() == {"stuck": "blocked and mine"}
    assert minji.saved_filters() == {}
    sora.save_filter("stuck", "")
    assert sora.saved_filters() == {}


async def test_a_screen_shows_what_another_operator_moved(
    paths: WorkspacePaths, minji: Session
) -> None:
    card_id = accepted(minji)
    app = DevopsApp(lambda: Session(paths, "sora"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")

        async def shown_in(column: Column) -> None:
            end = monotonic() + PATIENCE_S
            while True:
                tables = app.screen.query(f"#column-{column.value}").results(LineTable)
                if any(row.key == card_id for table in tables for row in table.rows):
                    return
                assert monotonic() < end, f"{card_id} was never shown in {column}"
                await pilot.pause(0.01)

        await shown_in(Column.PLANNED)
        minji.move_card(card_id, Column.IN_WORK)
        await shown_in(Column.IN_WORK)
        minji.undo_card()
        await shown_in(Column.PLANNED)


async def test_a_member_s_screen_moves_nothing_out_of_the_backlog(
    paths: WorkspacePaths, minji: Session
) -> None:
    card = minji.add_card("wish")
    app = DevopsApp(lambda: Session(paths, "sora"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("4")
        end = monotonic() + PATIENCE_S
        while not app.screen.query("#column-Backlog") or not any(
            row.key == card.id for row in app.screen.query_one("#column-Backlog", LineTable).rows
        ):
            assert monotonic() < end, "the card was never shown"
            await pilot.pause(0.01)
        app.screen.query_one("#column-Backlog", LineTable).focus()
        await pilot.press("L")
        while not any("only the product owner" in str(n.message) for n in app._notifications):
            assert monotonic() < end, "nothing was said"
            await pilot.pause(0.01)
        assert minji.card(card.id).column is Column.BACKLOG
