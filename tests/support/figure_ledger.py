"""What happened to two services and their cards in three months, written into a real store."""

from __future__ import annotations

from datetime import datetime, timedelta

from devops_tui.domain.board import BoardRules, Column
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId
from devops_tui.domain.team import Team
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards
from devops_tui.services.figures import Figures
from devops_tui.stores.sql.store import SqlStore
from support.clocks import StillClock

HOUR = 3600.0
DAY = 24 * HOUR


def on(day: str, clock: str = "09:00:00") -> datetime:
    return datetime.fromisoformat(f"2026-{day}T{clock}+00:00")


class Book:
    """Writes what happened at a time into a real store."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = StillClock(on("01-01"))
        rules = BoardRules(prefix="SHOP")
        self.boards = Boards(store, self.clock, rules, Team())
        self.history = BoardHistory(Ledger(store, self.clock, rules, Team()))
        self.figures = Figures(store, self.clock)

    def say(self, at: datetime, kind: str, subject: str, **data: Json) -> None:
        self.store.append(Event(kind, subject, at, "jun", data=data))

    def file(self, at: datetime, title: str, service: str) -> CardId:
        self.clock.at = at
        card = self.boards.add(title, "jun")
        self.boards.edit(card.id, CardEdit(service=service), "jun")
        return card.id

    def move(self, at: datetime, card: CardId, to: Column) -> None:
        self.clock.at = at
        self.boards.move(card, to, "jun", override_why="the ledger")

    def edit(self, at: datetime, card: CardId, edit: CardEdit) -> None:
        self.clock.at = at
        self.boards.edit(card, edit, "jun")

    def deploy(
        self,
        service: str,
        flip: str,
        at: datetime,
        run: str,
        *changes: tuple[str, datetime | None],
        undoes: str = "",
        ends: str = "flip.finished",
        cards: tuple[str, ...] = (),
        after: float = 60.0,
    ) -> None:
        if changes or cards:
            told = [[name, when.isoformat() if when else None] for name, when in changes]
            self.say(at - timedelta(hours=1), "run.created", run, changes=told, cards=cards)
        facts = {"flip": flip, "run": run, "undoes": undoes or None}
        self.say(at, "flip.committed", service, **facts)
        self.say(at + timedelta(seconds=after), ends, service, **facts)


def write_the_ledger(book: Book) -> tuple[CardId, CardId, CardId, CardId]:
    one = book.file(on("01-02"), "one", "shop")
    two = book.file(on("01-03"), "two", "shop")
    three = book.file(on("01-05"), "three", "pay")
    four = book.file(on("03-01"), "four", "pay")
    book.move(on("01-04"), one, Column.PLANNED)
    book.move(on("01-06"), one, Column.IN_WORK)
    book.edit(on("01-07"), one, CardEdit(blocked="waits for the bank"))
    book.edit(on("01-07", "15:00:00"), one, CardEdit(blocked=""))
    book.move(on("01-08", "09:00:07"), one, Column.DONE)
    # two is opened again: it counts once, at its last end
    book.move(on("01-10"), two, Column.PLANNED)
    book.move(on("01-10"), two, Column.IN_WORK)
    book.move(on("01-12"), two, Column.DONE)
    book.move(on("01-20"), two, Column.IN_WORK)
    book.move(on("01-21"), two, Column.DONE)
    # three goes to Done by mistake, which is undone: that never was
    book.move(on("02-01"), three, Column.PLANNED)
    book.move(on("02-02"), three, Column.IN_WORK)
    book.move(on("02-03"), three, Column.DONE)
    book.clock.at = on("02-03", "09:00:30")
    book.history.undo("jun")
    book.move(on("02-12"), three, Column.DONE)
    book.move(on("03-02"), four, Column.PLANNED)
    book.move(on("03-10"), four, Column.IN_WORK)
    book.clock.at = on("04-01", "00:00:00")
    return one, two, three, four


def write_deployments(book: Book) -> None:
    """Good ones, one taken back, one that failed, one with an incident, and repairs."""
    # shop: two good ones, one taken back after 20 minutes, its repair, a redeployment
    book.deploy("shop", "f1", on("01-05"), "shop-1", ("a", on("01-04")), ("b", on("01-03")))
    book.deploy("shop", "f2", on("01-12"), "shop-2", ("c", on("01-11", "21:00:00")))
    book.deploy("shop", "f3", on("01-15"), "shop-3", ("d", on("01-14")), ("e", None))
    book.deploy("shop", "f4", on("01-15", "09:20:00"), "shop-3", undoes="f3")
    repair = on("01-15", "12:00:00")
    # d comes along again: it was deployed before, and counts once
    book.deploy("shop", "f5", repair, "shop-4", ("d", on("01-14")), ("f", on("01-15", "11:00:00")))
    # pay: a flip that failed after it was committed; an incident that was resolved
    book.deploy(
        "pay", "p1", on("02-01"), "pay-1", ("g", on("01-31")), ends="flip.failed", after=90.0
    )
    book.deploy("pay", "p2", on("02-02"), "pay-2", ("h", on("02-01")))
    book.say(on("02-02", "09:10:00"), "incident.opened", "INC-1", run="pay-2", card="PAY-9")
    book.say(on("02-02", "10:10:05"), "incident.resolved", "INC-1")
    book.deploy("pay", "p3", on("02-10"), "pay-3", ("i", on("02-09")))
    book.deploy("pay", "p4", on("03-01"), "pay-4", ("j", on("02-27")), cards=("PAY-9",))
    # one that never reached a front door is no deployment
    book.say(on("03-02"), "flip.failed", "pay", flip="p5", run="pay-5")
    # an incident of a run that deployed nothing is none of a deployment
    book.say(on("03-03"), "incident.opened", "INC-2", run="pay-5", card="PAY-10")
    book.clock.at = on("04-01", "00:00:00")
