"""Three versions of a card become one: what both agreed on, what is here, what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.board import Card, Comment
from devops_tui.domain.tracker import FIELDS, SETS, FieldBase, RemoteValue, Value


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be done so that both sides say the same.

    Attributes:
        take: Fields to change here, with their value.
        send: Fields to change there, with their value.
        clashes: Fields that both sides changed, each in its own way.
        agreed: Fields that are the same by now; their new base.
    """

    take: Mapping[str, Value] = field(default_factory=dict)
    send: Mapping[str, Value] = field(default_factory=dict)
    clashes: tuple[str, ...] = ()
    agreed: Mapping[str, FieldBase] = field(default_factory=dict)


def local_values(card: Card) -> dict[str, Value]:
    """What a card says, as far as both sides speak of it."""
    return {
        "title": card.title,
        "text": card.text,
        "kind": card.kind.value,
        "priority": card.priority.value,
        "assignee": card.assignee,
        # a label there has no blanks: one that has them stays here
        "labels": tuple(label for label in card.labels if not any(c.isspace() for c in label)),
        "estimate": "" if card.estimate is None else f"{card.estimate:g}",
        "due": card.due,
        "column": card.place.value,
    }


def merge(
    base: Mapping[str, FieldBase],
    local: Mapping[str, Value],
    remote: Mapping[str, RemoteValue],
    rev: str,
) -> Merged:
    """Compares field by field: a change of one side wins, two changes of a set are joined.

    A field without a base is taken from the other side.
    """
    take: dict[str, Value] = {}
    send: dict[str, Value] = {}
    agreed: dict[str, FieldBase] = {}
    clashes: list[str] = []
    for name in (n for n in FIELDS if n in remote):
        mine, theirs, old = local[name], remote[name], base.get(name)
        is_theirs = old is None or theirs.raw != old.raw
        is_mine = old is not None and not _alike(name, mine, old.value)
        if not is_theirs and not is_mine:
            continue
        if _alike(name, mine, theirs.value):
            agreed[name] = FieldBase(mine, theirs.raw, rev)
        elif not is_mine or old is None:
            take[name] = theirs.value
        elif not is_theirs:
            send[name] = mine
        elif name in SETS:
            joined = united(old.value, mine, theirs.value)
            take.update({} if _alike(name, joined, mine) else {name: joined})
            send.update({} if _alike(name, joined, theirs.value) else {name: joined})
        else:
            clashes.append(name)
    return Merged(take, send, tuple(clashes), agreed)


def united(base: Value, mine: Value, theirs: Value) -> tuple[str, ...]:
    """Whatever either side added is in it; whatever either took away is not."""
    was, here, there = set(base), set(mine), set(theirs)
    gone = (was - here) | (was - there)
    return tuple(dict.fromkeys(v for v in (*mine, *theirs) if v not in gone))


def comment_mark(comment: Comment) -> str:
    """The name of a remark, which has none of its own; it outlasts a change of its text."""
    if comment.mark:
        return comment.mark
    said = f"{comment.at.isoformat()}\n{comment.actor}\n{comment.text}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def entry_key(*words: str) -> str:
    """The idempotency key of an intent: the same for the same words."""
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _alike(name: str, one: Value, other: Value) -> bool:
    return set(one) == set(other) if name in SETS else one == other
