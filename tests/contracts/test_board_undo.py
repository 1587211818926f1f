"""Undo and redo of cards on every store: same bytes, own changes only, by the rules of now."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

import pytest
from support.clocks import StillClock
from support.stores import Opener

from devops_tui.domain.board import (
    BoardRules,
    Card,
    Column,
    FurtherColumn,
    Priority,
    Step,
    WipLimit,
)
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import LimitReached, NotAllowed, Refused, RevisionConflict
from devops_tui.domain.team import Member, Role, Team
from devops_tui.ports.store import Store
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.stores.sql.store import SqlStore

TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
)
_REVISION = re.compile(r'"rev":\d+')
RULES = BoardRules(
    prefix="SHOP",
    planned=WipLimit(cards=30),
    in_work=WipLimit(cards=20),
    further=(FurtherColumn(Step("Review", Column.IN_WORK), WipLimit(cards=10)),),
)


def house(store: Store, rules: BoardRules = RULES) -> tuple[Boards, BoardHistory]:
    clock = StillClock()
    return Boards(store, clock, rules, TEAM), BoardHistory(Ledger(store, clock, rules, TEAM))


def image(store: SqlStore) -> Mapping[str, str]:
    """The bytes of every card, archived ones too, but for the revision, which only grows."""
    rows = store._db.rows("SELECT id, body FROM card")
    return {card_id: _REVISION.sub('"rev":0', body) for card_id, body in rows}


class Walk:
    """Random changes of one person, and what the cards were after each of them."""

    def __init__(self, store: SqlStore, actor: str, seed: int) -> None:
        self.store = store
        self.boards, self.history = house(store)
        self.actor = actor
        self.random = random.Random(seed)  # noqa: S311 - a walk, not a secret
        self.images: list[Mapping[str, str]] = [{}]
        self.at = 0

    def step(self) -> None:
        way = self.random.random()
        if way < 0.3:
            self.back()
        elif way < 0.5:
            self.forth()
        else:
            self.change()

    def back(self) -> None:
        if self.at == 0:
            with pytest.raises(Refused, match="nothing to undo"):
                self.history.undo(self.actor)
            return
        self.history.undo(self.actor)
        self.at -= 1
        assert image(self.store) == self.images[self.at]

    def forth(self) -> None:
        if self.at + 1 == len(self.images):
            with pytest.raises(Refused, match="nothing to do again"):
                self.history.redo(self.actor)
            return
        self.history.redo(self.actor)
        self.at += 1
        assert image(self.store) == self.images[self.at]

    def change(self) -> None:
        before = image(self.store)
        try:
            self.do_something()
        except Refused:
            assert image(self.store) == before
            return
        after = image(self.store)
        if after != before:
            self.at += 1
            self.images[self.at :] = [after]

    def do_something(self) -> None:
        listed = list(self.store.cards())
        if not listed or (len(listed) < 8 and self.random.random() < 0.2):
            self.boards.add(f"wish {self.random.random()}", self.actor)
            return
        card = self.random.choice(listed)
        acts: tuple[Callable[[], object], ...] = (
            lambda: self.boards.move(card.id, self.random.choice(RULES.places), self.actor),
            lambda: self.boards.move(
                card.id, card.column, self.actor, before=self.random.choice(listed).id
            ),
            lambda: self.boards.edit(card.id, self.an_edit(listed), self.actor),
            lambda: self.boards.archive(card.id, self.actor),
            lambda: self.boards.move_together(
                {c.id: c.rev for c in self.random.sample(listed, min(3, len(listed)))},
                self.random.choice(RULES.places),
                self.actor,
            ),
        )
        self.random.choice(acts)()

    def an_edit(self, listed: list[Card]) -> CardEdit:
        other = self.random.choice(listed).id
        return self.random.choice(
            (
                CardEdit(title=f"title {self.random.random()}"),
                CardEdit(assignees=self.random.choice(("", "jun", "jun, sora"))),
                CardEdit(labels=f"+{self.random.choice('abc')}"),
                CardEdit(blocked=self.random.choice(("", "waits for the bank"))),
                CardEdit(depends=f"+{other}"),
                CardEdit(priority=self.random.choice(list(Priority))),
                CardEdit(check=(self.random.choice("xyz"),)),
                CardEdit(comment="a remark [/]"),
                CardEdit(estimate="3", due="2026-11-30"),
            )
        )


def test_a_thousand_random_steps_return_to_the_same_bytes(opener: Opener) -> None:
    store = opener.store()
    walk = Walk(store, "minji", seed=11)
    for _ in range(500):
        walk.step()
    store.close()
    walk.store = store = opener.store()  # a restart in the middle of it
    walk.boards, walk.history = house(store)
    for _ in range(500):
        walk.step()
    while walk.at:
        walk.back()
    assert store.cards() == []
    while walk.at + 1 < len(walk.images):
        walk.forth()
    assert len(walk.images) > 5
    store.close()


def test_somebody_else_s_change_stands_in_the_way_and_is_named(store: Store) -> None:
    boards, history = house(store)
    card = boards.add("wish", "minji")
    boards.move(card.id, Column.PLANNED, "minji")
    boards.edit(card.id, CardEdit(labels="db"), "sora")
    with pytest.raises(RevisionConflict, match=r"by sora and is in Planned now \(.* UTC\)"):
        history.undo("minji")
    history.undo("sora")
    history.undo("minji")
    assert store.card(card.id).column is Column.BACKLOG


def test_each_operator_walks_their_own_way(store: Store) -> None:
    boards, history = house(store)
    mine, theirs = boards.add("mine", "sora"), boards.add("theirs", "jun")
    history.undo("sora")
    assert [c.id for c in store.cards()] == [theirs.id]
    history.redo("sora")
    assert {c.id for c in store.cards()} == {mine.id, theirs.id}
    with pytest.raises(Refused, match="nothing to do again"):
        history.redo("jun")


def test_a_new_change_forgets_what_could_be_done_again(store: Store) -> None:
    boards, history = house(store)
    card = boards.add("wish", "sora")
    boards.edit(card.id, CardEdit(title="another"), "sora")
    history.undo("sora")
    boards.edit(card.id, CardEdit(title="a third"), "sora")
    with pytest.raises(Refused, match="nothing to do again"):
        history.redo("sora")


def test_an_undo_may_not_do_what_the_actor_may_not_any_more(store: Store) -> None:
    boards, _ = house(store)
    card = boards.add("wish", "minji")
    boards.move(card.id, Column.PLANNED, "minji")
    later = Team((Member("jun", (Role.PRODUCT_OWNER,)), Member("minji", (Role.MEMBER,))))
    history = BoardHistory(Ledger(store, StillClock(), RULES, later))
    with pytest.raises(NotAllowed, match="product owner") as caught:
        history.undo("minji")
    assert "jun" in caught.value.hint
    assert store.card(card.id).column is Column.PLANNED


def test_an_undo_respects_a_limit_and_a_scrum_master_overrides_it(store: Store) -> None:
    tight = BoardRules(planned=WipLimit(cards=9), in_work=WipLimit(cards=1))
    boards, history = house(store, tight)
    first, second = (boards.add(t, "minji").id for t in "ab")
    for card in (first, second):
        boards.move(card, Column.PLANNED, "minji")
    boards.move(first, Column.IN_WORK, "jun")
    boards.move(first, Column.DONE, "jun")
    boards.move(second, Column.IN_WORK, "sora")
    with pytest.raises(LimitReached, match="InWork is full"):
        history.undo("jun")
    history.undo("jun", "the release came back")
    assert store.card(first).column is Column.IN_WORK
    told = [e for e in store.events() if e.kind == "card.limit_overridden"]
    assert [(e.actor, e.why) for e in told] == [("jun", "the release came back")]


def test_what_was_moved_together_goes_back_together_or_not_at_all(store: Store) -> None:
    boards, history = house(store)
    cards = [boards.add(t, "minji") for t in "abc"]
    boards.move_together({c.id: c.rev for c in cards}, Column.PLANNED, "minji")
    boards.edit(cards[0].id, CardEdit(labels="x"), "sora")
    with pytest.raises(RevisionConflict, match="by sora"):
        history.undo("minji")
    assert {c.column for c in store.cards()} == {Column.PLANNED}
    history.undo("sora")
    history.undo("minji")
    assert {c.column for c in store.cards()} == {Column.BACKLOG}


def test_moving_together_is_all_or_nothing(store: Store) -> None:
    boards, _ = house(store, BoardRules(planned=WipLimit(cards=2)))
    cards = [boards.add(t, "minji") for t in "abc"]
    with pytest.raises(LimitReached):
        boards.move_together({c.id: c.rev for c in cards}, Column.PLANNED, "minji")
    assert {c.column for c in store.cards()} == {Column.BACKLOG}


def test_two_cards_that_change_places_for_ever_do_so_each_time(store: Store) -> None:
    boards, history = house(store)
    top, one, two, last = (boards.add(t, "minji").id for t in ("top", "one", "two", "last"))
    boards.edit(last, CardEdit(labels="db"), "sora")
    for _ in range(70):  # halves of halves: after fifty-two there is no number left between
        one, two = two, one
        boards.move(one, Column.BACKLOG, "minji", before=two)
        assert [c.id for c in store.cards()] == [top, one, two, last]
    history.undo("sora")
    assert store.card(last).labels == ()
