"""Operators who work at one board from processes of their own, and write down what they met."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path

from devops_tui.domain.board import BoardRules, Card, Column, WipLimit
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import DevopsError, StoreLocked
from devops_tui.domain.ids import CardId
from devops_tui.domain.team import Member, Role, Team
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.stores.sql.store import SqlStore
from support.board_model import MASTER, OK, OWNER, SAME
from support.clocks import StillClock
from support.stores import Opener

LIMITS = {"Planned": 5, "InWork": 3}
RULES = BoardRules("SHOP", WipLimit(cards=5), WipLimit(cards=3))
CARDS = 40


def team_of(count: int) -> Team:
    """A product owner, a scrum master, and members."""
    others = (Member(f"member{n}") for n in range(count - 2))
    return Team(
        (
            Member(OWNER, (Role.PRODUCT_OWNER, Role.MEMBER)),
            Member(MASTER, (Role.SCRUM_MASTER, Role.MEMBER)),
            *others,
        )
    )


@dataclass
class Operator:
    """One of them; `met` is position, act, arguments and outcome of everything tried.

    The position is the newest event that the store held when the act began.
    """

    store: SqlStore
    team: Team
    name: str
    chance: random.Random
    met: list[tuple[int, str, str, Sequence[object], str]] = field(default_factory=list)
    view: Sequence[Card] = ()
    locked: int = 0

    def work(self, steps: int) -> None:
        """Tries so many things, now and then by an old view of the board."""
        clock = StillClock()
        self.boards = Boards(self.store, clock, RULES, self.team)
        self.history = BoardHistory(Ledger(self.store, clock, RULES, self.team))
        for step in range(steps):
            if not self.view or self.chance.random() < 0.4:
                self.view = self.store.cards()
            self._step(step)

    def _step(self, step: int) -> None:
        way = self.chance.random()
        if (way < 0.02 and len(self.view) < CARDS) or not self.view:
            self._add(f"wish {step} of {self.name}")
        elif way < 0.2:
            self._try("undo", (), lambda: self.history.undo(self.name))
        elif way < 0.28:
            self._try("redo", (), lambda: self.history.redo(self.name))
        else:
            self._change(way)

    def _change(self, way: float) -> None:
        card = self.chance.choice(self.view)
        to = self.chance.choice(list(Column))
        if way < 0.55:
            self._try(
                "move",
                (card.id, to.value, card.rev),
                lambda: self.boards.move(card.id, to, self.name, expected_rev=card.rev),
            )
        elif way < 0.7:
            other = self.chance.choice(self.view)
            self._try(
                "move",
                (card.id, other.column.value, card.rev, other.id),
                lambda: self.boards.move(
                    card.id, other.column, self.name, expected_rev=card.rev, before=other.id
                ),
            )
        elif way < 0.76:
            cards = self.chance.sample(list(self.view), min(3, len(self.view)))
            self._try(
                "together",
                ([(c.id, c.rev) for c in cards], to.value),
                lambda: self.boards.move_together({c.id: c.rev for c in cards}, to, self.name),
            )
        elif way < 0.98:
            title = f"title {self.chance.randrange(6)}"
            labels = self.chance.sample("abc", self.chance.randrange(3))
            edit = CardEdit(title=title, labels=",".join(labels))
            self._try(
                "edit",
                (card.id, card.rev, title, labels),
                lambda: self.boards.edit(card.id, edit, self.name, expected_rev=card.rev),
            )
        else:
            self._try(
                "archive",
                (card.id, card.rev),
                lambda: self.boards.archive(card.id, self.name, expected_rev=card.rev),
            )

    def _add(self, title: str) -> None:
        filed: list[object] = []
        self._try(
            "add",
            filed,
            lambda: filed.extend((self.boards.add(title, self.name).id, title)),
        )

    def _try(self, act: str, arguments: Sequence[object], do: Callable[[], object]) -> None:
        position = -1
        while True:
            try:
                with self.store.transaction():
                    position = self._newest()
                    do()
                    outcome = OK if self._newest() != position else SAME
            except StoreLocked:
                self.locked += 1
                continue
            except DevopsError as error:
                outcome = type(error).__name__
            self.met.append((position, self.name, act, arguments, outcome))
            return

    def _newest(self) -> int:
        newest = self.store.events(limit=1, newest=True)
        return newest[-1].seq if newest else 0


def shown(cards: Sequence[Card]) -> list[list[object]]:
    """What a screen shows of a board, as JSON knows it."""
    return [[c.id, c.rev, c.column.value, c.rank, c.title, list(c.labels)] for c in cards]


def fill(store: SqlStore, team: Team) -> None:
    """Files the first cards."""
    boards = Boards(store, StillClock(), RULES, team)
    for number in range(1, CARDS // 2 + 1):
        assert boards.add(f"wish {number}", OWNER).id == CardId(f"SHOP-{number}")


def run_operator(
    opener: Opener, number: int, count: int, steps: int, barrier: Barrier, told: Path
) -> None:
    """The whole life of one process."""
    store = opener.store()
    team = team_of(count)
    chance = random.Random(f"{count} {number}")  # noqa: S311 - a rehearsal, no secret
    operator = Operator(store, team, team.members[number].name, chance)
    barrier.wait()
    operator.work(steps)
    barrier.wait()
    found = {
        "met": operator.met,
        "board": shown(store.cards()),
        "locked": operator.locked,
    }
    store.close()
    told.write_text(json.dumps(found))
