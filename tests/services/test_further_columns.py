"""Columns beside the four: limits, roles, undo, rules, files, figures, and one that goes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.automation import BoardRule, Deed, Trigger
from devops_tui.domain.board import (
    BoardRules,
    Column,
    FurtherColumn,
    LaneLimit,
    LaneOf,
    Step,
    WipLimit,
)
from devops_tui.domain.board_formats import READERS, WRITERS
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.card_query import Asker, parse
from devops_tui.domain.errors import LimitReached, NotAllowed, Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.workspace import Workspace
from devops_tui.services.automation import Automation
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_import import BoardImport
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.services.figures import Figures
from devops_tui.stores.sqlite.store import SqliteStore

READY = Step("Ready", Column.PLANNED)
REVIEW = Step("Review", Column.IN_WORK)
TEST = Step("Test", Column.IN_WORK)
TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
)
RULES = BoardRules(
    "SHOP",
    WipLimit(),
    WipLimit(cards=2),
    further=(
        FurtherColumn(READY, WipLimit()),
        FurtherColumn(REVIEW, WipLimit(cards=1)),
        FurtherColumn(TEST, WipLimit(per_member=0.5), is_hard=False),
    ),
    lanes=(LaneLimit(LaneOf.ASSIGNEE, WipLimit(cards=1), REVIEW),),
)


class House:
    """A board of seven columns in a store."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock()
        self.under(RULES)

    def under(self, rules: BoardRules) -> None:
        """The same cards under other rules."""
        self.rules = rules
        self.boards = Boards(self.store, self.clock, rules, TEAM)
        ledger = Ledger(self.store, self.clock, rules, TEAM)
        self.history = BoardHistory(ledger)
        self.files = BoardImport(self.boards, ledger)
        self.place = Workspace("shop", "/x", team=TEAM, board=rules)
        self.store.save_workspace(self.place, (), str(len(rules.further)))

    def card(self, to: Column | Step, title: str = "a wish") -> CardId:
        """A card that was brought to a column."""
        made = self.boards.add(title, "minji")
        for step in (Column.PLANNED, to):
            self.boards.move(made.id, step, "minji", override_why="")
        return made.id


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def test_they_stand_right_of_what_they_belong_to() -> None:
    told = [place.value for place in RULES.places]
    assert told == ["Backlog", "Planned", "Ready", "InWork", "Review", "Test", "Done"]
    assert RULES.beside(Column.IN_WORK, 1) == REVIEW
    assert RULES.beside(TEST, 1) is Column.DONE
    assert RULES.beside(Column.DONE, 1) is None
    assert RULES.beside(Column.BACKLOG, -1) is None
    assert RULES.named("in work") is Column.IN_WORK
    assert RULES.named("review") == REVIEW
    assert RULES.named("elsewhere") is None


def test_each_has_its_own_limit_and_says_who_could_lift_it(house: House) -> None:
    first, second = house.card(REVIEW), house.card(Column.IN_WORK)
    with pytest.raises(LimitReached, match=r"Review is full \(1/1\)") as caught:
        house.boards.move(second, REVIEW, "sora")
    assert "jun" in caught.value.hint
    with pytest.raises(NotAllowed, match="scrum master"):
        house.boards.move(second, REVIEW, "sora", override_why="it is urgent")
    house.boards.move(second, REVIEW, "jun", override_why="it is urgent")
    (event,) = [e for e in house.store.events(subject=second) if "overridden" in e.kind]
    assert (event.data["column"], event.why) == ("Review", "it is urgent")
    house.boards.move(first, TEST, "sora")
    house.boards.move(second, TEST, "sora")  # soft: one over
    assert [house.store.card(c).place for c in (first, second)] == [TEST, TEST]


def test_lanes_have_limits_in_them(house: House) -> None:
    house.under(replace(RULES, further=(FurtherColumn(REVIEW),)))
    first, second = house.card(REVIEW), house.card(Column.IN_WORK)
    for card in (first, second):
        house.boards.edit(card, CardEdit(assignees="sora"), "sora")
    with pytest.raises(LimitReached, match="Review is full for assignee sora"):
        house.boards.move(second, REVIEW, "sora")


def test_roles_are_those_of_the_phase(house: House) -> None:
    wish = house.boards.add("a wish", "sora")
    with pytest.raises(NotAllowed, match="product owner accepts"):
        house.boards.move(wish.id, READY, "sora")
    house.boards.move(wish.id, READY, "minji")
    house.boards.edit(wish.id, CardEdit(blocked="the bank"), "sora")
    with pytest.raises(Refused, match="blocked"):
        house.boards.move(wish.id, REVIEW, "sora")
    house.boards.edit(wish.id, CardEdit(blocked=""), "sora")
    for place in (Column.IN_WORK, REVIEW, TEST, REVIEW, Column.DONE):
        assert house.boards.move(wish.id, place, "sora").place == place
    with pytest.raises(NotAllowed):
        house.boards.move(wish.id, REVIEW, "a stranger")
    with pytest.raises(Refused, match="no column Elsewhere"):
        house.boards.move(wish.id, Step("Elsewhere", Column.IN_WORK), "sora")


def test_a_move_is_undone_and_done_again_by_the_rules_of_now(house: House) -> None:
    card = house.card(Column.IN_WORK)
    house.boards.move(card, REVIEW, "sora")
    house.history.undo("sora")
    assert house.store.card(card).place is Column.IN_WORK
    house.card(REVIEW)
    with pytest.raises(LimitReached, match="Review is full"):
        house.history.redo("sora")
    house.under(replace(RULES, further=(FurtherColumn(REVIEW),), lanes=()))
    house.history.redo("sora")
    assert house.store.card(card).place == REVIEW


