"""What operators did to cards, for undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from devops_tui.domain.card_change import LEVELS, CardChange
from devops_tui.domain.errors import RevisionConflict
from devops_tui.domain.ids import CardId
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_COLUMNS = "seq, together, is_undone, rev_before, rev_after, body"


class SqlCardChanges(SqlJournal):
    """Implements ports.card_changes.CardChanges."""

    def add_card_change(self, change: CardChange) -> CardChange:
        self._db.execute(
            "DELETE FROM card_change WHERE actor = ? AND is_undone = 1", (change.actor,)
        )
        (seq,) = self._db.returning(
            "INSERT INTO card_change "
            "(actor, card_id, together, is_undone, rev_before, rev_after, body) "
            "VALUES (?, ?, ?, 0, ?, ?, ?) RETURNING seq",
            (
                change.actor,
                change.card_id,
                change.group,
                change.rev_before,
                change.rev_after,
                dump(change),
            ),
        )
        group = change.group or int(seq)
        if not change.group:
            self._db.execute("UPDATE card_change SET together = ? WHERE seq = ?", (group, seq))
        self._forget(change.actor)
        return replace(change, seq=int(seq), group=group)

    def last_card_changes(self, actor: str, *, is_undone: bool) -> Sequence[CardChange]:
        best, order = ("MIN", "ASC") if is_undone else ("MAX", "DESC")
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM card_change WHERE actor = ? AND together = "  # noqa: S608 - constants
            f"(SELECT {best}(together) FROM card_change WHERE actor = ? AND is_undone = ?) "
            f"ORDER BY seq {order}",
            (actor, actor, int(is_undone)),
        )
        return [_change(row) for row in rows]

    def turn_card_change(self, change: CardChange, rev: int) -> None:
        is_undone = not change.is_undone
        self._db.execute(
            "UPDATE card_change SET is_undone = ? WHERE seq = ?", (int(is_undone), change.seq)
        )
        before = change.rev_before if is_undone else change.rev_after
        self.follow_card(change.card_id, before, rev)

    def follow_card(self, card_id: CardId, old: int, new: int) -> None:
        for column in ("rev_before", "rev_after"):
            self._db.execute(
                f"UPDATE card_change SET {column} = ? WHERE card_id = ? AND {column} = ?",  # noqa: S608 - constants
                (new, card_id, old),
            )

    def remove_card(self, card_id: CardId, expected_rev: int) -> None:
        removed = self._db.execute(
            "DELETE FROM card WHERE id = ? AND rev = ?", (card_id, expected_rev)
        )
        if removed != 1:
            raise RevisionConflict(
                f"{card_id} was changed by somebody else meanwhile", "Look at it and try again."
            )

    def _forget(self, actor: str) -> None:
        oldest = self._db.row(
            "SELECT DISTINCT together FROM card_change WHERE actor = ? "
            "ORDER BY together DESC LIMIT 1 OFFSET ?",
            (actor, LEVELS),
        )
        if oldest is not None:
            self._db.execute(
                "DELETE FROM card_change WHERE actor = ? AND together <= ?", (actor, oldest[0])
            )


def _change(row: Sequence[Any]) -> CardChange:
    seq, group, is_undone, rev_before, rev_after, body = row
    return replace(
        load(CardChange, body),
        seq=int(seq),
        group=int(group),
        is_undone=bool(is_undone),
        rev_before=int(rev_before),
        rev_after=int(rev_after),
    )
