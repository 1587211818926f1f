"""What the board does by itself, and what it would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.automation import STANDARD, BoardRule, Deed, Trigger
from devops_tui.domain.board import (
    BoardRules,
    Card,
    CardKind,
    Column,
    LaneLimit,
    LaneOf,
    Link,
    LinkKind,
    WipLimit,
)
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import LimitReached
from devops_tui.domain.event import Event
from devops_tui.domain.ids import FlipId, RunId, ServiceName
from devops_tui.domain.notice import notice_of
from devops_tui.domain.pipeline import Commit, Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.traffic import Colour, Flip, FlipState
from devops_tui.domain.work import FlipTraffic
from devops_tui.domain.workspace import Workspace
from devops_tui.services.automation import BREACHED, IDLE, Automation, rehearse
from devops_tui.services.boards import Boards
from devops_tui.stores.sqlite.store import SqliteStore

TEAM = Team((Member("jun", (Role.SCRUM_MASTER, Role.PRODUCT_OWNER, Role.MEMBER)), Member("sora")))
PLAN = Plan(
    "shop",
    (Stage("release", StageKind.RELEASE, (Job("flip", FlipTraffic(ServiceName("shop"))),)),),
)


class House:
    """A workspace with its board and its rules."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock()
        self.place = Workspace("shop", "/x", team=TEAM, board=BoardRules("SHOP"))
        self.boards = Boards(self.store, self.clock, self.place.board, TEAM)
        self.store.save_mark("board.automation", "0")

    def automation(self, *rules: BoardRule, board: BoardRules | None = None) -> Automation:
        self.place = replace(self.place, automation=rules or STANDARD)
        self.place = replace(self.place, board=board or self.place.board)
        return Automation(self.store, self.clock, self.place)

    def card(self, title: str = "a wish", to: Column = Column.DONE) -> Card:
        card = self.boards.add(title, "jun")
        return self.boards.move(card.id, to, "jun") if to is not card.column else card

    def run(self, number: int, *commits: Commit, cards: tuple[str, ...]) -> Run:
        state = State.OK if number == 1 else State.WAITING
        run = Run(RunId(f"shop-{number}"), number, PLAN, state, self.clock.now(), "jun")
        run = replace(run, commits=commits, cards=cards)
        self.store.add_run(run)
        facts = {"cards": list(cards), "pipeline": "shop"}
        self.store.append(Event("run.created", run.id, self.clock.now(), "jun", data=facts))
        return run

    def flip(self, name: str, run: Run | None, undoes: str = "") -> None:
        flip = Flip(
            FlipId(name),
            ServiceName("shop"),
            Colour.BLUE,
            Colour.GREEN,
            FlipState.DONE,
            "jun",
            "checkout is slow",
            1,
            self.clock.now(),
            run_id=run.id if run is not None else None,
            undoes=FlipId(undoes) if undoes else None,
        )
        self.store.add_flip(flip)
        facts = {"flip": name, "undoes": undoes or None}
        now = self.clock.now()
        self.store.append(Event("flip.committed", "shop", now, "jun", "checkout is slow", facts))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def kinds(house: House, *wanted: str) -> list[Event]:
    return [e for e in house.store.events() if e.kind in wanted]


def test_a_rollback_brings_the_card_back_and_files_one_for_the_trouble(house: House) -> None:
    card = house.card()
    full = [house.card(t, Column.IN_WORK) for t in "ab"]
    run = house.run(1, cards=(card.id, "SHOP-99"))
    house.flip("f1", run)
    house.flip("f2", None, undoes="f1")
    automation = house.automation()
    while automation.step():
        pass
    back = house.store.card(card.id)
    assert back.column is Column.IN_WORK
    assert (back.comments[-1].text, back.runs) == ("shop was rolled back (shop-1)", (run.id,))
    (over,) = kinds(house, "card.limit_overridden")
    assert (over.subject, over.actor) == (card.id, "worker")
    (trouble,) = [c for c in house.store.cards() if c.kind is CardKind.INCIDENT]
    assert trouble.column is Column.BACKLOG
    assert trouble.text == "shop was rolled back (shop-1) by jun: checkout is slow"
    assert trouble.links == (Link(LinkKind.RELEASE, "shop"),)
    assert all(house.store.card(c.id).column is Column.IN_WORK for c in full)

    house.store.save_mark("board.automation", "0")  # told again, it does nothing again
    while automation.step():
        pass
    assert [c.id for c in house.store.cards() if c.kind is CardKind.INCIDENT] == [trouble.id]


