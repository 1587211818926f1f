"""A board out of a file: by the rules, with whoever imports as the actor, and never blindly.

A card is known by its id, or by what another tool calls it. What somebody changed in the file
is changed on the board; where the board itself was changed since the file was written, it
wins and the import says so. The same file twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.board import Card
from devops_tui.domain.board_file import (
    ARCHIVED,
    FIELDS,
    FiledCard,
    ImportReport,
    Outcome,
    changed_since,
    checklist_of,
    column_of,
    filed,
    kind_of,
    links_of,
    mark_of,
    priority_of,
)
from devops_tui.domain.card_change import ChangeKind
from devops_tui.domain.card_edit import LIST_LIMIT, CardEdit, apply
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import CardId
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.boards import Boards

_MARK = "board.import:"


class _Dry(Exception):
    """Takes back what a dry run did."""


class BoardImport:
    """Reads boards into one workspace."""

    def __init__(self, boards: Boards, ledger: Ledger) -> None:
        self._boards = boards
        self._ledger = ledger
        self._store = ledger.store

    def export(self, *, is_whole: bool = False) -> Sequence[FiledCard]:
        """All cards that are on the board, as they go out; the whole of it has the archive."""
        with self._store.snapshot():
            gone = self._store.archived_cards() if is_whole else ()
            order = list(self._ledger.rules.places)
            place_of = self._ledger.rules.place_of
            cards = sorted(self._store.cards(), key=lambda card: order.index(place_of(card)))
            return [filed(card) for card in (*cards, *gone)]

    def take(self, cards: Sequence[FiledCard], actor: str, *, is_dry: bool) -> ImportReport:
        """Adds and changes cards; what the rules refuse is told, and the rest goes on."""
        at = self._ledger.clock.now()
        if not is_dry:
            return ImportReport(at, is_dry, tuple(self._all(cards, actor)))
        found: list[Outcome] = []
        try:
            with self._store.transaction():
                found = self._all(cards, actor)
                raise _Dry
        except _Dry:
            return ImportReport(at, is_dry, tuple(found))

    def _all(self, cards: Sequence[FiledCard], actor: str) -> list[Outcome]:
        names: dict[str, CardId] = {}
        ready = [(self._known(card), card) for card in _with_origins(cards)]
        made: list[tuple[Card | None, FiledCard, Outcome]] = []
        for known, card in ready:
            title = str(card.values.get("title", ""))
            try:
                added = known or self._added(card, actor)
            except Refused as error:
                made.append((None, card, _refused(card.card_id, title, error)))
                continue
            if card.card_id:
                names[card.card_id] = added.id
            what = "same" if known else "added"
            made.append((added, card, Outcome(added.id, title, what)))
        return [
            outcome if found is None else self._one(found, card, outcome, names, actor)
            for found, card, outcome in made
        ]

    def _known(self, card: FiledCard) -> Card | None:
        if card.card_id:
            try:
                return self._store.card(CardId(card.card_id))
            except NotFound:
                pass
        return self._store.card_by_fingerprint(card.origin) if card.origin else None

    def _added(self, card: FiledCard, actor: str) -> Card:
        """Files it in the Backlog; where it belongs and what it says follows."""
        kind = kind_of(str(card.values.get("kind", "request") or "request"))
        title = str(card.values.get("title", ""))
        return self._boards.add(title, actor, kind, fingerprint=card.origin)

    def _one(
        self,
        card: Card,
        wanted: FiledCard,
        outcome: Outcome,
        names: Mapping[str, CardId],
        actor: str,
    ) -> Outcome:
        is_new = outcome.what == "added"
        if wanted.kept.get(ARCHIVED) and card.archived_at is not None:
            return outcome
        try:
            fields = self._to_change(card, wanted, names, is_new=is_new)
            self._change(card, fields, actor)
            if wanted.kept.get(ARCHIVED) and is_new:
                self._boards.archive(card.id, actor)
        except (Refused, NotFound) as error:
            told = _refused(card.id, card.title, error)
            if is_new:
                told = replace(told, told=f"filed in the Backlog as {card.id}; {told.told}")
            return told
        if wanted.origin:
            with self._store.transaction():
                self._store.save_mark(_MARK + wanted.origin, mark_of(_full(wanted)))
        clashes = sorted(fields.clashes)
        if clashes:
            told_ = f"changed on the board since: {', '.join(clashes)}"
            return replace(outcome, what="conflict", told=told_)
        changed = ", ".join(name for name in FIELDS if name in fields.values)
        if is_new or not changed:
            return outcome
        return replace(outcome, what="changed", told=changed)

    def _to_change(
        self, card: Card, wanted: FiledCard, names: Mapping[str, CardId], *, is_new: bool
    ) -> _Fields:
        values = dict(wanted.values)
        depends = values.get("depends", ())
        values["depends"] = tuple(str(names.get(name, name)) for name in depends)
        if "depends" not in wanted.values:
            del values["depends"]
        there = filed(card).values
        differs = {n: v for n, v in values.items() if v != there[n] and (v or there[n])}
        if is_new:
            return _Fields(differs, frozenset())
        base = wanted.base or (self._store.mark(_MARK + wanted.origin) if wanted.origin else "")
        in_file = changed_since(base, wanted.values)
        on_board = changed_since(base, there)
        mine = {n: v for n, v in differs.items() if n in in_file and n not in on_board}
        return _Fields(mine, frozenset(differs).intersection(in_file, on_board))

    def _change(self, card: Card, fields: _Fields, actor: str) -> None:
        """Moves first: what is blocked, or waits for others, may already be in work."""
        values = fields.values
        with self._store.transaction():
            now = self._store.card(card.id)
            if "column" in values:
                place = column_of(str(values["column"]), self._ledger.rules)
                now = self._boards.move(now.id, place, actor)
            self._edit(now, {n: v for n, v in values.items() if n != "column"}, actor)

    def _edit(self, card: Card, values: Mapping[str, str | tuple[str, ...]], actor: str) -> None:
        if not values:
            return
        text = {n: v for n, v in values.items() if isinstance(v, str)}
        lists = {n: v for n, v in values.items() if isinstance(v, tuple)}
        edit = CardEdit(
            title=text.get("title"),
            text=text.get("text"),
            kind=kind_of(text["kind"]) if text.get("kind") else None,
            priority=priority_of(text["priority"]) if text.get("priority") else None,
            estimate=text.get("estimate"),
            due=text.get("due"),
            blocked=text.get("blocked"),
            service=text.get("service"),
        )
        long = next((n for n, words in lists.items() if len(words) > LIST_LIMIT), "")
        if long:
            raise Refused(f"{long}: more than {LIST_LIMIT}", "Take some away.")
        changed = apply(card, edit, actor, self._ledger.clock.now())
        if "assignees" in lists:
            names = lists["assignees"]
            changed = replace(changed, assignee=names[0] if names else "", others=names[1:])
        if "labels" in lists:
            changed = replace(changed, labels=lists["labels"])
        if "depends" in lists:
            for name in lists["depends"]:
                self._store.card(CardId(name))  # raises NotFound
            changed = replace(changed, depends=tuple(CardId(n) for n in lists["depends"]))
        if "checklist" in lists:
            changed = replace(changed, checklist=checklist_of(lists["checklist"]))
        if "links" in lists:
            changed = replace(changed, links=links_of(lists["links"]))
        if changed == card:
            return
        changed = replace(changed, rev=card.rev + 1)
        told: dict[str, Json] = {
            n: [encode(getattr(card, n)), encode(getattr(changed, n))]
            for n in ("title", "blocked", "estimate", "service", "due")
            if getattr(card, n) != getattr(changed, n)
        }
        told |= dict.fromkeys(n for n in values if n not in told)
        data = {"changed": told}
        self._ledger.change(card, changed, actor, ChangeKind.EDIT, why="import", data=data)


class _Fields:
    """What is to be changed, and what the board changed since in another way."""

    def __init__(
        self, values: Mapping[str, str | tuple[str, ...]], clashes: frozenset[str]
    ) -> None:
        self.values = values
        self.clashes = clashes


def _refused(card_id: str, title: str, error: Refused | NotFound) -> Outcome:
    return Outcome(card_id, title, "refused", f"{error.title}. {error.hint}".strip())


def _full(card: FiledCard) -> dict[str, str | tuple[str, ...]]:
    return dict(card.values)


def _with_origins(cards: Sequence[FiledCard]) -> list[FiledCard]:
    """Gives those that nobody named a name made of their title, so that twice is once."""
    seen: Counter[str] = Counter()
    found = []
    for card in cards:
        if card.origin:
            found.append(card)
            continue
        name = card.card_id or str(card.values.get("title", ""))
        seen[name] += 1
        mark = hashlib.sha256(f"{name}\n{seen[name]}".encode()).hexdigest()[:16]
        found.append(replace(card, origin=f"file:{mark}"))
    return found
