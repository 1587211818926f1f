"""Filing, moving, editing and commenting cards: one transaction each, no worker needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from devops_tui.domain.board import BoardRules, Card, CardKind, Column, Comment, Place, put
from devops_tui.domain.card_change import ChangeKind
from devops_tui.domain.card_edit import CardEdit, apply, title_of
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import CardId, RunId
from devops_tui.domain.team import Team
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.board_ledger import Ledger, moved_data

_NOTHING = CardEdit()
_UNTOLD = frozenset({"rev", "comments", "text"})


class Boards:
    """The board of one workspace.

    Args:
        rules, team: Of the workspace as it is now.
    """

    def __init__(self, store: Store, clock: Clock, rules: BoardRules, team: Team) -> None:
        self._store = store
        self._clock = clock
        self.rules = rules
        self._ledger = Ledger(store, clock, rules, team)

    def add(
        self,
        title: str,
        actor: str,
        kind: CardKind = CardKind.REQUEST,
        *,
        text: str = "",
        column: Column = Column.BACKLOG,
        fingerprint: str = "",
        runs: tuple[RunId, ...] = (),
        assignee: str = "",
        edit: CardEdit = _NOTHING,
    ) -> Card:
        """Files a card at the end of a column; `edit` is what it says besides.

        Raises:
            Refused: The title is empty, or a value is none.
            LimitReached: The column is full.
        """
        title = title_of(title)
        now = self._clock.now()
        with self._store.transaction():
            card = Card(
                CardId(f"{self.rules.prefix}-{self._store.next_card_number()}"),
                title,
                kind,
                column,
                _last_rank(self._there(self._store.cards(), column)),
                1,
                now,
                now,
                text=text,
                fingerprint=fingerprint,
                runs=runs,
                assignee=assignee,
            )
            card = self._said(card, edit, actor)
            self._ledger.change(None, card, actor, ChangeKind.ADD, data={"column": column.value})
        return card

    def move(
        self,
        card_id: CardId,
        to: Place,
        actor: str,
        *,
        expected_rev: int | None = None,
        before: CardId | None = None,
        override_why: str = "",
        why: str = "",
        is_automation: bool = False,
        group: int = 0,
    ) -> Card:
        """Moves a card to a column, above `before` or to its end.

        `is_automation` is for rules of the house (a release that is done), which have
        no role; limits hold for them too. Moves of one `group` are undone together.

        Raises:
            Refused, LimitReached, NotAllowed: The rules say no.
            RevisionConflict: It changed since `expected_rev`; says who moved it where.
        """
        with self._store.transaction():
            moved, _ = self._move(
                card_id, to, actor, expected_rev, before, override_why, why, is_automation, group
            )
        return moved

    def move_together(
        self,
        seen: Mapping[CardId, int],
        to: Place,
        actor: str,
        *,
        override_why: str = "",
    ) -> Sequence[Card]:
        """Moves several cards to the end of a column in the order given: all, or none.

        `seen` is the revision that was seen of each.
        """
        made: list[Card] = []
        with self._store.transaction():
            group = 0
            for card_id, rev in seen.items():
                moved, group = self._move(
                    card_id, to, actor, rev, None, override_why, "", False, group
                )
                made.append(moved)
        return made

    def edit(
        self,
        card_id: CardId,
        edit: CardEdit,
        actor: str,
        *,
        expected_rev: int | None = None,
        override_why: str = "",
        is_automation: bool = False,
    ) -> Card:
        """Changes what a card says; nothing is stored when nothing is another.

        Raises:
            Refused: A value is none, or a dependency does not exist or closes a circle.
            NotAllowed: The actor may not.
            RevisionConflict: It changed since `expected_rev`.
        """
        with self._store.transaction():
            card = self._seen(card_id, expected_rev)
            changed = self._said(card, edit, actor)
            if changed == card:
                return card
            changed = replace(changed, rev=card.rev + 1)
            self._ledger.change(
                card,
                changed,
                actor,
                ChangeKind.EDIT,
                why=edit.comment,
                override_why=override_why,
                event="card.commented" if edit.is_comment_only else "",
                data=_data_of(edit, card, changed),
                is_house=is_automation,
            )
        return changed

    def archive(self, card_id: CardId, actor: str, *, expected_rev: int | None = None) -> Card:
        """Takes a card from the board; it is kept, and undo brings it back."""
        with self._store.transaction():
            card = self._seen(card_id, expected_rev)
            if card.archived_at is not None:
                return card
            gone = replace(card, archived_at=self._clock.now(), rev=card.rev + 1)
            data = {"from": card.place.value}
            self._ledger.change(card, gone, actor, ChangeKind.ARCHIVE, data=data)
        return gone

    def comment(self, card_id: CardId, actor: str, text: str, run: RunId | None = None) -> Card:
        """Adds a remark of the house, and ties a run to the card when one is given."""
        with self._store.transaction():
            card = self._store.card(card_id)
            remark = Comment(self._clock.now(), actor, text)
            runs = card.runs if run is None or run in card.runs else (*card.runs, run)
            changed = replace(card, comments=(*card.comments, remark), runs=runs, rev=card.rev + 1)
            self._ledger.save(card, changed)
            self._ledger.tell("card.commented", changed, actor, text)
        return changed

    def _said(self, card: Card, edit: CardEdit, actor: str) -> Card:
        changed = apply(card, edit, actor, self._clock.now())
        for name in changed.depends:
            if name not in card.depends:
                self._store.card(name)  # raises NotFound
        return changed

    def _move(
        self,
        card_id: CardId,
        to: Place,
        actor: str,
        expected_rev: int | None,
        before: CardId | None,
        override_why: str,
        why: str,
        is_house: bool,
        group: int,
    ) -> tuple[Card, int]:
        card = self._seen(card_id, expected_rev)
        if card.archived_at is not None:
            raise NotFound(f"{card_id} is archived", "Undo brings it back.")
        self._check_place(to)
        cards = self._store.cards()
        rank = _rank_before(self._there(cards, to, card_id), before)
        if rank is None:
            cards = self._spread(cards, to, card_id)
            rank = _rank_before(self._there(cards, to, card_id), before)
        assert rank is not None  # noqa: S101 - there is room between whole numbers
        moved = replace(
            put(card, to),
            rank=rank,
            rev=card.rev + 1,
            moved_at=self._clock.now() if to != card.place else card.moved_at,
        )
        if (moved.place, moved.rank) == (card.place, card.rank):
            return card, group
        change = self._ledger.change(
            card,
            moved,
            actor,
            ChangeKind.MOVE,
            why=why,
            override_why=override_why,
            is_house=is_house,
            group=group,
            data=moved_data(card, moved),
            cards=cards,
        )
        return moved, change.group if change is not None else 0

    def _check_place(self, to: Place) -> None:
        if to not in self.rules.places:
            told = ", ".join(place.value for place in self.rules.places)
            raise Refused(f"the board has no column {to}", f"There are: {told}.")

    def _there(self, cards: Sequence[Card], column: Place, but: CardId | None = None) -> list[Card]:
        """The cards of a column in their order."""
        phase, place_of = column.phase, self.rules.place_of
        return [c for c in cards if c.column is phase and place_of(c) == column and c.id != but]

    def _spread(self, cards: Sequence[Card], column: Place, but: CardId) -> Sequence[Card]:
        """Makes room between the cards of a column, whose order stays; all cards then.

        Ranks are halves of halves: after some fifty moves to one place there is none left
        between. What operators did to these cards can be undone as before.
        """
        for place, card in enumerate(self._there(cards, column, but), 1):
            if card.rank != float(place):
                self._store.save_card(replace(card, rank=float(place), rev=card.rev + 1), card.rev)
                self._store.follow_card(card.id, card.rev, card.rev + 1)
        return self._store.cards()

    def _seen(self, card_id: CardId, expected_rev: int | None) -> Card:
        card = self._store.card(card_id)
        if expected_rev is not None and card.rev != expected_rev:
            raise self._ledger.conflict(card)
        return card


def _data_of(edit: CardEdit, before: Card, after: Card) -> dict[str, Json]:
    """For the log; of a remark that was changed it keeps what was said before."""
    if edit.is_comment_only:
        return {}
    data: dict[str, Json] = {"changed": _told(before, after)}
    if edit.reword is not None:
        number, text = edit.reword
        data["remark"] = [before.comments[number - 1].text, text.strip() or None]
    return data


def _told(before: Card, after: Card) -> dict[str, Json]:
    """What an edit changed, by field: from and to; long texts only by name."""
    told: dict[str, Json] = {}
    for field in fields(Card):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new and field.name != "rev":
            told[field.name] = None if field.name in _UNTOLD else [encode(old), encode(new)]
    return told


def _last_rank(there: Sequence[Card]) -> float:
    return max((c.rank for c in there), default=0.0) + 1.0


def _rank_before(there: Sequence[Card], before: CardId | None) -> float | None:
    """A rank above `before`, or at the end; None where there is no number between."""
    for index, card in enumerate(there):
        if card.id == before:
            above = there[index - 1].rank if index else card.rank - 2.0
            between = (above + card.rank) / 2.0
            return between if above < between < card.rank else None
    return _last_rank(there)
