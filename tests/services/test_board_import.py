"""Imports by the rules: twice is once, nothing that changed since is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules, CardKind, Column
from devops_tui.domain.board_file import FiledCard
from devops_tui.domain.board_formats import READERS, WRITERS
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.team import Member, Role, Team
from devops_tui.services.board_import import BoardImport
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.stores.sqlite.store import SqliteStore

TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
)


class Place:
    """A workspace with its board."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        clock, rules = StillClock(), BoardRules(prefix="SHOP")
        self.boards = Boards(self.store, clock, rules, TEAM)
        self.files = BoardImport(self.boards, Ledger(self.store, clock, rules, TEAM))

    def told(self, cards: list[FiledCard], actor: str = "minji", *, dry: bool = False) -> list[str]:
        return [o.what for o in self.files.take(cards, actor, is_dry=dry).outcomes]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


def change(card: FiledCard, **values: str) -> FiledCard:
    return replace(card, values={**card.values, **values})


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_file_changes_only_what_was_changed_in_it(place: Place, name: str) -> None:
    one = place.boards.add("one", "minji", CardKind.BUG, text="# text\n\nof it")
    place.boards.edit(one.id, CardEdit(labels="db,api", assignees="sora", estimate="3"), "minji")
    place.boards.add("two", "minji")
    text = WRITERS[name](place.files.export())
    cards = READERS[name](text)
    before = place.store.cards()
    assert place.told(cards) == ["same", "same"]
    assert place.store.cards() == before
    cards[0] = change(cards[0], title="one, better")
    assert place.told(cards, dry=True) == ["changed", "same"]
    assert place.store.cards() == before
    assert place.told(cards) == ["changed", "same"]
    assert place.told(cards) == ["same", "same"]
    place.boards.edit(one.id, CardEdit(title="one, as the board has it"), "sora")
    assert place.told(cards) == ["conflict", "same"]
    assert place.store.card(one.id).title == "one, as the board has it"


def test_what_the_board_changed_since_stays(place: Place) -> None:
    one = place.boards.add("one", "minji")
    (card,) = place.files.export()
    place.boards.edit(one.id, CardEdit(labels="db"), "sora")
    assert place.told([change(card, title="other")]) == ["changed"]
    now = place.store.card(one.id)
    assert (now.title, now.labels) == ("other", ("db",))


def test_a_member_cannot_accept_by_import(place: Place) -> None:
    one = place.boards.add("one", "minji")
    (card,) = place.files.export()
    wanted = change(card, column="Planned")
    assert place.told([wanted], "sora") == ["refused"]
    assert place.store.card(one.id).column is Column.BACKLOG
    new = FiledCard("", {"title": "new", "column": "Planned"})
    report = place.files.take([new], "sora", is_dry=False)
    assert report.outcomes[0].what == "refused"
    assert "only the product owner accepts into Planned" in report.outcomes[0].told
    assert place.told([wanted], "minji") == ["changed"]
    assert place.told([wanted], "somebody") == ["same"]
    assert place.told([change(card, title="mine")], "somebody") == ["refused"]


def test_limits_hold_for_imports(place: Place) -> None:
    cards = [FiledCard("", {"title": f"card {n}", "column": "Planned"}) for n in range(5)]
    dry = place.told(cards, dry=True)
    assert place.store.cards() == []
    assert place.told(cards) == dry == ["added"] * 4 + ["refused"]


def test_cards_of_another_tool_are_imported_once(place: Place) -> None:
    card = FiledCard("", {"title": "Now", "labels": ("db",)}, origin="trello:c1")
    assert place.told([card]) == ["added"]
    assert place.told([card]) == ["same"]
    assert place.told([change(card, title="Now or never")]) == ["changed"]
    (found,) = place.store.cards()
    place.boards.edit(found.id, CardEdit(title="ours"), "sora")
    assert place.told([change(card, title="theirs")]) == ["conflict"]


def test_new_cards_find_one_another_under_new_names(place: Place) -> None:
    place.boards.add("taken", "minji")
    cards = [
        FiledCard("OLD-7", {"title": "second", "depends": ("OLD-9",)}),
        FiledCard("OLD-9", {"title": "first"}),
    ]
    assert place.told(cards) == ["added", "added"]
    second = next(c for c in place.store.cards() if c.title == "second")
    first = next(c for c in place.store.cards() if c.title == "first")
    assert second.depends == (first.id,)
    assert place.told(cards) == ["same", "same"]


@pytest.mark.parametrize("name", list(WRITERS))
def test_the_archive_goes_out_and_comes_back_as_such(
    place: Place, name: str, tmp_path: Path
) -> None:
    kept, gone = place.boards.add("kept", "minji"), place.boards.add("gone", "minji")
    place.boards.move(gone.id, Column.DONE, "minji")
    place.boards.archive(gone.id, "minji")
    assert [c.card_id for c in place.files.export()] == [kept.id]
    text = WRITERS[name](place.files.export(is_whole=True))
    assert place.told(READERS[name](text)) == ["same", "same"]
    assert place.store.card(gone.id).archived_at is not None
    other = Place(tmp_path / "other")
    assert other.told(READERS[name](text)) == ["added", "added"]
    assert [c.title for c in other.store.cards()] == ["kept"]
    (archived,) = other.store.archived_cards()
    assert (archived.title, archived.column) == ("gone", Column.DONE)
    assert other.told(READERS[name](text)) == ["same", "same"]
    other.store.close()
