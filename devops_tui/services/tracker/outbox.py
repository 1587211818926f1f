"""What is still to be sent: written down before anything is sent, each intent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.board import Card, Column
from devops_tui.domain.ids import CardId
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import (
    EntryKind,
    EntryState,
    IssueCopy,
    OutboxEntry,
    Tracked,
    Value,
)
from devops_tui.domain.tracker_merge import entry_key
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.tracker.book import MOVED, place_of
from devops_tui.services.tracker.reconcile import Reconciled, Reconciler

SETTLE_S = 300.0
"""How long an index may hide what was made: before, nothing of unknown end is made again."""

REMARK_SETTLE_S = 60.0
"""The same of a remark, which is read where it is kept."""

_PAUSE_S = 30.0
_LONGEST_S = 3600.0


class Outbox:
    """Plans what is to be sent; every call is a transaction or belongs inside of one."""

    def __init__(self, ledger: Ledger, reconciler: Reconciler, settings: JiraSettings) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._reconciler = reconciler
        self._settings = settings

    def plan(self) -> list[CardId]:
        """Writes down what every card that changed has to send; those cards."""
        with self._store.transaction():
            tracked = self._store.tracked()
            cards = self._store.cards()
            waiting = {entry.card_id for entry in self._store.outbox()}
            wanted = [c.id for c in cards if self._plan_one(c, tracked.get(c.id), cards, waiting)]
            self._leave(set(tracked) - {card.id for card in cards})
        return wanted

    def write(self, found: Reconciled) -> bool:
        """The entries of one card as they are now; whether there are any."""
        card_id = found.card.id
        now = self._ledger.clock.now()
        entries: list[OutboxEntry] = []
        if found.send:
            entries.append(_edit(card_id, found.send, now))
        place = place_of(self._settings)
        for kind, word, marks in (
            (EntryKind.COMMENT, "remark", found.remarks.new),
            (EntryKind.REWORD, "reword", found.remarks.changed),
            (EntryKind.UNSAY, "unsay", found.remarks.removed),
        ):
            for mark in marks:
                key = entry_key(place, card_id, word, mark)
                entries.append(OutboxEntry(key, card_id, kind, (mark,), now))
        known = {entry.key: entry for entry in self._store.outbox(card_id)}
        for entry in entries:
            if entry.key not in known:
                self._store.save_entry(entry)
        kept = [e for e in known.values() if is_sent(e) and _is_looked_for(e, found.copy)]
        wanted = {entry.key for entry in (*entries, *kept)}
        for key in known.keys() - wanted:
            self._store.remove_entry(key)
        return bool(wanted)

    def due(self, entry: OutboxEntry) -> bool:
        """Whether it may be tried now; what is of unknown end is looked for at once."""
        if entry.tried_at is None or entry.state is EntryState.SENT or not entry.error:
            return True
        pause_s = min(_LONGEST_S, _PAUSE_S * 2.0 ** min(entry.tries - 1, 10))
        return self._ledger.clock.now() >= entry.tried_at + timedelta(seconds=pause_s)

    def is_settled(self, entry: OutboxEntry) -> bool:
        """Whether what is not found by now was never made."""
        limit_s = SETTLE_S if entry.kind is EntryKind.CREATE else REMARK_SETTLE_S
        tried = entry.tried_at or entry.made_at
        return self._ledger.clock.now() >= tried + timedelta(seconds=limit_s)

    def sending(self, entry: OutboxEntry) -> OutboxEntry:
        """From now on it may have arrived."""
        now = self._ledger.clock.now()
        sent = replace(entry, state=EntryState.SENT, tried_at=now, tries=entry.tries + 1, error="")
        self._store.save_entry(sent)
        return sent

    def failed(self, entry: OutboxEntry, why: str, *, is_sent: bool) -> None:
        """It did not arrive, or nobody knows."""
        state = EntryState.SENT if is_sent else EntryState.WAITING
        self._store.save_entry(replace(entry, state=state, error=why))

    def _plan_one(
        self, card: Card, known: Tracked | None, cards: Sequence[Card], waiting: set[CardId]
    ) -> bool:
        if known is None:
            copy = self._store.issue_copy(card.id)
            if copy is None:
                return self._plan_new(card)
            copy = replace(copy, is_left=False)  # the card came back to the board
        elif known.synced_rev == card.rev and card.id not in waiting:
            return False
        else:
            copy = self._store.issue_copy(card.id)
        if copy is not None and copy.card_rank != card.rank:
            self._store.save_mark(MOVED, "yes")
        return copy is not None and self.write(self._reconciler.settle(copy, card, lambda: cards))

    def _plan_new(self, card: Card) -> bool:
        """An issue for a card that is only here; its key names the card."""
        if not self._settings.creates or card.column is Column.DONE:
            return bool(self._store.outbox(card.id))
        key = f"{card.id}:{entry_key(place_of(self._settings), card.id, 'create')}"
        if all(entry.key != key for entry in self._store.outbox(card.id)):
            now = self._ledger.clock.now()
            self._store.save_entry(OutboxEntry(key, card.id, EntryKind.CREATE, (), now))
        return True

    def _leave(self, gone: set[CardId]) -> None:
        """Cards that were taken from the board: their issues are followed no more."""
        for card_id in gone:
            copy = self._store.issue_copy(card_id)
            if copy is not None and copy.clash("gone") is None:
                self._store.save_issue_copy(replace(copy, is_left=True))
            for entry in self._store.outbox(card_id):
                self._store.remove_entry(entry.key)


def is_sent(entry: OutboxEntry) -> bool:
    """Whether it may have arrived, and what came of it was not looked at."""
    return entry.state is EntryState.SENT


def _is_looked_for(entry: OutboxEntry, copy: IssueCopy) -> bool:
    """Whether what is on its way is of interest, also when the card says something else now."""
    if entry.kind is EntryKind.COMMENT:
        return entry.what[0] not in copy.comments
    return entry.kind is EntryKind.EDIT


def _edit(card_id: CardId, send: Mapping[str, Value], now: datetime) -> OutboxEntry:
    said = [f"{name}={value!r}" for name, value in sorted(send.items())]
    key = entry_key(card_id, "edit", *said)
    return OutboxEntry(key, card_id, EntryKind.EDIT, tuple(sorted(send)), now)
