"""Copies of another tool's issues, and what it is still to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import IssueCopy, OutboxEntry, Tracked
from devops_tui.stores.sql.database import Database
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_COPY = "SELECT body FROM tracker_issue"
_KNOWN = 5000


class SqlTracker(SqlJournal):
    """Implements ports.tracker_rows.TrackerRows."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._copies_read: dict[str, IssueCopy] = {}  # by what stands in the row

    def tracked(self) -> Mapping[CardId, Tracked]:
        rows = self._db.rows(
            "SELECT card_id, issue_key, synced_rev, clashes FROM tracker_issue WHERE is_left = 0"
        )
        return {CardId(c): Tracked(CardId(c), k, int(r), int(n)) for c, k, r, n in rows}

    def issue_copy(self, card_id: CardId) -> IssueCopy | None:
        row = self._db.row(f"{_COPY} WHERE card_id = ?", (card_id,))
        return self._copy(row[0]) if row else None

    def copy_of_issue(self, issue_id: str) -> IssueCopy | None:
        row = self._db.row(f"{_COPY} WHERE issue_id = ?", (issue_id,))
        return self._copy(row[0]) if row else None

    def issue_copies(self, *, is_clashing: bool = False) -> Sequence[IssueCopy]:
        sql = f"{_COPY} WHERE clashes > 0 ORDER BY card_id"
        rows = self._db.rows(sql if is_clashing else f"{_COPY} ORDER BY card_id")
        return [self._copy(row[0]) for row in rows]

    def issue_ids(self) -> Mapping[str, CardId]:
        rows = self._db.rows("SELECT issue_id, card_id FROM tracker_issue")
        return {str(issue): CardId(card) for issue, card in rows}

    def _copy(self, body: str) -> IssueCopy:
        """Decoding costs a millisecond, and a round reads each copy several times."""
        known = self._copies_read.get(body)
        if known is None:
            known = load(IssueCopy, body)
            self._know(body, known)
        return known

    def _know(self, body: str, copy: IssueCopy) -> None:
        while len(self._copies_read) >= _KNOWN:
            del self._copies_read[next(iter(self._copies_read))]
        self._copies_read[body] = copy

    def save_issue_copy(self, copy: IssueCopy) -> None:
        body = dump(copy)
        self._db.execute(
            "INSERT INTO tracker_issue "
            "(card_id, issue_id, issue_key, synced_rev, clashes, is_left, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (card_id) DO UPDATE SET "
            "issue_id = excluded.issue_id, issue_key = excluded.issue_key, "
            "synced_rev = excluded.synced_rev, clashes = excluded.clashes, "
            "is_left = excluded.is_left, body = excluded.body",
            (
                copy.card_id,
                copy.issue_id,
                copy.key,
                copy.synced_rev,
                len(copy.clashes),
                int(copy.is_left),
                body,
            ),
        )
        self._know(body, copy)

    def remove_issue_copy(self, card_id: CardId) -> None:
        self._db.execute("DELETE FROM tracker_issue WHERE card_id = ?", (card_id,))

    def outbox(self, card_id: CardId | None = None) -> Sequence[OutboxEntry]:
        if card_id is None:
            return self._bodies("SELECT body FROM tracker_outbox ORDER BY seq", OutboxEntry)
        sql = "SELECT body FROM tracker_outbox WHERE card_id = ? ORDER BY seq"
        return self._bodies(sql, OutboxEntry, (card_id,))

    def save_entry(self, entry: OutboxEntry) -> None:
        self._db.execute(
            "INSERT INTO tracker_outbox (key, card_id, body) VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET body = excluded.body",
            (entry.key, entry.card_id, dump(entry)),
        )

    def remove_entry(self, key: str) -> None:
        self._db.execute("DELETE FROM tracker_outbox WHERE key = ?", (key,))
