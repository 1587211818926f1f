"""The kanban board: cards, columns, and the limits that follow from the team."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import CardId, RunId
from devops_tui.domain.team import Team


class Column(StrEnum):
    """The four columns that every board has, left to right: what figures count."""

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

    @property
    def phase(self) -> Column:
        """Itself; a further column says which of the four it belongs to."""
        return self


@dataclass(frozen=True, slots=True)
class Step:
    """A further column: a step of the work inside of one of the four, right of it.

    Attributes:
        name: As people write it; no other column has it in any case.
        phase: Planned or InWork: what its cards count as in figures, roles and starts.
    """

    name: str
    phase: Column

    @property
    def value(self) -> str:
        """The name, as a column has it."""
        return self.name

    def __str__(self) -> str:
        return self.name


Place = Column | Step
"""Where a card can stand: one of the four columns, or a further one."""


class CardKind(StrEnum):
    """What kind of wish or work a card is."""

    FEATURE = "feature"
    BUG = "bug"
    STABILITY = "stability"
    PERFORMANCE = "performance"
    REQUEST = "request"
    INCIDENT = "incident"


class Priority(StrEnum):
    """How soon a card is wanted, most urgent first."""

    EXPEDITE = "expedite"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class LinkKind(StrEnum):
    """What a card can point at, beside the runs that say so themselves."""

    COMMIT = "commit"
    RUN = "run"
    RELEASE = "release"
    INCIDENT = "incident"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a card points; a release is that of a service, by the service's name."""

    kind: LinkKind
    name: str


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of a card's checklist; untrusted text."""

    text: str
    is_done: bool = False


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


class LaneOf(StrEnum):
    """What parts a board into lanes that have limits."""

    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class LaneLimit:
    """The most cards of one lane that a column may hold; nobody's lane has no limit.

    Attributes:
        name: The lane; empty means each of them.
    """

    by: LaneOf
    limit: WipLimit
    column: Place = Column.IN_WORK
    name: str = ""


@dataclass(frozen=True, slots=True)
class FurtherColumn:
    """A further column with its limit.

    Attributes:
        is_hard: Whether it refuses a card over its limit; else it only shows it.
    """

    step: Step
    limit: WipLimit = field(default_factory=WipLimit)
    is_hard: bool = True


@dataclass(frozen=True, slots=True)
class BoardRules:
    """What the workspace says about the board.

    Attributes:
        is_hard: Whether the four columns refuse a card over their limit.
        further: Columns beside the four, those of one phase from left to right.
    """

    prefix: str = "CARD"
    planned: WipLimit = field(default_factory=lambda: WipLimit(per_member=2.0))
    in_work: WipLimit = field(default_factory=lambda: WipLimit(per_member=1.0))
    is_hard: bool = True
    lanes: tuple[LaneLimit, ...] = ()
    further: tuple[FurtherColumn, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Every column, left to right."""
        if not self.further:
            return tuple(Column)
        found: list[Place] = []
        for column in Column:
            found.append(column)
            found += [each.step for each in self.further if each.step.phase is column]
        return tuple(found)

    def place_of(self, card: Card) -> Place:
        """Where the card is shown and counted.

        A card whose further column is not there any more stands in the one it belonged to.
        """
        if not card.step:
            return card.column
        for each in self.further:
            if each.step.name == card.step and each.step.phase is card.column:
                return each.step
        return card.column

    def has_lost(self, card: Card) -> bool:
        """Whether the further column that the card was put into is not there any more."""
        return bool(card.step) and isinstance(self.place_of(card), Column)

    def beside(self, place: Place, by: int) -> Place | None:
        """The column so many to the right (to the left: negative); None beyond the ends."""
        order = self.places
        index = order.index(place) + by if place in order else -1
        return order[index] if 0 <= index < len(order) else None

    def named(self, text: str) -> Place | None:
        """The column of that name in any case; blanks, - and _ do not count."""
        wanted = plain_name(text)
        return next((p for p in self.places if plain_name(p.value) == wanted), None)

    def limit(self, column: Place, team: Team) -> int | None:
        """The limit of a column for this team; None for Backlog and Done."""
        if isinstance(column, Step):
            found = (each.limit.of(team) for each in self.further if each.step == column)
            return next(found, None)
        if column is Column.PLANNED:
            return self.planned.of(team)
        if column is Column.IN_WORK:
            return self.in_work.of(team)
        return None

    def is_hard_at(self, column: Place) -> bool:
        """Whether the column refuses a card over its limit."""
        if isinstance(column, Step):
            return any(each.is_hard for each in self.further if each.step == column)
        return self.is_hard

    def lane_limit(self, by: LaneOf, name: str, column: Place, team: Team) -> int | None:
        """The limit of one lane in a column; None when it has none."""
        found = [
            limit
            for each in self.lanes
            if each.by is by and each.column == column and each.name in ("", name)
            if name and (limit := each.limit.of(team)) is not None
        ]
        return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Comment:
    """One remark on a card; untrusted text.

    Attributes:
        edited_at: When its text was changed last; None while it is as it was said.
        mark: Its name from before it was changed; empty while nobody changed it.
    """

    at: datetime
    actor: str
    text: str
    edited_at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One piece of work; title, text, labels and comments are untrusted.

    Attributes:
        rank: Place within the column, smaller is higher.
        rev: Grows by one with each change; a change names the revision it saw.
        fingerprint: What a filed failure looked like, so that it is filed once.
        runs: Runs that this card is tied to.
        assignee: Who leads; `others` work with them.
        blocked: Why it cannot go on; empty when it can.
        blocked_at: Since when; None while it is not blocked.
        estimate: In points of the team, > 0; None when nobody estimated it.
        due: A day as "2026-11-30"; empty when there is none.
        depends: Cards that must be done before this one is started.
        service: What it is about, for lanes; empty for none.
        archived_at: When it left the board; None while it is on it.
        step: The further column that it is in, which belongs to `column`; empty: in `column`.
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
    others: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    estimate: float | None = None
    due: str = ""
    blocked_at: datetime | None = None
    depends: tuple[CardId, ...] = ()
    checklist: tuple[CheckItem, ...] = ()
    links: tuple[Link, ...] = ()
    service: str = ""
    archived_at: datetime | None = None
    step: str = ""

    @property
    def place(self) -> Place:
        """Where it was put; BoardRules.place_of says where that is by now."""
        return Step(self.step, self.column) if self.step else self.column

    @property
    def assignees(self) -> tuple[str, ...]:
        """Everybody who works on it, who leads first."""
        return tuple(dict.fromkeys(n for n in (self.assignee, *self.others) if n))

    @property
    def is_expedite(self) -> bool:
        """Whether it is in the lane that the limits do not count."""
        return self.priority is Priority.EXPEDITE

    def lane(self, by: LaneOf) -> str:
        """The lane it is in: who leads, its priority or its service; empty for nobody's."""
        if by is LaneOf.ASSIGNEE:
            return self.assignee
        return self.priority.value if by is LaneOf.PRIORITY else self.service


def put(card: Card, place: Place) -> Card:
    """The card in that column, else as it is."""
    step = place.name if isinstance(place, Step) else ""
    return replace(card, column=place.phase, step=step)


def plain_name(text: str) -> str:
    """A column's name as it is compared: "In work", "in_work" and "InWork" are one."""
    return "".join(c for c in text.casefold() if c not in " _-")
