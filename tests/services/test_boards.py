"""The board: limits that follow the team, roles, and two operators at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules, CardKind, Column, WipLimit
from devops_tui.domain.errors import LimitReached, NotAllowed, Refused, RevisionConflict
from devops_tui.domain.ids import CardId
from devops_tui.domain.team import Member, Role, Team
from devops_tui.services.boards import Boards
from devops_tui.stores.sqlite.store import SqliteStore

TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def boards(store: SqliteStore) -> Boards:
    return Boards(store, StillClock(), BoardRules(prefix="SHOP"), TEAM)


def planned(boards: Boards, count: int) -> list[CardId]:
    cards = [boards.add(f"card {n}", "minji") for n in range(count)]
    return [boards.move(card.id, Column.PLANNED, "minji").id for card in cards]


def test_cards_are_numbered_and_filed_at_the_end_of_the_backlog(boards: Boards) -> None:
    first = boards.add("a  wish\nof two lines", "sora")
    second = boards.add("another", "sora", CardKind.BUG)
    assert (first.id, second.id) == ("SHOP-1", "SHOP-2")
    assert first.title == "a wish of two lines"
    assert first.rank < second.rank
    assert first.column is Column.BACKLOG


def test_a_card_needs_a_title(boards: Boards) -> None:
    with pytest.raises(Refused, match="title"):
        boards.add(" \n ", "sora")


def test_limits_follow_the_head_count(boards: Boards) -> None:
    cards = planned(boards, 4)  # two members, two cards each
    extra = boards.add("one too many", "minji")
    with pytest.raises(LimitReached, match=r"Planned is full \(4/4\)") as caught:
        boards.move(extra.id, Column.PLANNED, "minji")
    assert "jun" in caught.value.hint
    for card in cards[:2]:
        boards.move(card, Column.IN_WORK, "sora")
    with pytest.raises(LimitReached, match=r"InWork is full \(2/2\)"):
        boards.move(cards[2], Column.IN_WORK, "sora")


def test_a_larger_team_may_hold_more() -> None:
    rules = BoardRules()
    larger = Team((*TEAM.members, Member("ara"), Member("theo")))
    assert [rules.limit(Column.IN_WORK, t) for t in (Team(), TEAM, larger)] == [1, 2, 4]
    assert [rules.limit(Column.PLANNED, t) for t in (Team(), TEAM, larger)] == [2, 4, 8]
    assert rules.limit(Column.BACKLOG, larger) is None
    assert WipLimit(cards=3).of(larger) == 3


def test_a_member_does_not_accept_into_planned(boards: Boards) -> None:
    card = boards.add("wish", "sora")
    with pytest.raises(NotAllowed, match="product owner") as caught:
        boards.move(card.id, Column.PLANNED, "sora")
    assert "minji" in caught.value.hint


def test_a_stranger_moves_nothing(boards: Boards) -> None:
    (card,) = planned(boards, 1)
    with pytest.raises(NotAllowed, match="not in the team"):
        boards.move(card, Column.IN_WORK, "nobody")


def test_only_a_scrum_master_overrides_and_it_is_audited(
    boards: Boards, store: SqliteStore
) -> None:
    planned(boards, 4)
    card = boards.add("urgent", "minji")
    with pytest.raises(NotAllowed, match="scrum master"):
        boards.move(card.id, Column.PLANNED, "minji", override_why="now")
    with pytest.raises(LimitReached):
        boards.move(card.id, Column.PLANNED, "jun", override_why="  ")
    boards.move(card.id, Column.PLANNED, "jun", override_why="outage")
    audit = [e for e in store.events() if e.kind == "card.limit_overridden"]
    assert [(e.actor, e.why) for e in audit] == [("jun", "outage")]


def test_the_second_of_two_operators_is_told_who_was_first(boards: Boards) -> None:
    (card,) = planned(boards, 1)
    seen = 2
    boards.move(card, Column.IN_WORK, "sora", expected_rev=seen)
    with pytest.raises(RevisionConflict, match="by sora and is in InWork"):
        boards.move(card, Column.DONE, "jun", expected_rev=seen)


def test_a_card_is_placed_above_another(boards: Boards, store: SqliteStore) -> None:
    a, b, c = (boards.add(t, "minji").id for t in "abc")
    boards.move(c, Column.BACKLOG, "minji", before=b)
    assert [x.id for x in store.cards()] == [a, c, b]
    boards.move(c, Column.BACKLOG, "minji", before=a)
    assert [x.id for x in store.cards()] == [c, a, b]


def test_the_house_moves_without_a_role_but_not_over_a_limit(boards: Boards) -> None:
    (card,) = planned(boards, 1)
    moved = boards.move(card, Column.DONE, "worker", is_automation=True)
    assert moved.column is Column.DONE


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 7), st.sampled_from(list(Column)), st.sampled_from(["minji", "jun"])
        ),
        max_size=40,
    )
)
def test_no_order_of_moves_breaks_a_limit_or_loses_a_card(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, Column, str]]
) -> None:
    store = SqliteStore.open(tmp_path_factory.mktemp("board") / "state.db")
    boards = Boards(store, StillClock(), BoardRules(), TEAM)
    cards = [boards.add(str(n), "minji").id for n in range(8)]
    for index, column, actor in moves:
        try:
            boards.move(cards[index], column, actor)
        except Refused:
            continue
    held = [c.column for c in store.cards()]
    store.close()
    assert len(held) == 8
    assert held.count(Column.PLANNED) <= 4
    assert held.count(Column.IN_WORK) <= 2
