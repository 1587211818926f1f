"""What is still to be done after ends."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.follow_up import FollowUp
from devops_tui.domain.ids import JobId, RunId
from devops_tui.stores.sql.journal import SqlJournal


class SqlFollowUps(SqlJournal):
    """Implements ports.follow_ups.FollowUps."""

    def owe(self, run_id: RunId, job_id: JobId | None = None) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO follow_up (place, run_id, job_id, is_told) VALUES (?, ?, ?, 0) "
                "ON CONFLICT (run_id, job_id) DO UPDATE SET "
                "place = excluded.place, is_told = 0",
                (self._next("follow-up"), run_id, job_id or ""),
            )

    def owed(self) -> Sequence[FollowUp]:
        rows = self._db.rows("SELECT run_id, job_id, is_told FROM follow_up ORDER BY place")
        return [FollowUp(RunId(r), JobId(j) if j else None, bool(t)) for r, j, t in rows]

    def tell(self, run_id: RunId, job_id: JobId | None = None) -> bool:
        with self._db.transaction():
            row = self._db.row(
                "SELECT is_told FROM follow_up WHERE run_id = ? AND job_id = ?",
                (run_id, job_id or ""),
            )
            if row is None:
                return True
            self._db.execute(
                "UPDATE follow_up SET is_told = 1 WHERE run_id = ? AND job_id = ?",
                (run_id, job_id or ""),
            )
        return not row[0]

    def settle(self, run_id: RunId, job_id: JobId | None = None) -> None:
        self._db.execute(
            "DELETE FROM follow_up WHERE run_id = ? AND job_id = ?", (run_id, job_id or "")
        )
