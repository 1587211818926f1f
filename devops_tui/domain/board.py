"""The kanban board: cards, columns, and the limits that follow from the team."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.errors import LimitReached, NotAllowed, Refused
from devops_tui.domain.ids import CardId, RunId
from devops_tui.domain.team import Role, Team


class Column(StrEnum):
    """The four columns, left to right."""

    BACKLOG = "Backlog"
    PLANNED = "Planned"
    IN_WORK = "InWork"
    DONE = "Done"

    @property
    def right(self) -> Column | None:
        """The next column, or None at the end."""
        order = list(Column)
        index = order.index(self) + 1
        return order[index] if index < len(order) else None

    @property
    def left(self) -> Column | None:
        """The column before, or None at the beginning."""
        order = list(Column)
        index = order.index(self)
        return order[index - 1] if index else None


class CardKind(StrEnum):
    """What kind of wish or work a card is."""

    FEATURE = "feature"
    BUG = "bug"
    STABILITY = "stability"
    PERFORMANCE = "performance"
    REQUEST = "request"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class WipLimit:
    """The most cards a column may hold at once.

    Attributes:
        cards: Upper bound; None when it follows the head count.
        per_member: Cards per head; None when `cards` is fixed. Both None: no limit.
    """

    cards: int | None = None
    per_member: float | None = None

    def of(self, team: Team) -> int | None:
        """The limit for this team, >= 1; None means no limit."""
        if self.cards is not None:
            return self.cards
        if self.per_member is None:
            return None
        return max(1, int(self.per_member * team.head_count))


@dataclass(frozen=True, slots=True)
class BoardRules:
    """What the workspace says about the board."""

    prefix: str = "CARD"
    planned: WipLimit = field(default_factory=lambda: WipLimit(per_member=2.0))
    in_work: WipLimit = field(default_factory=lambda: WipLimit(per_member=1.0))
    is_hard: bool = True

    def limit(self, column: Column, team: Team) -> int | None:
        """The limit of a column for this team; None for Backlog and Done."""
        if column is Column.PLANNED:
            return self.planned.of(team)
        if column is Column.IN_WORK:
            return self.in_work.of(team)
        return None


@dataclass(frozen=True, slots=True)
class Comment:
    """One remark on a card; untrusted text."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One piece of work; title, text, labels and comments are untrusted.

    Attributes:
        rank: Place within the column, smaller is higher.
        rev: Grows by one with each change; a change names the revision it saw.
        fingerprint: What a filed failure looked like, so that it is filed once.
        runs: Runs that this card is tied to.
    """

    id: CardId
    title: str
    kind: CardKind
    column: Column
    rank: float
    rev: int
    created_at: datetime
    moved_at: datetime
    text: str = ""
    assignee: str = ""
    labels: tuple[str, ...] = ()
    blocked: str = ""
    fingerprint: str = ""
    runs: tuple[RunId, ...] = ()
    comments: tuple[Comment, ...] = field(default=())


def refuse_move(
    card: Card, to: Column, cards_there: int, limit: int | None, team: Team, actor: str
) -> Refused | None:
    """Why `actor` may not move `card` to `to` now, as an error to raise; None when allowed.

    `cards_there` counts the cards of the column `to`, this one not included; `limit` is
    the most it may hold, None for no (hard) limit. An empty team may do everything.
    """
    if card.column is to:
        return None
    roles = team.roles_of(actor)
    if card.column is Column.BACKLOG and not roles & {Role.PRODUCT_OWNER, Role.SCRUM_MASTER}:
        who = _names(team, Role.PRODUCT_OWNER)
        return NotAllowed("only the product owner accepts into Planned", f"Ask {who}.")
    if not roles:
        return NotAllowed(f"{actor} is not in the team", "Add the login to `team:`.")
    if limit is not None and cards_there >= limit:
        who = _names(team, Role.SCRUM_MASTER)
        return LimitReached(
            f"{to} is full ({cards_there}/{limit})",
            f"Finish a card first, or ask {who} to override with a reason.",
        )
    return None


def _names(team: Team, role: Role) -> str:
    names = [m.name for m in team.members if role in m.roles]
    return " or ".join(names) or f"a {role.replace('_', ' ')}"
