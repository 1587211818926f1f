"""One issue and its card: takes over what may be taken, and says what is left to do.

Everything here belongs inside of a transaction, and asks nobody over there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from devops_tui.domain.board import Card
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.tracker import (
    GONE,
    ORDER,
    SETS,
    Clash,
    ClashKind,
    FieldBase,
    IssueCopy,
    Person,
    RemoteIssue,
    Value,
)
from devops_tui.domain.tracker_merge import Merged, local_values, merge
from devops_tui.services.board_ledger import Ledger, moved_data
from devops_tui.services.tracker.remarks import ToSend, taken, to_send
from devops_tui.services.tracker.rules import at_end_of, check
from devops_tui.services.tracker.values import applied

_STAYS = frozenset({ClashKind.OVERTAKEN, ClashKind.TWICE})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of a card and its copy.

    Attributes:
        send: Fields that are still to be sent, with their value.
        remarks: What is still to be told of remarks.
    """

    card: Card
    copy: IssueCopy
    send: Mapping[str, Value] = field(default_factory=dict)
    remarks: ToSend = field(default_factory=ToSend)


Cards = Callable[[], Sequence[Card]]
"""All cards of the board, read only where a rule asks for them."""


class Reconciler:
    """Brings the two sides of a card together."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = ledger.store

    def read(
        self,
        copy: IssueCopy,
        card: Card,
        issue: RemoteIssue,
        cards: Cards,
        *,
        skips_own_remarks: bool = False,
    ) -> Reconciled:
        """After an issue was read; one that is older than the copy changes nothing.

        `skips_own_remarks`: a remark of this account may be one of which nobody knows yet
        whether it arrived.
        """
        if issue.updated < copy.updated:
            return self.settle(copy, card, cards)
        original = copy
        named = {name: issue.author_of(name) or Person() for name in issue.values}
        known = {n: a for n, a in named.items() if a != Person()}
        stays = {
            n: a
            for n, a in copy.authors.items()
            if n in copy.remote and n in issue.values and copy.remote[n] == issue.values[n]
        }
        copy = replace(
            copy,
            key=issue.key,
            updated=issue.updated,
            remote=issue.values,
            authors={**stays, **known},
            losses=issue.losses,
            rank=issue.rank or copy.rank,
            attachments=issue.attachments,
            clashes=tuple(c for c in copy.clashes if c.field != GONE),
        )
        card, copy = self._remarks(card, copy, issue, skips_own=skips_own_remarks)
        return self.settle(copy, card, cards, original)

    def settle(
        self, copy: IssueCopy, card: Card, cards: Cards, original: IssueCopy | None = None
    ) -> Reconciled:
        """Merges what is known of both sides, and stores what differs from `original`."""
        original = original or copy
        rev = copy.updated.isoformat()
        merged = merge(copy.base, local_values(card), copy.remote, rev)
        copy = replace(copy, base={**copy.base, **merged.agreed})
        clashes = {c.field: c for c in copy.clashes if self._still(c, card, merged)}
        changed, taken = card, list[str]()
        if merged.take:
            changed, taken = self._take(copy, card, merged, cards(), clashes)
        if changed != card:
            changed = replace(changed, rev=card.rev + 1)
            self._ledger.save(card, changed)
            self._tell(copy, card, changed, taken)
        values = local_values(changed)
        base = {n: _base_of(copy, n, values[n], rev) for n in taken}
        for name in SETS.intersection(merged.send):  # what both changed goes on from theirs
            if copy.remote[name].raw != copy.base[name].raw:
                base[name] = _base_of(copy, name, copy.remote[name].value, rev)
        clashes = _renewed(clashes, values)
        for name in merged.clashes:
            clashes.setdefault(name, self._both(copy, name, values[name]))
        send = {n: v for n, v in merged.send.items() if n not in clashes}
        held = self._held(copy, send)
        clashes.update(held)
        copy = replace(copy, base={**copy.base, **base}, clashes=tuple(clashes.values()))
        if "column" in taken:
            copy = replace(copy, card_rank=changed.rank)
        send = {n: v for n, v in send.items() if n not in held}
        remarks = to_send(changed, copy)
        if not send and not remarks:
            copy = replace(copy, synced_rev=changed.rev)
        if copy != original or self._store.issue_copy(card.id) is None:
            self._store.save_issue_copy(copy)
        return Reconciled(changed, copy, send, remarks)

    def _take(
        self,
        copy: IssueCopy,
        card: Card,
        merged: Merged,
        cards: Sequence[Card],
        clashes: dict[str, Clash],
    ) -> tuple[Card, list[str]]:
        """The card with what its authors may change; what they may not becomes a question."""
        taken: list[str] = []
        before = card
        for names, author in _by_author(copy, merged.take):
            values = {n: merged.take[n] for n in names}
            try:
                after = self._changed(card, values, cards)
                check(self._ledger, card, after, author, cards)
            except Refused as error:
                why = f"{error.title}. {error.hint}".strip()
                for name in names:
                    mine = local_values(card)[name]
                    clashes[name] = self._clash(copy, name, ClashKind.RULE, mine, why)
            else:
                card = after
                taken += names
                cards = [card if c.id == card.id else c for c in cards]
                for name in names:
                    clashes.pop(name, None)
        return (card if taken else before), taken

    def _changed(self, card: Card, values: Mapping[str, Value], cards: Sequence[Card]) -> Card:
        after = applied(card, values)
        if "column" not in values:
            return after
        return at_end_of(self._ledger, after, str(values["column"]), cards)

    def _remarks(
        self, card: Card, copy: IssueCopy, issue: RemoteIssue, *, skips_own: bool
    ) -> tuple[Card, IssueCopy]:
        """Takes in what was said, changed and taken away there."""
        found = taken(card, copy, issue, skips_own=skips_own)
        if found.comments == card.comments:
            return card, found.copy
        changed = replace(card, comments=found.comments, rev=card.rev + 1)
        self._ledger.save(card, changed)
        for told in found.said:
            self._ledger.tell(told.kind, changed, told.actor, told.text, told.data)
        return changed, found.copy

    def _tell(self, copy: IssueCopy, card: Card, changed: Card, taken: Sequence[str]) -> None:
        for names, author in _by_author(copy, taken):
            why = f"in Jira, {copy.key}"
            if "column" in names:
                data: Mapping[str, Json] = moved_data(card, changed)
                self._ledger.tell("card.moved", changed, author.actor, why, data)
            else:
                told = {n: _told(card, changed, n) for n in names}
                self._ledger.tell("card.edited", changed, author.actor, why, {"changed": told})

    def _still(self, clash: Clash, card: Card, merged: Merged) -> bool:
        """Whether a question still stands after both sides were looked at again."""
        if clash.field in (GONE, ORDER) or clash.kind in _STAYS:
            return True
        if clash.kind is ClashKind.NOT_TAKEN:
            return local_values(card)[clash.field] == clash.mine and clash.field in merged.send
        return False  # the others are asked anew where they still stand

    def _both(self, copy: IssueCopy, name: str, mine: Value) -> Clash:
        return self._clash(copy, name, ClashKind.BOTH, mine, "changed here and there")

    def _held(self, copy: IssueCopy, send: Mapping[str, Value]) -> dict[str, Clash]:
        """A text that holds more than Markdown can is not written over without being asked."""
        if "text" not in send or not copy.losses or "text" in copy.forced:
            return {}
        why = f"Jira's text has {', '.join(copy.losses)}, which would be lost"
        return {"text": self._clash(copy, "text", ClashKind.NOT_TAKEN, send["text"], why)}

    def _clash(self, copy: IssueCopy, name: str, kind: ClashKind, mine: Value, why: str) -> Clash:
        theirs = copy.remote[name].value if name in copy.remote else ""
        by = copy.authors.get(name, Person()).actor
        old = copy.clash(name)
        at: datetime = self._ledger.clock.now()
        if old is not None and (old.kind, old.mine, old.theirs) == (kind, mine, theirs):
            at = old.at
        return Clash(name, kind, mine, theirs, by, at, why)


def _renewed(clashes: Mapping[str, Clash], values: Mapping[str, Value]) -> dict[str, Clash]:
    """Of what was overtaken: it is compared with what counts by now."""
    made: dict[str, Clash] = {}
    for name, clash in clashes.items():
        if clash.kind is not ClashKind.OVERTAKEN:
            made[name] = clash
        elif values[name] != clash.theirs:
            made[name] = replace(clash, mine=values[name])
    return made


def _base_of(copy: IssueCopy, name: str, value: Value, rev: str) -> FieldBase:
    return FieldBase(value, copy.remote[name].raw, rev)


def _by_author(copy: IssueCopy, names: Collection[str]) -> list[tuple[list[str], Person]]:
    """Fields by who changed them; the column by itself, after all others."""
    found: dict[tuple[bool, Person], list[str]] = {}
    for name in names:
        author = copy.authors.get(name, Person())
        found.setdefault((name == "column", author), []).append(name)
    ordered = sorted(found.items(), key=lambda each: each[0][0])
    return [(fields, author) for (_, author), fields in ordered]


def _told(before: Card, after: Card, name: str) -> Json:
    """As the event of an edit says it: from and to, long texts only by name."""
    if name == "text":
        return None
    return [encode(getattr(before, name)), encode(getattr(after, name))]
