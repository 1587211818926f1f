"""What commands wrote, in chunks as it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.pipeline import LogChunk
from devops_tui.stores.sqlite.journal import SqliteJournal


class SqliteLogs(SqliteJournal):
    """Implements the log part of ports.store.Runs."""

    def append_log(self, chunks: Sequence[LogChunk]) -> None:
        with self._db.transaction():
            for chunk in chunks:
                self._db.execute(
                    "INSERT OR IGNORE INTO log (run_id, job_id, attempt, host, place, at, data) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        chunk.run_id,
                        chunk.job_id,
                        chunk.attempt,
                        chunk.host,
                        chunk.offset,
                        chunk.at.isoformat(),
                        chunk.data,
                    ),
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
        rows = self._db.rows(
            "SELECT run_id, job_id, attempt, host, place, data, at, seq FROM log "
            "WHERE run_id = ? AND seq > ? AND (? IS NULL OR job_id = ?) ORDER BY seq LIMIT ?",
            (run_id, after, job_id, job_id, limit),
        )
        return [
            LogChunk(RunId(r), JobId(j), a, HostName(h), o, d, datetime.fromisoformat(t), s)
            for r, j, a, h, o, d, t, s in rows
        ]
