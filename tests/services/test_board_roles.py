"""Who may do what on the board, whichever way they try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules, Card, Column, Priority, WipLimit
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import LimitReached, NotAllowed, NotFound, Refused
from devops_tui.domain.team import Member, Role, Team
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.services.sprints import Sprints
from devops_tui.stores.sqlite.store import SqliteStore

TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
)
RULES = BoardRules(prefix="SHOP", planned=WipLimit(cards=9), in_work=WipLimit(cards=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def boards(store: SqliteStore) -> Boards:
    return Boards(store, StillClock(), RULES, TEAM)


def planned(boards: Boards, title: str = "work") -> Card:
    return boards.move(boards.add(title, "minji").id, Column.PLANNED, "minji")


OWNERS_ONLY: tuple[Callable[[Boards, Card, Card], object], ...] = (
    lambda b, wish, _: b.move(wish.id, Column.PLANNED, "sora"),
    lambda b, wish, _: b.move_together({wish.id: wish.rev}, Column.DONE, "sora"),
    lambda b, wish, other: b.move(other.id, Column.BACKLOG, "sora", before=wish.id),
    lambda b, wish, _: b.archive(wish.id, "sora"),
    lambda b, wish, _: b.add("at once", "sora", column=Column.PLANNED),
    lambda b, wish, _: b.edit(wish.id, CardEdit(priority=Priority.EXPEDITE), "sora"),
)


@pytest.mark.parametrize("act", OWNERS_ONLY)
def test_a_member_cannot_do_what_is_the_product_owner_s(
    act: Callable[[Boards, Card, Card], object], boards: Boards, store: SqliteStore
) -> None:
    wish, other = boards.add("wish", "sora"), boards.add("other", "sora")
    before = list(store.cards())
    with pytest.raises(NotAllowed, match="product owner") as caught:
        act(boards, wish, other)
    assert "minji" in caught.value.hint
    assert store.cards() == before


def test_an_undo_or_a_redo_is_no_way_around(boards: Boards, store: SqliteStore) -> None:
    wish = boards.add("wish", "minji")
    boards.move(wish.id, Column.PLANNED, "minji")
    back = BoardHistory(Ledger(store, StillClock(), RULES, TEAM))
    back.undo("minji")
    with pytest.raises(Refused, match="nothing to do again"):
        back.redo("sora")  # what another one took back is not theirs to do
    demoted = Team((Member("jun", (Role.PRODUCT_OWNER,)), Member("minji")))
    with pytest.raises(NotAllowed, match="product owner"):
        BoardHistory(Ledger(store, StillClock(), RULES, demoted)).redo("minji")
    assert store.card(wish.id).column is Column.BACKLOG


def test_a_scrum_master_overrides_a_role_with_a_reason_that_is_kept(
    boards: Boards, store: SqliteStore
) -> None:
    wish = boards.add("wish", "sora")
    with pytest.raises(NotAllowed):
        boards.move(wish.id, Column.PLANNED, "jun")
    boards.move(wish.id, Column.PLANNED, "jun", override_why="minji is away")
    told = [e for e in store.events() if e.kind == "card.rule_overridden"]
    assert [(e.actor, e.why) for e in told] == [("jun", "minji is away")]
    with pytest.raises(NotAllowed, match="product owner"):
        boards.move(boards.add("x", "sora").id, Column.PLANNED, "sora", override_why="me too")


def test_a_stranger_files_and_does_nothing_else(boards: Boards) -> None:
    wish = boards.add("wish", "nobody")
    with pytest.raises(NotAllowed, match="not in the team"):
        boards.edit(wish.id, CardEdit(title="x"), "nobody")
    with pytest.raises(NotAllowed, match="not in the team"):
        boards.edit(wish.id, CardEdit(comment="x"), "nobody")
    with pytest.raises(NotAllowed, match="not in the team"):
        boards.move(planned(boards).id, Column.DONE, "nobody")


def test_a_card_is_not_started_before_what_it_waits_for(boards: Boards) -> None:
    first, second = planned(boards, "a"), planned(boards, "b")
    boards.edit(second.id, CardEdit(depends=first.id), "sora")
    with pytest.raises(Refused, match=rf"{second.id} waits for {first.id} \(Planned\)"):
        boards.move(second.id, Column.IN_WORK, "sora")
    boards.move(first.id, Column.DONE, "sora")
    boards.move(second.id, Column.IN_WORK, "sora")


def test_a_blocked_card_is_not_started(boards: Boards) -> None:
    card = planned(boards)
    boards.edit(card.id, CardEdit(blocked="the bank"), "sora")
    with pytest.raises(Refused, match="is blocked: the bank"):
        boards.move(card.id, Column.IN_WORK, "sora")
    boards.edit(card.id, CardEdit(blocked=""), "sora")
    boards.move(card.id, Column.IN_WORK, "sora")


def test_circles_are_refused_whole(boards: Boards) -> None:
    a, b, c = (boards.add(t, "minji").id for t in "abc")
    boards.edit(a, CardEdit(depends=b), "sora")
    boards.edit(b, CardEdit(depends=c), "sora")
    with pytest.raises(Refused, match=f"{c} → {a} → {b} → {c}"):
        boards.edit(c, CardEdit(depends=a), "jun", override_why="no reason is enough")
    with pytest.raises(Refused, match=f"{a} → {a}"):
        boards.edit(a, CardEdit(depends=f"+{a}"), "sora")
    with pytest.raises(NotFound):
        boards.edit(a, CardEdit(depends="SHOP-99"), "sora")
    with pytest.raises(Refused, match="depends on"):
        boards.archive(b, "minji")


def test_one_expedite_card_passes_the_limit(boards: Boards) -> None:
    ordinary, rushed, third = (planned(boards, t) for t in "abc")
    boards.move(ordinary.id, Column.IN_WORK, "sora")
    with pytest.raises(LimitReached, match="InWork is full"):
        boards.move(rushed.id, Column.IN_WORK, "sora")
    boards.edit(rushed.id, CardEdit(priority=Priority.EXPEDITE), "minji")
    boards.move(rushed.id, Column.IN_WORK, "sora")
    with pytest.raises(LimitReached, match="expedite lane, which takes one card"):
        boards.edit(third.id, CardEdit(priority=Priority.EXPEDITE), "minji")
    with pytest.raises(LimitReached, match="InWork is full"):
        boards.edit(rushed.id, CardEdit(priority=Priority.HIGH), "minji")


def test_a_sprint_is_the_scrum_master_s(store: SqliteStore, boards: Boards) -> None:
    clock = StillClock()
    sprints = Sprints(store, clock, TEAM)
    boards.edit(planned(boards, "a").id, CardEdit(estimate="5"), "sora")
    second = planned(boards, "b")
    day = clock.now().date().isoformat()
    for who in ("sora", "minji"):
        with pytest.raises(NotAllowed, match="scrum master"):
            sprints.start("goal", day, who)
    for goal, last in (("", day), ("goal", "2000-01-01"), ("goal", "soon")):
        with pytest.raises(Refused):
            sprints.start(goal, last, "jun")
    sprint = sprints.start("goal", day, "jun")
    assert (sprint.number, sprint.points) == (1, 6.0)
    with pytest.raises(Refused, match="sprint 1 runs"):
        sprints.start("another", day, "jun")
    boards.move(second.id, Column.DONE, "sora")
    late = planned(boards, "late")
    boards.edit(late.id, CardEdit(estimate="3"), "sora")
    BoardHistory(Ledger(store, clock, RULES, TEAM)).undo("sora")
    boards.move(second.id, Column.IN_WORK, "sora")
    assert [left for _, left in sprints.burndown().left] == [6.0, 5.0, 6.0, 8.0, 6.0, 7.0]
    with pytest.raises(NotAllowed):
        sprints.end("sora")
    assert sprints.end("jun").left[-1][1] == 7.0
    with pytest.raises(Refused, match="no sprint runs"):
        sprints.burndown()
    assert sprints.start("again", day, "jun").number == 2