def test_going_forward_again_is_no_rollback(house: House) -> None:
    card = house.card()
    house.flip("f1", house.run(1, cards=(card.id,)))
    house.flip("f2", None, undoes="f1")
    automation = house.automation()
    automation.step()
    house.boards.move(card.id, Column.DONE, "jun")
    house.flip("f3", None, undoes="f2")
    automation.step()
    assert house.store.card(card.id).column is Column.DONE


def test_a_commit_that_names_a_card_is_linked_to_it(house: House) -> None:
    one, other = house.card("one"), house.card("other")
    commits = (
        Commit("a" * 40, f"{one.id} basket keeps the voucher"),
        Commit("b" * 40, f"{one.id}9 is another card"),
    )
    house.run(1, *commits, cards=(one.id,))
    automation = house.automation(
        BoardRule(Trigger.COMMIT, Deed.LINK),
        BoardRule(Trigger.COMMIT, Deed.LABEL, text="started", where="title = one"),
    )
    automation.step()
    named = house.store.card(one.id)
    assert named.links == (Link(LinkKind.COMMIT, "aaaaaaa"),)
    assert named.labels == ("started",)
    assert house.store.card(other.id).links == ()
    house.store.save_mark("board.automation", "0")
    automation.step()
    assert house.store.card(one.id).rev == named.rev


def test_what_a_limit_refuses_is_told(house: House) -> None:
    card = house.card()
    full = [house.card(t, Column.IN_WORK) for t in "ab"]
    house.run(1, cards=(card.id,))
    automation = house.automation(BoardRule(Trigger.COMMIT, Deed.MOVE, to=Column.IN_WORK))
    automation.step()
    assert house.store.card(card.id).column is Column.DONE
    (told,) = kinds(house, "automation.refused")
    assert (told.subject, told.why[:19]) == (card.id, "InWork is full (2/2")
    notice = notice_of(told)
    assert notice is not None and "did not change SHOP-1" in notice.title
    assert len(full) == 2


def test_scrum_masters_are_told_once_of_a_column_that_holds_too_much(house: House) -> None:
    soft = BoardRules("SHOP", is_hard=False, lanes=(LaneLimit(LaneOf.SERVICE, WipLimit(cards=1)),))
    house.boards = Boards(house.store, house.clock, soft, TEAM)
    automation = house.automation(board=soft)
    cards = [house.card(t, Column.IN_WORK) for t in "abc"]
    automation.step()
    house.boards.edit(cards[0].id, CardEdit(service="pay"), "jun")
    house.boards.edit(cards[1].id, CardEdit(service="pay"), "jun")
    automation.step()
    told = kinds(house, BREACHED)
    assert [(e.subject, e.data["count"], e.data["limit"]) for e in told] == [
        ("InWork", 3, 2),
        ("InWork, service pay", 2, 1),
    ]
    notice = notice_of(told[0])
    assert notice is not None
    assert notice.title == "jun, please: InWork holds 3 cards, 2 are allowed"
    house.boards.move(cards[0].id, Column.DONE, "jun")
    automation.step()
    house.boards.move(cards[0].id, Column.IN_WORK, "jun")
    automation.step()
    assert len(kinds(house, BREACHED)) == 4