def test_order_is_that_of_the_column(house: House) -> None:
    house.under(replace(RULES, further=(FurtherColumn(REVIEW),), in_work=WipLimit()))
    first, second, other = house.card(REVIEW), house.card(REVIEW), house.card(Column.IN_WORK)
    house.boards.move(second, REVIEW, "sora", before=first)
    there = [c.id for c in house.store.cards() if house.rules.place_of(c) == REVIEW]
    assert there == [second, first]
    assert house.store.card(other).rank == 1.0  # the columns do not count one another's cards


def test_a_column_that_goes_away_keeps_its_cards(house: House) -> None:
    card, other = house.card(REVIEW), house.card(Column.IN_WORK)
    house.under(BoardRules("SHOP", WipLimit(), WipLimit(cards=2)))
    kept = house.store.card(card)
    assert house.rules.place_of(kept) is Column.IN_WORK
    assert house.rules.has_lost(kept)
    with pytest.raises(LimitReached, match=r"InWork is full \(2/2\)"):
        house.card(Column.IN_WORK)
    house.boards.edit(card, CardEdit(title="still a wish"), "sora")
    house.boards.move(other, Column.DONE, "sora")
    house.under(RULES)
    assert house.rules.place_of(house.store.card(card)) == REVIEW
    house.under(replace(RULES, further=()))
    house.boards.move(card, Column.DONE, "sora")
    house.boards.move(card, Column.IN_WORK, "sora")
    house.under(RULES)
    assert house.rules.place_of(house.store.card(card)) is Column.IN_WORK


@pytest.mark.parametrize("name", list(WRITERS))
def test_files_name_them(name: str, house: House, tmp_path: Path) -> None:
    card, done = house.card(REVIEW, "one"), house.card(Column.DONE, "two")
    out = house.files.export()
    assert READERS[name](WRITERS[name](out)) == out
    again = house.files.take(READERS[name](WRITERS[name](out)), "minji", is_dry=False)
    assert [o.what for o in again.outcomes] == ["same", "same"]
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.files.take(READERS[name](WRITERS[name](out)), "minji", is_dry=False)
    assert [other.store.card(c).place for c in (card, done)] == [REVIEW, Column.DONE]
    other.store.close()
    edited = [replace(f, values={**f.values, "column": "test"}) for f in out if f.card_id == card]
    assert [o.what for o in house.files.take(edited, "sora", is_dry=False).outcomes] == ["changed"]
    assert house.store.card(card).place == TEST
    house.under(replace(RULES, further=()))
    lost = house.files.export()
    assert READERS[name](WRITERS[name](lost)) == lost
    back = house.files.take(READERS[name](WRITERS[name](lost)), "minji", is_dry=False)
    assert [o.what for o in back.outcomes] == ["same", "same"]


def test_rules_of_the_house_act_on_them(house: House) -> None:
    card, second = house.card(REVIEW), house.card(Column.IN_WORK)
    idle = BoardRule(Trigger.IDLE, Deed.TELL, idle_s=86_400.0, columns=(REVIEW,))
    told = BoardRule(Trigger.LIMIT_BREACHED, Deed.TELL)
    place = replace(house.place, automation=(idle, told))
    automation = Automation(house.store, house.clock, place)
    house.boards.move(second, REVIEW, "jun", override_why="both at once")
    assert [deed.subject for deed in automation.look_at_limits()] == ["Review"]
    house.clock.at += timedelta(days=2)
    found = automation.look_for_idle()
    assert sorted(deed.card_id for deed in found) == [card, second]
    assert "stands in Review for 2 days" in found[0].told


def test_figures_have_a_band_for_each_and_are_else_those_of_the_phase(house: House) -> None:
    start = house.clock.at
    card = house.card(Column.IN_WORK)
    house.clock.at = start + timedelta(days=1)
    house.boards.move(card, REVIEW, "sora")
    house.clock.at = start + timedelta(days=2)
    flow = Figures(house.store, house.clock).flow(5)
    assert [step.name for step in flow.further] == ["Ready", "Review", "Test"]
    assert flow.wip[0].age_s == 2 * 86_400.0
    assert (flow.days[-1].in_work, flow.days[-1].further["Review"], flow.left) == (0, 1, 1)
    house.boards.move(card, TEST, "sora")
    house.history.undo("sora")
    house.clock.at = start + timedelta(days=3)
    house.boards.move(card, Column.DONE, "sora")
    house.clock.at += timedelta(hours=1)
    done = Figures(house.store, house.clock).flow(5)
    assert done.cycle is not None and done.cycle.p50 == 3 * 86_400.0
    assert done.worked_s == 3 * 86_400.0
    house.under(replace(RULES, further=()))
    plain = Figures(house.store, house.clock).flow(5)
    assert [day.in_work for day in plain.days[-3:]] == [1, 1, 0]
    assert all(day.further == {} for day in plain.days)


def test_a_query_asks_for_the_column_or_for_the_phase(house: House) -> None:
    card = house.store.card(house.card(REVIEW))
    asker = Asker("sora", house.clock.at)
    held = {q: parse(q)(card, asker) for q in ("column = Review", "column = InWork",
                                                "phase = InWork")}  # fmt: skip
    assert held == {"column = Review": True, "column = InWork": False, "phase = InWork": True}
