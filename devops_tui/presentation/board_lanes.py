"""The rows of the board's columns: cards in two lines each, in lanes where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import is_

from devops_tui.domain.board import Card, Column, LaneOf, Place, Priority
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import Tracked
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation import units
from devops_tui.presentation.board import card_block
from devops_tui.presentation.layout import rule
from devops_tui.presentation.line import Line, Role, line
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.tracker import mark_of

EXPEDITE = "expedite · no limit counts it"
"""The lane above all others."""

_ROWS_PER_CARD = 2


class Lanes(StrEnum):
    """What the cards are parted by."""

    NONE = "none"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    SERVICE = "service"

    @property
    def following(self) -> Lanes:
        """The next one; from the last to the first."""
        order = list(Lanes)
        return order[(order.index(self) + 1) % len(order)]


_NAME_OF: Mapping[Lanes, Callable[[Card], str]] = {
    Lanes.NONE: lambda _: "",
    Lanes.ASSIGNEE: lambda c: c.assignee or "nobody",
    Lanes.PRIORITY: lambda c: c.priority.value,
    Lanes.SERVICE: lambda c: c.service or "no service",
}
_LAST = frozenset({"nobody", "no service"})
_PRIORITIES = [priority.value for priority in Priority]


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane across all columns.

    Attributes:
        name: Empty for the only lane of a board without any.
        rows: As many as its fullest column needs, its title not among them.
        by: What it is a lane of.
    """

    name: str
    cards: Mapping[Place, Sequence[Card]]
    rows: int
    by: Lanes = Lanes.NONE


def in_lanes(columns: Mapping[Place, Sequence[Card]], by: Lanes) -> list[Lane]:
    """The lanes from top to bottom; the expedite card stands above them, whatever they are."""
    if by is Lanes.NONE and not _has_rushed(columns):
        return [Lane("", columns, max(map(len, columns.values())) * _ROWS_PER_CARD)]
    found: dict[str, dict[Place, list[Card]]] = {}
    for column, cards in columns.items():
        for card in cards:
            name = EXPEDITE if _is_rushed(card) else _NAME_OF[by](card)
            lane = found.get(name)
            if lane is None:
                lane = found[name] = {c: [] for c in columns}
            lane[column].append(card)
    ordered = sorted(found, key=lambda name: _place(name, by))
    return [
        Lane(name, found[name], max(len(c) for c in found[name].values()) * _ROWS_PER_CARD, by)
        for name in ordered
    ]


def _has_rushed(columns: Mapping[Place, Sequence[Card]]) -> bool:
    """Asked of every card at every change: a list costs a third of a function for each."""
    return any(
        [c for c in cards if c.priority is Priority.EXPEDITE]
        for column, cards in columns.items()
        if column is not Column.DONE
    )


def _is_rushed(card: Card) -> bool:
    return card.priority is Priority.EXPEDITE and card.column is not Column.DONE


def _place(name: str, by: Lanes) -> tuple[bool, bool, int, str]:
    rank = _PRIORITIES.index(name) if by is Lanes.PRIORITY and name in _PRIORITIES else 0
    return name != EXPEDITE, name in _LAST, rank, name


def _alike(old: Sequence[Card], new: Sequence[Card]) -> tuple[int, int]:
    """How many cards at the top, and how many at the bottom, are the very same."""
    least = min(len(old), len(new))
    above = next((i for i, same in enumerate(map(is_, old, new)) if not same), least)
    pairs = map(is_, reversed(old), reversed(new))
    below = next((i for i, same in enumerate(pairs) if not same), least)
    return above, min(below, least - above)


def _title(lane: Lane, column: Place, workspace: Workspace | None) -> Line:
    """Its name, and where it has a limit in the column, how many cards it holds there."""
    if lane.name == EXPEDITE:
        return line((lane.name, "failed"))
    name, limit = lane.name or "others", None
    if workspace is not None and lane.by is not Lanes.NONE and lane.name not in _LAST:
        by, team = LaneOf(lane.by.value), workspace.team
        limit = workspace.board.lane_limit(by, lane.name, column, team)
    if limit is None:
        return line((name, "muted"))
    there = sum(1 for card in lane.cards[column] if not card.is_expedite)
    role: Role = "failed" if there > limit else "warning" if there == limit else "text"
    return line((name, "muted"), (f" {there}/{limit}", role))


class ColumnRows:
    """Makes the rows of columns; cards that did not change are not drawn again."""

    def __init__(self) -> None:
        self._drawn: dict[CardId, tuple[Card, int, str, Line, str, tuple[Row, Row]]] = {}
        self._last: dict[Place, tuple[int, Sequence[Card], list[Row]]] = {}

        self._tracked: Mapping[CardId, Tracked] | None = None

    def track(self, tracked: Mapping[CardId, Tracked] | None) -> None:
        """What another tool has of the cards; call it before `make`."""
        if tracked != self._tracked:
            self._tracked = tracked
            self._last.clear()

    def make(
        self,
        lanes: Sequence[Lane],
        column: Place,
        now: datetime,
        cells: int,
        workspace: Workspace | None = None,
    ) -> list[Row]:
        """The rows of one column, as wide as `cells`; the same list when nothing changed.

        `workspace` says the limits of lanes; None where not all of their cards are shown.
        """
        if len(lanes) == 1 and not lanes[0].name and column.phase is not Column.IN_WORK:
            return self._unparted(lanes[0].cards[column], column, now, cells)
        rows: list[Row] = []
        has_titles = any(lane.name for lane in lanes)
        for lane in lanes:
            if has_titles:
                title = _title(lane, column, workspace)
                rows.append(note(f"lane {lane.name}", rule(title, cells)))
            cards = lane.cards[column]
            for card in cards:
                rows += self._block(card, column, now, cells)
            if has_titles:
                missing = lane.rows - len(cards) * _ROWS_PER_CARD
                rows += [note(f"lane {lane.name} {i}", ()) for i in range(missing)]
        return rows

    def _unparted(
        self, cards: Sequence[Card], column: Place, now: datetime, cells: int
    ) -> list[Row]:
        known = self._last.get(column)
        is_same = known is not None and known[0] == cells and len(known[1]) == len(cards)
        if known is not None and is_same and all(map(is_, known[1], cards)):
            return known[2]
        old, made = (known[1], known[2]) if known is not None and known[0] == cells else ((), [])
        above, below = _alike(old, cards)
        rows = made[: above * _ROWS_PER_CARD]
        for card in cards[above : len(cards) - below]:
            rows += self._block(card, column, now, cells)
        rows += made[len(made) - below * _ROWS_PER_CARD :]
        self._last[column] = (cells, cards, rows)
        return rows

    def _block(self, card: Card, column: Place, now: datetime, cells: int) -> tuple[Row, Row]:
        age = units.age(card.moved_at, now) if card.column is Column.IN_WORK else ""
        known = self._drawn.get(card.id)
        mark = mark_of(card, self._tracked, cells)
        lost = card.step if isinstance(column, Column) else ""
        if known is not None and known[0] is card and known[1:5] == (cells, age, mark, lost):
            return known[5]
        head, second = card_block(card, now, cells, mark, lost)
        made = Row(card.id, head), note(card.id, second)
        self._drawn[card.id] = (card, cells, age, mark, lost, made)
        return made
