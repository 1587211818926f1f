"""Puts what the other side says into a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date

from devops_tui.domain.board import Card, CardKind, Priority
from devops_tui.domain.card_edit import LIST_LIMIT, TEXT_LIMIT, title_of
from devops_tui.domain.errors import Refused
from devops_tui.domain.tracker import Value


def applied(card: Card, values: Mapping[str, Value]) -> Card:
    """The card with those fields, under the same revision; a place is not among them.

    Raises:
        Refused: The board does not take such a value.
    """
    for name, value in values.items():
        if name in _WAYS:
            card = _WAYS[name](card, value)
    return card


def _title(card: Card, value: Value) -> Card:
    return replace(card, title=title_of(str(value)))


def _text(card: Card, value: Value) -> Card:
    if len(str(value)) > TEXT_LIMIT:
        raise Refused(f"the text has more than {TEXT_LIMIT} characters", "Make it shorter there.")
    return replace(card, text=str(value))


def _kind(card: Card, value: Value) -> Card:
    return replace(card, kind=CardKind(str(value)))


def _priority(card: Card, value: Value) -> Card:
    return replace(card, priority=Priority(str(value)))


def _assignee(card: Card, value: Value) -> Card:
    lead = str(value)
    return replace(card, assignee=lead, others=tuple(n for n in card.others if n != lead))


def _labels(card: Card, value: Value) -> Card:
    """Labels with blanks stay: there, nobody can have them."""
    mine = [label for label in card.labels if any(c.isspace() for c in label)]
    labels = tuple(dict.fromkeys((*value, *mine)))
    if len(labels) > LIST_LIMIT:
        raise Refused(f"more than {LIST_LIMIT} labels", "Take some away there.")
    return replace(card, labels=labels)


def _estimate(card: Card, value: Value) -> Card:
    return replace(card, estimate=float(str(value)) if value else None)


def _due(card: Card, value: Value) -> Card:
    with suppress(ValueError):
        return replace(card, due=date.fromisoformat(str(value)).isoformat() if value else "")
    raise Refused(f"{value} is no day", "Correct it there.")


_WAYS: Mapping[str, Callable[[Card, Value], Card]] = {
    "title": _title,
    "text": _text,
    "kind": _kind,
    "priority": _priority,
    "assignee": _assignee,
    "labels": _labels,
    "estimate": _estimate,
    "due": _due,
}
