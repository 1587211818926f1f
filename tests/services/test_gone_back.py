"""Going back to an earlier file by promoting it sets off what an undo sets off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.automation import STANDARD
from devops_tui.domain.board import BoardRules, CardKind, Column
from devops_tui.domain.event import Event
from devops_tui.domain.ids import CardId, Digest, FlipId, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import (
    Artifact,
    Job,
    JobRun,
    Plan,
    Run,
    Stage,
    StageKind,
    State,
)
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.traffic import Colour, Flip, FlipState
from devops_tui.domain.work import BringUp, FlipTraffic
from devops_tui.domain.workspace import Workspace
from devops_tui.services.automation import Automation
from devops_tui.services.boards import Boards
from devops_tui.services.gone_back import taken_back
from devops_tui.stores.sqlite.store import SqliteStore

SHOP = ServiceName("shop")
TEAM = Team((Member("jun", (Role.SCRUM_MASTER, Role.PRODUCT_OWNER, Role.MEMBER)),))
PLAN = Plan(
    "shop",
    (
        Stage("deploy", StageKind.DEPLOY, (Job("up", BringUp(SHOP, "shop.pyz")),)),
        Stage("release", StageKind.RELEASE, (Job("flip", FlipTraffic(SHOP)),)),
    ),
)


class House:
    """Releases of files by letter, each with a card that its release has brought to Done."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.clock = StillClock()
        place = Workspace("shop", "/x", team=TEAM, board=BoardRules("SHOP"), automation=STANDARD)
        self.automation = Automation(self.store, self.clock, place)
        self.boards = Boards(self.store, self.clock, place.board, TEAM)
        self.store.save_mark("board.automation", "0")
        self.count = 0
        self.cards: dict[str, CardId] = {}
        self.flips: list[Flip] = []

    def release(self, letter: str) -> Flip:
        """Releases a file; a letter that was built before is promoted again."""
        self.clock.move(60)
        self.count += 1
        if letter not in self.cards:
            self.cards[letter] = self.boards.add(f"wish {letter}", "jun").id
            self.boards.move(self.cards[letter], Column.DONE, "jun")
        run = Run(RunId(f"shop-{self.count}"), self.count, PLAN, State.OK, self.clock.now(), "jun")
        self.store.add_run(replace(run, cards=(self.cards[letter],)))
        up = JobRun(run.id, JobId("deploy/up"), State.OK, ended_at=self.clock.now())
        self.store.save_job(up, State.WAITING)
        digest = Digest(f"sha256:{letter * 64}")
        self.store.add_artifact(
            Artifact(digest, "shop.pyz", 9, run.id, JobId("build/build"), "", self.clock.now())
        )
        return self.flip(run.id)

    def flip(self, run_id: RunId | None, undoes: FlipId | None = None) -> Flip:
        """Points the traffic, and has the rules act on it."""
        name = FlipId(f"f{len(self.flips) + 1}")
        now, why = self.clock.now(), "checkout is slow"
        way = (Colour.BLUE, Colour.GREEN)
        flip = Flip(
            name, SHOP, *way, FlipState.COMMITTED, "jun", why, 1, now, run_id=run_id, undoes=undoes
        )
        self.store.add_flip(flip)
        facts = {"flip": name, "undoes": undoes}
        self.store.append(Event("flip.committed", SHOP, now, "jun", why, facts))
        while self.automation.step():
            pass
        done = replace(flip, state=FlipState.DONE)
        self.store.save_flip(done)
        self.flips.append(done)
        return done

    def columns(self) -> dict[str, Column]:
        return {letter: self.store.card(name).column for letter, name in self.cards.items()}

    def incidents(self) -> list[str]:
        return [c.text for c in self.store.cards() if c.kind is CardKind.INCIDENT]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def test_a_promotion_of_what_served_before_brings_the_card_back_and_files_one(
    house: House,
) -> None:
    house.release("a")
    house.release("b")
    assert house.incidents() == []
    house.release("a")
    assert house.columns() == {"a": Column.DONE, "b": Column.IN_WORK}
    assert house.incidents() == ["shop was rolled back (shop-2) by jun: checkout is slow"]
    back = house.store.card(house.cards["b"])
    assert (back.comments[-1].text, back.runs) == (
        "shop was rolled back (shop-2)",
        (RunId("shop-2"),),
    )


def test_several_releases_back_bring_all_their_cards_back(house: House) -> None:
    for letter in "abc":
        house.release(letter)
    back = house.release("a")
    assert [f.run_id for f in taken_back(house.store, back)] == ["shop-3", "shop-2"]
    assert house.columns() == {"a": Column.DONE, "b": Column.IN_WORK, "c": Column.IN_WORK}
    assert len(house.incidents()) == 1


def test_forward_again_and_the_same_once_more_set_nothing_off(house: House) -> None:
    for letter in "aba":
        house.release(letter)
    house.boards.move(house.cards["b"], Column.DONE, "jun")
    house.release("b")
    house.release("b")
    assert house.columns() == {"a": Column.DONE, "b": Column.DONE}
    assert len(house.incidents()) == 1
    house.release("c")
    house.release("b")  # and back once more: now it is c that goes
    assert house.columns()["c"] is Column.IN_WORK
    assert len(house.incidents()) == 2


def test_what_an_undo_took_back_is_not_taken_back_twice(house: House) -> None:
    house.release("a")
    second = house.release("b")
    undo = house.flip(None, undoes=second.id)
    assert [f.id for f in taken_back(house.store, undo)] == [second.id]
    house.release("a")  # the same bytes that serve already
    assert len(house.incidents()) == 1
    house.release("b")
    assert len(house.incidents()) == 1
