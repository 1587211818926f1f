"""Undo and redo of what an operator did to cards: by the rules of now, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devops_tui.domain.board import Card
from devops_tui.domain.card_change import CardChange, ChangeKind
from devops_tui.domain.errors import NotFound, Refused, RevisionConflict
from devops_tui.domain.event import Json
from devops_tui.services.board_ledger import Ledger, moved_data


class BoardHistory:
    """Walks back and forth along the changes of one operator."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = ledger.store

    def undo(self, actor: str, override_why: str = "") -> Sequence[CardChange]:
        """Takes back what `actor` did last and had not taken back yet.

        What was done together is taken back together, or not at all.

        Raises:
            Refused: There is nothing to undo, or the rules do not let the actor do it.
            RevisionConflict: Somebody changed the card since; says who and when.
        """
        return self._walk(actor, override_why, is_undo=True)

    def redo(self, actor: str, override_why: str = "") -> Sequence[CardChange]:
        """Does again what `actor` took back last; raises like `undo`."""
        return self._walk(actor, override_why, is_undo=False)

    def _walk(self, actor: str, override_why: str, *, is_undo: bool) -> Sequence[CardChange]:
        with self._store.transaction():
            changes = self._store.last_card_changes(actor, is_undone=not is_undo)
            if not changes:
                raise Refused(
                    f"nothing to {'undo' if is_undo else 'do again'}",
                    "Only what you did to cards yourself can be taken back.",
                )
            for change in changes:
                self._turn(change, actor, override_why, is_undo=is_undo)
        return changes

    def _turn(self, change: CardChange, actor: str, override_why: str, *, is_undo: bool) -> None:
        now = self._card(change, is_undo=is_undo)
        content = _content(change, now, is_undo=is_undo)
        rev = (now.rev if now is not None else change.rev_after) + 1
        wanted = replace(content, rev=rev) if content is not None else None
        self._ledger.check(now, wanted, actor, override_why)
        self._ledger.save(now, wanted)
        self._store.turn_card_change(change, rev if wanted is not None else 0)
        card = wanted or now
        if card is None:
            raise RevisionConflict(f"{change.card_id} is not there any more")
        how = {"undoes" if is_undo else "redoes": change.seq}
        where = moved_data(now, wanted) if now is not None and wanted is not None else {}
        said = {**where, **_changed(now, wanted), **how}
        self._ledger.tell(_kind(change, is_undo), card, actor, override_why, said)

    def _card(self, change: CardChange, *, is_undo: bool) -> Card | None:
        """The card as it has to be for that; None where it has to be gone."""
        wanted = change.rev_after if is_undo else change.rev_before
        try:
            card = self._store.card(change.card_id)
        except NotFound:
            if wanted == 0:
                return None
            raise RevisionConflict(
                f"{change.card_id} was removed meanwhile",
                "Whoever filed it has taken that back.",
            ) from None
        if card.rev != wanted:
            raise self._ledger.conflict(card)
        return card


def _content(change: CardChange, now: Card | None, *, is_undo: bool) -> Card | None:
    """What the card is to be; where the change moved nothing, it stays at its place of now."""
    before, after = change.before, change.after
    content = before if is_undo else after
    if content is None or before is None or now is None:
        return content
    is_placed = (before.place, before.rank) != (after.place, after.rank)
    return content if is_placed else replace(content, rank=now.rank)


def _changed(now: Card | None, wanted: Card | None) -> dict[str, Json]:
    """What figures follow of a card: from and to, as the event of an edit says it."""
    if now is None or wanted is None:
        return {}
    told: dict[str, Json] = {
        name: [getattr(now, name), getattr(wanted, name)]
        for name in ("blocked", "estimate", "service")
        if getattr(now, name) != getattr(wanted, name)
    }
    return {"changed": told} if told else {}


def _kind(change: CardChange, is_undo: bool) -> str:
    return {
        (ChangeKind.ADD, False): "card.created",
        (ChangeKind.ADD, True): "card.removed",
        (ChangeKind.ARCHIVE, False): "card.archived",
        (ChangeKind.ARCHIVE, True): "card.restored",
        (ChangeKind.MOVE, False): "card.moved",
        (ChangeKind.MOVE, True): "card.moved",
    }.get((change.kind, is_undo), "card.edited")