def test_a_card_that_stands_still_is_told_once_in_each_stay(house: House) -> None:
    idle = BoardRule(Trigger.IDLE, Deed.TELL, idle_s=3 * 86400.0, where="kind = request")
    stale = BoardRule(Trigger.IDLE, Deed.LABEL, text="stale", idle_s=5 * 86400.0)
    card = house.card(to=Column.IN_WORK)
    house.card("done")
    automation = house.automation(idle, stale)
    automation.look_for_idle()
    assert kinds(house, IDLE) == []
    house.clock.move(3 * 86400)
    for _ in range(2):
        automation.look_for_idle()
        Automation(house.store, house.clock, house.place).look_for_idle()  # another worker
    (told,) = kinds(house, IDLE)
    notice = notice_of(told)
    assert notice is not None
    assert notice.title == f"jun, please: {card.id} stands in InWork for 3 days"
    house.clock.move(2 * 86400)
    automation.look_for_idle()
    assert house.store.card(card.id).labels == ("stale",)
    assert notice_of(kinds(house, IDLE)[-1]) is None
    house.boards.move(card.id, Column.PLANNED, "jun")
    house.clock.move(3 * 86400)
    automation.look_for_idle()
    assert [e.data["days"] for e in kinds(house, IDLE)] == [3, 5, 3]


def test_a_rehearsal_says_what_would_be_done_and_does_nothing(house: House) -> None:
    card = house.card(to=Column.IN_WORK)
    other = house.card("other")
    run = house.run(1, Commit("a" * 40, f"{card.id} x"), cards=(card.id, other.id))
    house.store.append(Event("run.finished", run.id, house.clock.now(), data={"state": "ok"}))
    house.flip("f1", run)
    house.flip("f2", None, undoes="f1")
    before = house.store.cards(), house.store.version(), len(house.store.events())
    house.automation()
    done = rehearse(house.store, house.clock, house.place, 7)
    assert [(d.what, d.card_id, d.rule.split(":")[0]) for d in done] == [
        ("done", card.id, "commit"),
        ("same", other.id, "commit"),
        ("done", card.id, "released"),
        ("same", other.id, "released"),
        ("done", card.id, "rolled_back"),
        ("done", other.id, "rolled_back"),
        ("done", "SHOP-3", "rolled_back"),
    ]
    assert (house.store.cards(), len(house.store.events())) == (before[0], before[2])
    house.clock.move(8 * 86400)
    assert rehearse(house.store, house.clock, house.place, 7) == []


def test_a_lane_has_a_limit_of_its_own(house: House) -> None:
    lanes = (
        LaneLimit(LaneOf.ASSIGNEE, WipLimit(cards=1)),
        LaneLimit(LaneOf.SERVICE, WipLimit(cards=1), Column.PLANNED, "pay"),
    )
    boards = Boards(house.store, house.clock, BoardRules("SHOP", lanes=lanes), TEAM)
    one, two, three = (boards.add(t, "jun", assignee="sora").id for t in "abc")
    boards.move(one, Column.IN_WORK, "jun")
    with pytest.raises(LimitReached, match=r"InWork is full for assignee sora \(1/1\)"):
        boards.move(two, Column.IN_WORK, "jun")
    boards.edit(two, CardEdit(assignees="jun"), "jun")
    boards.move(two, Column.IN_WORK, "jun")
    with pytest.raises(LimitReached, match="assignee sora"):
        boards.edit(two, CardEdit(assignees="sora"), "jun")
    boards.edit(two, CardEdit(assignees="sora"), "jun", override_why="sora takes over")
    assert kinds(house, "card.limit_overridden")[-1].data["refused"].endswith("sora (1/1)")
    boards.edit(three, CardEdit(assignees="", service="shop"), "jun")
    boards.move(three, Column.PLANNED, "jun")
    boards.edit(three, CardEdit(service="pay"), "jun")
    fourth = boards.add("d", "jun", edit=CardEdit(service="pay"))
    with pytest.raises(LimitReached, match="Planned is full for service pay"):
        boards.move(fourth.id, Column.PLANNED, "jun")
