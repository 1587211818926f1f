"""A sprint: what the team promised until when, and how much of that is left, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from devops_tui.domain.board import Card, Column
from devops_tui.domain.event import Event, Json

SUBJECT = "sprint"
"""The subject of a sprint's events."""

_COMMITTED = frozenset({Column.PLANNED.value, Column.IN_WORK.value})
_UNESTIMATED = 1.0


@dataclass(frozen=True, slots=True)
class Sprint:
    """The sprint that runs.

    Attributes:
        goal: Untrusted text, one line.
        last_day: Its last day, as "2026-11-30".
        points: Committed at its start; a card without an estimate counts one.
        seq: Of the event that tells of its start.
    """

    number: int
    goal: str
    started_at: datetime
    last_day: str
    points: float
    by: str
    seq: int = 0

    def days_left(self, now: datetime) -> int:
        """Whole days after today; negative when it should have ended."""
        return (date.fromisoformat(self.last_day) - now.date()).days


@dataclass(frozen=True, slots=True)
class Burndown:
    """How much was left of a sprint after each thing that happened.

    Attributes:
        left: When, and points left from then on; the first is the start.
    """

    sprint: Sprint
    left: tuple[tuple[datetime, float], ...]


def points(card: Card) -> float:
    """What a card counts."""
    return _UNESTIMATED if card.estimate is None else card.estimate


def is_committed(card: Card) -> bool:
    """Whether a sprint that begins now takes the card on."""
    return card.column.value in _COMMITTED


def scope_of(cards: Iterable[Card]) -> dict[str, Json]:
    """Every card that is not done with its points and column, for the event of a start."""
    return {
        card.id: [points(card), card.column.value]
        for card in cards
        if card.column is not Column.DONE
    }


def burndown(sprint: Sprint, scope: Mapping[str, Json], events: Iterable[Event]) -> Burndown:
    """What was left, from the events after the start alone, oldest first.

    A card that goes from the Backlog into Planned during the sprint adds to what is left,
    one that is done or goes back takes away, one that comes back from Done adds again.
    """
    cards: dict[str, tuple[float, str]] = {
        card_id: (float(told[0]), str(told[1])) for card_id, told in scope.items()
    }
    left = [(sprint.started_at, _left(cards))]
    for event in events:
        before = cards.get(event.subject, (_UNESTIMATED, ""))
        after = _after(event, before)
        if after == before:
            continue
        cards[event.subject] = after
        now = _left(cards)
        if now != left[-1][1]:
            left.append((event.at, now))
    return Burndown(sprint, tuple(left))


def _left(cards: Mapping[str, tuple[float, str]]) -> float:
    return sum(count for count, column in cards.values() if column in _COMMITTED)


def _after(event: Event, before: tuple[float, str]) -> tuple[float, str]:
    count, column = before
    if event.kind in ("card.moved", "card.restored"):
        return count, str(event.data.get("to_phase") or event.data.get("to", column))
    if event.kind == "card.created":
        return count, str(event.data.get("column_phase") or event.data.get("column", column))
    if event.kind in ("card.removed", "card.archived"):
        return count, ""
    if event.kind == "card.edited":
        changed = event.data.get("changed")
        told = changed.get("estimate") if isinstance(changed, dict) else None
        if told:
            return _UNESTIMATED if told[1] is None else float(told[1]), column
    return before
