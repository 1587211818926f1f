"""Tells the other side of remarks: says them, changes their text, takes them away."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.board import Card, Comment
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    EntryKind,
    EntryState,
    IssueCopy,
    OutboxEntry,
    RemarkBase,
    RemoteIssue,
)
from devops_tui.domain.tracker_errors import (
    TrackerConflict,
    TrackerError,
    TrackerNotThere,
    TrackerRefused,
    TrackerUnreachable,
)
from devops_tui.domain.tracker_merge import comment_mark
from devops_tui.ports.tracker import Tracker
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.tracker.outbox import Outbox
from devops_tui.services.tracker.reconcile import Reconciler
from devops_tui.services.tracker.remarks import (
    agreed,
    forgotten,
    found_again,
    said_of,
    sent_text,
)


class Telling:
    """Sends what waits of the remarks of a card, one after the other.

    A change and a removal may be sent again without harm; a new remark is looked for by its
    key before it is said once more.
    """

    def __init__(
        self, ledger: Ledger, tracker: Tracker, reconciler: Reconciler, outbox: Outbox
    ) -> None:
        self._store = ledger.store
        self._tracker = tracker
        self._reconciler = reconciler
        self._outbox = outbox

    async def tell(self, card_id: CardId, entry: OutboxEntry) -> None:
        """Sends one entry, unless it has become needless.

        Raises:
            TrackerError: The other side cannot be used now.
        """
        now = self.now(card_id)
        if now is None:
            return
        card, copy = now
        mark = entry.what[0]
        comment = next((c for c in card.comments if comment_mark(c) == mark), None)
        try:
            if entry.kind is EntryKind.COMMENT:
                await self._say(copy, entry, comment)
            elif entry.kind is EntryKind.REWORD:
                await self._reword(copy, entry, comment)
            else:
                await self._unsay(copy, entry, comment)
        except (TrackerRefused, TrackerConflict):
            return  # told by `jira status`; tried again after a while

    def now(self, card_id: CardId) -> tuple[Card, IssueCopy] | None:
        """The card and its copy; None where one of them is not there any more."""
        copy = self._store.issue_copy(card_id)
        try:
            card = self._store.card(card_id)
        except NotFound:
            return None
        return (card, copy) if copy is not None and card.archived_at is None else None

    async def _say(self, copy: IssueCopy, entry: OutboxEntry, comment: Comment | None) -> None:
        is_sent = entry.state is EntryState.SENT
        if entry.what[0] in copy.comments or (comment is None and not is_sent):
            self._store.remove_entry(entry.key)
            return
        if is_sent:
            known = list(copy.comments.values())
            found = await self._tracker.commented(copy.issue_id, entry.key, known)
            if found is not None:
                is_changed = found.touched_at != found.at  # nobody else would look at it again
                issue = await self._tracker.issue(copy.issue_id) if is_changed else None
                said = str(entry.values.get("said", ""))
                self._keep(entry, found.id, found_again(said, found), issue)
                return
            if not self._outbox.is_settled(entry):
                return
            if comment is None:  # it was taken away here, and never arrived
                self._store.remove_entry(entry.key)
                return
        assert comment is not None  # noqa: S101 - looked at above
        sent = self._outbox.sending(replace(entry, values={"said": said_of(comment.text)}))
        try:
            text = sent_text(comment, is_ours=True)
            made = await self._tracker.comment(copy.issue_id, text, entry.key)
        except TrackerError as error:
            self._failed(sent, error)
            raise
        self._keep(entry, made.id, agreed(comment.text, made))

    async def _reword(self, copy: IssueCopy, entry: OutboxEntry, comment: Comment | None) -> None:
        mark = entry.what[0]
        base = copy.remarks.get(mark)
        if comment is None or base is None or said_of(comment.text) == base.said:
            self._store.remove_entry(entry.key)
            return
        number = copy.comments[mark]
        sent = self._outbox.sending(entry)
        try:
            text = sent_text(comment, is_ours=base.is_ours)
            made = await self._tracker.reword(copy.issue_id, number, text)
        except TrackerNotThere:
            self._store.remove_entry(entry.key)  # the next look says what became of it
            return
        except TrackerError as error:
            self._failed(sent, error)
            raise
        self._keep(entry, number, agreed(comment.text, made))

    async def _unsay(self, copy: IssueCopy, entry: OutboxEntry, comment: Comment | None) -> None:
        mark = entry.what[0]
        if comment is not None or mark not in copy.remarks:
            self._store.remove_entry(entry.key)
            return
        sent = self._outbox.sending(entry)
        try:
            await self._tracker.unsay(copy.issue_id, copy.comments[mark])
        except TrackerNotThere:
            pass  # somebody was faster
        except TrackerError as error:
            self._failed(sent, error)
            raise
        with self._store.transaction():
            fresh = self._store.issue_copy(copy.card_id) or copy
            if mark in fresh.comments:
                self._store.save_issue_copy(forgotten(fresh, mark))
            self._done(entry)

    def _keep(
        self, entry: OutboxEntry, number: str, base: RemarkBase, issue: RemoteIssue | None = None
    ) -> None:
        mark = entry.what[0]
        with self._store.transaction():
            copy = self._store.issue_copy(entry.card_id)
            if copy is not None:
                comments = {**copy.comments, mark: number}
                remarks = {**copy.remarks, mark: base}
                self._store.save_issue_copy(replace(copy, comments=comments, remarks=remarks))
            now = self.now(entry.card_id)
            if issue is not None and now is not None:
                card, copy = now
                self._reconciler.read(copy, card, issue, self._store.cards)
            self._done(entry)

    def _done(self, entry: OutboxEntry) -> None:
        """Says of the card that nothing waits any more, where that is so."""
        self._store.remove_entry(entry.key)
        now = self.now(entry.card_id)
        if now is not None:
            card, copy = now
            self._reconciler.settle(copy, card, self._store.cards)

    def _failed(self, entry: OutboxEntry, error: TrackerError) -> None:
        is_sent = isinstance(error, TrackerUnreachable) and error.is_sent
        self._outbox.failed(entry, str(error), is_sent=is_sent)
