"""Sends what a card has to tell: reads first, changes, reads again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    Clash,
    ClashKind,
    EntryKind,
    EntryState,
    FieldBase,
    IssueCopy,
    OutboxEntry,
    Person,
    RemoteIssue,
    Value,
)
from devops_tui.domain.tracker_errors import (
    TrackerBusy,
    TrackerConflict,
    TrackerError,
    TrackerNotThere,
    TrackerRefused,
    TrackerUnreachable,
)
from devops_tui.domain.tracker_merge import local_values
from devops_tui.ports.tracker import Draft, Tracker
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.tracker.arrivals import Arrivals, linked
from devops_tui.services.tracker.outbox import SETTLE_S, Outbox, is_sent
from devops_tui.services.tracker.reconcile import Reconciled, Reconciler
from devops_tui.services.tracker.telling import Telling

_CONFLICTS = 3
_OF_REMARKS = frozenset({EntryKind.COMMENT, EntryKind.REWORD, EntryKind.UNSAY})


class Outbound:
    """Sends for one card at a time; several cards may be sent side by side.

    Cancel: an entry that is on its way stays SENT, and is looked for before it is repeated.
    """

    def __init__(
        self,
        ledger: Ledger,
        tracker: Tracker,
        reconciler: Reconciler,
        outbox: Outbox,
        arrivals: Arrivals,
        me: str,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._tracker = tracker
        self._reconciler = reconciler
        self._outbox = outbox
        self._arrivals = arrivals
        self._me = me
        self._telling = Telling(ledger, tracker, reconciler, outbox)

    async def push(self, card_id: CardId) -> None:
        """Sends what waits for this card and is due.

        Raises:
            TrackerError: The other side cannot be used now; what it refuses is asked a person.
        """
        for entry in self._store.outbox(card_id):
            if entry.kind is EntryKind.CREATE and self._outbox.due(entry):
                await self._create(entry)
        entries = [e for e in self._store.outbox(card_id) if self._outbox.due(e)]
        copy = self._store.issue_copy(card_id)
        if copy is None or not entries:
            return
        try:
            await self._push(copy, entries)
        except TrackerNotThere:
            with self._store.transaction():
                copy = self._store.issue_copy(card_id)
                if copy is not None:
                    self._arrivals.gone(copy)
                for entry in self._store.outbox(card_id):
                    self._store.remove_entry(entry.key)

    # A new issue

    async def _create(self, entry: OutboxEntry) -> None:
        issue_id = await self._created(entry)
        if issue_id is None:
            return
        issue = await self._tracker.issue(issue_id)
        with self._store.transaction():
            self.link(entry.card_id, issue)

    async def _created(self, entry: OutboxEntry) -> str | None:
        """The issue of the entry: found, or made; None while nobody can say."""
        if entry.state is EntryState.SENT:
            found = await self._found(entry)
            if found:
                return found
            if not self._outbox.is_settled(entry):
                return None
        try:
            card = self._store.card(entry.card_id)
        except NotFound:
            self._store.remove_entry(entry.key)
            return None
        values = local_values(card)
        made_of = (str(values["title"]), str(values["kind"]))
        sent = self._outbox.sending(replace(entry, what=made_of))
        try:
            return await self._tracker.create(values, entry.key)
        except TrackerError as error:
            is_sent = isinstance(error, TrackerUnreachable) and error.is_sent
            self._outbox.failed(sent, str(error), is_sent=is_sent)
            if isinstance(error, TrackerRefused | TrackerConflict):
                return None  # told by `jira status`; tried again after a while
            raise

    async def _found(self, entry: OutboxEntry) -> str:
        now = self._ledger.clock.now()
        within_s = (now - entry.made_at).total_seconds() + SETTLE_S
        found = await self._tracker.created(entry.key, within_s)
        return min(found, key=lambda i: (len(i), i)) if found else ""

    def link(self, card_id: CardId, issue: RemoteIssue) -> None:
        """Ties an issue to its card; belongs inside of a transaction."""
        card = self._store.card(card_id)
        made = self._entry(card_id, EntryKind.CREATE)
        copy = self._store.issue_copy(card_id)
        if copy is None:
            mine = local_values(card)
            agreed = [n for n in issue.values if self._tracker.says(issue, n, mine[n])]
            made_of = dict(zip(("title", "kind"), made.what, strict=False)) if made else {}
            copy = linked(card, issue, agreed, made_of, self._me)
        self._outbox.write(self._reconciler.read(copy, card, issue, self._store.cards))

    # An issue that is known

    async def _push(self, copy: IssueCopy, entries: list[OutboxEntry]) -> None:
        fresh = await self._tracker.issue(copy.issue_id)
        self._look_back(copy.card_id, fresh)
        found = self._read(copy.card_id, fresh)
        if found is None:
            return
        for attempt in range(_CONFLICTS):
            edit = self._entry(copy.card_id, EntryKind.EDIT)
            if not found.send or edit is None:
                break
            is_conflict = False
            try:
                again = await self._edit(found, edit, fresh)
            except TrackerConflict:
                again, is_conflict = found, True
            if again is not None and (is_conflict or (again.send and attempt + 1 < _CONFLICTS)):
                # what is sent next has to be merged with this very state of the issue
                fresh = await self._tracker.issue(copy.issue_id)
                self._look_back(copy.card_id, fresh)
                again = self._read(copy.card_id, fresh)
            if again is None:
                return
            found = again
        for entry in entries:
            if entry.kind in _OF_REMARKS:
                await self._telling.tell(copy.card_id, entry)

    def _read(self, card_id: CardId, issue: RemoteIssue) -> Reconciled | None:
        with self._store.transaction():
            now = self._telling.now(card_id)
            if now is None:
                return None
            card, copy = now
            found = self._reconciler.read(
                copy, card, issue, self._store.cards, skips_own_remarks=self._is_unsure(card_id)
            )
            self._outbox.write(found)
        return found

    def _is_unsure(self, card_id: CardId) -> bool:
        """Whether a remark of ours may stand there without our knowing it."""
        return any(
            e.kind is EntryKind.COMMENT and e.state is EntryState.SENT
            for e in self._store.outbox(card_id)
        )

    def _entry(self, card_id: CardId, kind: EntryKind) -> OutboxEntry | None:
        return next((e for e in self._store.outbox(card_id) if e.kind is kind), None)

    async def _edit(
        self, found: Reconciled, entry: OutboxEntry, before: RemoteIssue
    ) -> Reconciled | None:
        """Changes fields; where the whole is refused, one by one."""
        said = {n: v for n, v in found.send.items() if self._tracker.says(before, n, v)}
        wanted = {n: v for n, v in found.send.items() if n not in said}
        refused: dict[str, str] = {}
        after = before
        seen = before.changes[-1].id if before.changes else ""
        entry = self._outbox.sending(replace(entry, values=wanted, seen=seen))
        try:
            if wanted:
                refused = await self._change(before, wanted)
                after = await self._tracker.issue(before.id)
        except (TrackerBusy, TrackerUnreachable, TrackerNotThere) as error:
            # whatever of it was done, somebody's change may be lost by it: that is looked for
            self._outbox.failed(entry, str(error), is_sent=bool(wanted))
            raise
        with self._store.transaction():
            self._store.remove_entry(entry.key)
            self._sent(found, wanted, said, refused, before, after)
            return self._read(found.card.id, after)

    async def _change(self, before: RemoteIssue, wanted: Mapping[str, Value]) -> dict[str, str]:
        """Reasons by field that was refused."""
        try:
            await self._tracker.edit(Draft(wanted, before))
        except TrackerRefused as error:
            if len(wanted) == 1:
                return dict.fromkeys(wanted, str(error))
            refused: dict[str, str] = {}
            for name, value in wanted.items():
                refused |= await self._change(before, {name: value})
            return refused
        return {}

    def _sent(
        self,
        found: Reconciled,
        wanted: Mapping[str, Value],
        said: Mapping[str, Value],
        refused: Mapping[str, str],
        before: RemoteIssue,
        after: RemoteIssue,
    ) -> None:
        """What both sides agree on now, and what a person is asked."""
        copy = self._store.issue_copy(found.card.id)
        if copy is None:
            return
        base = dict(copy.base)
        clashes = {c.field: c for c in copy.clashes}
        rev = after.updated.isoformat()
        for name, value in {**said, **wanted}.items():
            if name in refused:
                clashes[name] = self._clash(name, ClashKind.NOT_TAKEN, value, after, refused[name])
                continue
            base[name] = self._base(name, value, rev, before, after)
            seen = before.changes[-1].id if before.changes else ""
            lost = self._overtaken(name, value, seen, after) if name in wanted else None
            if lost is not None:
                clashes[name] = lost
        done = {*said, *wanted} - set(refused)
        forced = tuple(n for n in copy.forced if n not in done)
        clash = tuple(clashes.values())
        self._store.save_issue_copy(replace(copy, base=base, clashes=clash, forced=forced))

    def _base(
        self, name: str, value: Value, rev: str, before: RemoteIssue, after: RemoteIssue
    ) -> FieldBase:
        now, was = after.values[name].raw, before.values[name].raw
        if self._tracker.says(after, name, value) or now == was:
            return FieldBase(value, now, rev)
        # somebody was faster, or the site wrote it in its own way: that is taken over now
        return FieldBase(value, was, rev)

    def _look_back(self, card_id: CardId, issue: RemoteIssue) -> None:
        """Edits that left, and of which nobody saw the end: did they replace anything?"""
        for entry in self._store.outbox(card_id):
            if entry.kind is not EntryKind.EDIT or not is_sent(entry):
                continue
            with self._store.transaction():
                copy = self._store.issue_copy(card_id)
                found = [self._overtaken(n, v, entry.seen, issue) for n, v in entry.values.items()]
                lost = {clash.field: clash for clash in found if clash is not None}
                if copy is not None and lost:
                    clashes = {**{c.field: c for c in copy.clashes}, **lost}
                    self._store.save_issue_copy(replace(copy, clashes=tuple(clashes.values())))
                self._store.remove_entry(entry.key)

    def _overtaken(self, name: str, value: Value, seen: str, after: RemoteIssue) -> Clash | None:
        """What somebody wrote after we had read, and ours has replaced."""
        others = [c for c in after.since(seen) if c.field == name and c.by.account != self._me]
        if name == "labels" or not others or not self._tracker.says(after, name, value):
            return None
        last = others[-1]
        if last.value == value:
            return None
        why = f"{last.by.shown} changed it in the moment before ours arrived"
        now = self._ledger.clock.now()
        return Clash(name, ClashKind.OVERTAKEN, value, last.value, last.by.actor, now, why)

    def _clash(
        self, name: str, kind: ClashKind, mine: Value, issue: RemoteIssue, why: str
    ) -> Clash:
        by = (issue.author_of(name) or Person()).actor
        theirs = issue.values[name].value if name in issue.values else ""
        return Clash(name, kind, mine, theirs, by, self._ledger.clock.now(), why)
