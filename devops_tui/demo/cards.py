"""The demo's board: ten cards with a past, filed and moved as a team would have done it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from devops_tui.demo.workspace import PREFIX
from devops_tui.domain.board import BoardRules, CardKind, Column
from devops_tui.domain.team import Team
from devops_tui.ports.store import Store
from devops_tui.services.boards import Boards

OWNER = "minji"
RELEASE_CARD = f"{PREFIX}-7"
"""The card that the commit of the demo's release names."""


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """One card, and how many days ago it reached each column."""

    title: str
    kind: CardKind
    days: tuple[float, ...]  # Backlog, Planned, InWork, Done as far as it came
    assignee: str = ""
    text: str = ""


CARDS = (
    PlannedCard("cart: discounts in percent", CardKind.FEATURE, (14, 12, 8, 6), "jun"),
    PlannedCard("healthz names the version", CardKind.STABILITY, (12, 10, 5, 3), "sora"),
    PlannedCard("search: find an article by a part of its name", CardKind.FEATURE, (11, 4)),
    PlannedCard("checkout: pay by invoice", CardKind.FEATURE, (10,)),
    PlannedCard("cart: answer within 100 ms at the 95th percentile", CardKind.PERFORMANCE, (9, 4)),
    PlannedCard(
        "web-2 was unreachable on Sunday: find out why", CardKind.STABILITY, (6, 4, 1.5), "jun"
    ),
    PlannedCard(
        "cart: totals lose a cent, round half up",
        CardKind.BUG,
        (5, 4, 0.9),
        "sora",
        "Three coffees less 5 percent are 22.6575; the customer sees 22.65 and calls.",
    ),
    PlannedCard("orders: export as CSV", CardKind.REQUEST, (4,)),
    PlannedCard("billing: instalments in thirds", CardKind.REQUEST, (3,)),
    PlannedCard("batch-1 burns a core all day", CardKind.PERFORMANCE, (1,)),
)


class _Past:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Time does not pass here by itself."""
        self.at += timedelta(seconds=seconds)


def fill_board(store: Store, team: Team) -> None:
    """Files the cards; nothing when there are any."""
    if store.cards():
        return
    clock, now = _Past(), datetime.now(UTC)
    boards = Boards(store, clock, BoardRules(prefix=PREFIX), team)
    with store.transaction():
        for planned in CARDS:
            clock.at = now - timedelta(days=planned.days[0])
            card = boards.add(
                planned.title, OWNER, planned.kind, text=planned.text, assignee=planned.assignee
            )
            for column, days in zip(list(Column)[1:], planned.days[1:], strict=False):
                clock.at = now - timedelta(days=days)
                actor = OWNER if column is Column.PLANNED else planned.assignee
                boards.move(card.id, column, actor)
