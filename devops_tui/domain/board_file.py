"""A board as a file: what of a card goes out, and how cards that came in differ from it.

A file says of each card which revision it was made from and what the card looked like then
(`base`), so that an import changes only what somebody changed in the file, and says where
the board itself was changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.board import (
    BoardRules,
    Card,
    CardKind,
    CheckItem,
    Link,
    LinkKind,
    Place,
    Priority,
)
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json

FIELDS = (
    "title",
    "column",
    "kind",
    "priority",
    "text",
    "assignees",
    "labels",
    "service",
    "estimate",
    "due",
    "blocked",
    "depends",
    "checklist",
    "links",
)
"""What a file says of a card and people may change in it, in this order."""

LISTS = frozenset({"assignees", "labels", "depends", "links", "checklist"})

PHASE = "phase"
"""What of `kept` says which of the four columns a further one belongs to."""

ARCHIVED = "archived_at"
"""What of `kept` says that the card was taken from the board."""

Values = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FiledCard:
    """A card as a file has it.

    Attributes:
        card_id: Empty for one that is new.
        values: By FIELDS; a field that the file does not have is left as it is.
        base: Of the fields when the file was written (`mark_of`); empty: nobody knows.
        origin: What another tool calls it ("trello:5f..", "github:owner/name#12").
        kept: What is only carried: history, comments, revision; never read back.
    """

    card_id: str
    values: Values
    base: str = ""
    origin: str = ""
    kept: Mapping[str, Json] = field(default_factory=dict)


def filed(card: Card) -> FiledCard:
    """A card as it goes out."""
    values: dict[str, str | tuple[str, ...]] = {
        "title": card.title,
        "column": card.place.value,
        "kind": card.kind.value,
        "priority": card.priority.value,
        "text": card.text,
        "assignees": card.assignees,
        "labels": card.labels,
        "service": card.service,
        "estimate": "" if card.estimate is None else repr(card.estimate).removesuffix(".0"),
        "due": card.due,
        "blocked": card.blocked,
        "depends": tuple(card.depends),
        "checklist": tuple(("x " if i.is_done else "- ") + i.text for i in card.checklist),
        "links": tuple(f"{link.kind.value}:{link.name}" for link in card.links),
    }
    return FiledCard(card.id, values, mark_of(values), kept=_kept(card))


def _kept(card: Card) -> dict[str, Json]:
    gone = {} if card.archived_at is None else {ARCHIVED: encode(card.archived_at)}
    phase = {PHASE: card.column.value} if card.step else {}
    return {
        **gone,
        **phase,
        "rev": card.rev,
        "created_at": encode(card.created_at),
        "moved_at": encode(card.moved_at),
        "runs": list(card.runs),
        "comments": [{"at": encode(c.at), "by": c.actor, "text": c.text} for c in card.comments],
    }


def mark_of(values: Values) -> str:
    """Short words that differ when any field does: one for each field, in their order."""
    return " ".join(_mark(values.get(name, "")) for name in FIELDS)


def changed_since(base: str, values: Values) -> frozenset[str]:
    """The fields that are not as they were when `base` was made; all when nobody knows."""
    marks = base.split()
    if len(marks) != len(FIELDS):
        return frozenset(values)
    known = dict(zip(FIELDS, marks, strict=True))
    return frozenset(n for n, value in values.items() if _mark(value) != known[n])


def _mark(value: str | tuple[str, ...]) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def checklist_of(items: Sequence[str]) -> tuple[CheckItem, ...]:
    """A checklist out of "x done" and "- not done"."""
    return tuple(
        CheckItem(i[2:] if i[:2] in ("x ", "- ") else i, i.startswith("x ")) for i in items
    )


def links_of(words: Sequence[str]) -> tuple[Link, ...]:
    """Links out of "commit:abc123".

    Raises:
        Refused: It is no link of a known kind.
    """
    found: list[Link] = []
    for word in words:
        kind, _, name = word.partition(":")
        try:
            found.append(Link(LinkKind(kind), name))
        except ValueError:
            kinds = ", ".join(k.value for k in LinkKind)
            raise Refused(f"{word} is no link", f"Write KIND:NAME; kinds: {kinds}.") from None
    return tuple(found)


def column_of(text: str, rules: BoardRules) -> Place:
    """A column by its name, in any case.

    Raises:
        Refused: There is none of that name.
    """
    found = rules.named(text)
    if found is None:
        there = ", ".join(place.value for place in rules.places)
        raise Refused(f"no column {text}", f"There are: {there}.")
    return found


def kind_of(text: str) -> CardKind:
    """A kind of card.

    Raises:
        Refused: There is none of that name.
    """
    try:
        return CardKind(text.lower())
    except ValueError:
        raise Refused(f"no kind {text}", f"There are: {', '.join(CardKind)}.") from None


def priority_of(text: str) -> Priority:
    """A priority.

    Raises:
        Refused: There is none of that name.
    """
    try:
        return Priority(text.lower())
    except ValueError:
        raise Refused(f"no priority {text}", f"There are: {', '.join(Priority)}.") from None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did with one card, or would do.

    Attributes:
        what: "added", "changed", "same", "conflict" or "refused".
        told: Fields that were changed, or why not.
    """

    card_id: str
    title: str
    what: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, card by card, in the order of the file."""

    at: datetime
    is_dry: bool
    outcomes: tuple[Outcome, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything of the file is on the board now."""
        return all(o.what not in ("conflict", "refused") for o in self.outcomes)
