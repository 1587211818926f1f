"""What commands wrote, in chunks as it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.stores.sql.journal import SqlJournal


class SqlLogs(SqlJournal):
    """Implements the log part of ports.store.Runs."""

    def append_log(self, chunks: Sequence[LogChunk]) -> None:
        with self._db.transaction():
            self._db.execute_many(
                "INSERT INTO log (run_id, job_id, attempt, host, place, at, data) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (run_id, job_id, attempt, host, place) DO NOTHING",
                [
                    (c.run_id, c.job_id, c.attempt, c.host, c.offset, c.at.isoformat(), c.data)
                    for c in chunks
                ],
            )

    def log_size(self, run_id: RunId, job_id: JobId, attempt: int, host: HostName) -> int:
        row = self._db.row(
            "SELECT place + length(data) FROM log WHERE run_id = ? AND job_id = ? "
            "AND attempt = ? AND host = ? ORDER BY place DESC LIMIT 1",
            (run_id, job_id, attempt, host),
        )
        return int(row[0]) if row else 0

    def log(
        self, run_id: RunId, job_id: JobId | None = None, after: int = 0, limit: int = 2000
    ) -> Sequence[LogChunk]:
        select = "SELECT run_id, job_id, attempt, host, place, data, at, seq FROM log "
        end = "AND seq > ? ORDER BY seq LIMIT ?"
        if job_id is None:
            rows = self._db.rows(f"{select} WHERE run_id = ? {end}", (run_id, after, limit))
        else:
            which = "WHERE run_id = ? AND job_id = ?"
            rows = self._db.rows(f"{select} {which} {end}", (run_id, job_id, after, limit))
        return [
            LogChunk(RunId(r), JobId(j), a, HostName(h), o, d, datetime.fromisoformat(t), s)
            for r, j, a, h, o, d, t, s in rows
        ]
