"""Artifacts over all runs, and the removal of rows in short pieces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from devops_tui.domain.artifact import Holding
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import Artifact, State
from devops_tui.domain.retention import RunMark
from devops_tui.stores.sql.journal import SqlJournal, dump, load


class SqlHoldings(SqlJournal):
    """Implements ports.retention.Holdings."""

    def artifacts_of(self, digest: Digest) -> Sequence[Artifact]:
        found = self._bodies("SELECT body FROM artifact WHERE digest = ?", Artifact, (digest,))
        return sorted(found, key=lambda a: (a.origin is not None, a.stored_at, a.run_id))

    def artifacts_named(self, name: str, limit: int = 50) -> Sequence[Artifact]:
        ending = "%/" + name.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        found = self._bodies(
            "SELECT body FROM artifact WHERE name = ? OR name LIKE ? ESCAPE '!'",
            Artifact,
            (name, ending),
        )
        # SQLite's LIKE takes capitals for small letters
        same = [a for a in found if name in (a.name, PurePosixPath(a.name).name)]
        same = same or [a for a in found if a.name.endswith(f"/{name}")]
        return sorted(same, key=lambda a: (a.stored_at, a.run_id), reverse=True)[:limit]

    def digests_like(self, start: str, limit: int = 10) -> Sequence[Digest]:
        first = f"sha256:{start}"
        rows = self._db.rows(
            "SELECT DISTINCT digest FROM artifact WHERE digest >= ? AND digest < ? "
            "ORDER BY digest LIMIT ?",
            (first, f"{first}g", limit),  # "g" comes after every hex digit
        )
        return [Digest(row[0]) for row in rows]

    def holding(self, digest: Digest) -> Holding:
        row = self._db.row("SELECT body FROM holding WHERE digest = ?", (digest,))
        return load(Holding, row[0]) if row else Holding(digest)

    def holdings(self) -> Sequence[Holding]:
        return self._bodies("SELECT body FROM holding ORDER BY digest", Holding)

    def save_holding(self, holding: Holding) -> None:
        self._db.execute(
            "INSERT INTO holding (digest, body) VALUES (?, ?) "
            "ON CONFLICT (digest) DO UPDATE SET body = excluded.body",
            (holding.digest, dump(holding)),
        )


class SqlRoom(SqlJournal):
    """Implements ports.retention.Room.

    What a power cut brings back of the rows that were removed is removed again next time:
    so nobody waits for the disk here, and other writers do not either.
    """

    def run_marks(self) -> Sequence[RunMark]:
        rows = self._db.rows(
            "SELECT id, pipeline, number, state, created_at FROM run ORDER BY pipeline, number DESC"
        )
        return [
            RunMark(RunId(i), p, n, State(s), datetime.fromisoformat(t)) for i, p, n, s, t in rows
        ]

    def all_artifacts(self) -> Sequence[Artifact]:
        found = self._bodies("SELECT body FROM artifact", Artifact)
        return sorted(found, key=lambda a: a.stored_at, reverse=True)

    def log_room(self, run_id: RunId) -> tuple[int, int]:
        row = self._db.row(
            "SELECT count(*), coalesce(sum(length(data)), 0) FROM log WHERE run_id = ?", (run_id,)
        )
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def has_log(self, run_id: RunId) -> bool:
        return self._db.row("SELECT 1 FROM log WHERE run_id = ? LIMIT 1", (run_id,)) is not None

    def drop_log(self, run_id: RunId, chunks: int) -> int:
        with self._db.lazy_transaction():
            return self._db.execute(
                "DELETE FROM log WHERE seq IN "
                "(SELECT seq FROM log WHERE run_id = ? ORDER BY seq LIMIT ?)",
                (run_id, chunks),
            )

    def drop_run(self, run_id: RunId) -> None:
        with self._db.lazy_transaction():
            self._db.execute("DELETE FROM gate WHERE run_id = ?", (run_id,))
            self._db.execute("DELETE FROM artifact WHERE run_id = ?", (run_id,))
            self._db.execute("DELETE FROM job WHERE run_id = ?", (run_id,))
            self._db.execute("DELETE FROM run WHERE id = ?", (run_id,))

    def last_event_before(self, at: datetime) -> int:
        bounds = self._db.row("SELECT min(seq), max(seq) FROM event")
        if bounds is None or bounds[0] is None:
            return 0
        low, high = int(bounds[0]) - 1, int(bounds[1])
        while low < high:  # times follow the seq as closely as clocks do
            middle = (low + high + 1) // 2
            row = self._db.row(
                "SELECT seq, body FROM event WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (middle,)
            )
            if row is None or load(Event, row[1]).at < at:
                low = middle
            else:
                high = int(row[0]) - 1
        return max(low, 0)

    def old_events(self, until: int, keep: Collection[str]) -> int:
        select = "SELECT count(*) FROM event"
        row = self._db.row(f"{select} {_other_than(keep)}", (until, *keep))
        return int(row[0]) if row else 0

    def drop_events(self, until: int, keep: Collection[str], limit: int) -> int:
        select = "SELECT seq, hash FROM event"
        with self._db.lazy_transaction():
            rows = self._db.rows(
                f"{select} {_other_than(keep)} ORDER BY seq LIMIT ?", (until, *keep, limit)
            )
            for seq, digest in rows:
                self._db.execute("DELETE FROM event WHERE seq = ?", (seq,))
                self._db.execute("DELETE FROM event_gap WHERE seq = ?", (seq,))
                after = self._db.row("SELECT min(seq) FROM event WHERE seq > ?", (seq,))
                if after is not None and after[0] is not None:
                    self._db.execute(
                        "INSERT INTO event_gap (seq, hash) VALUES (?, ?) "
                        "ON CONFLICT (seq) DO UPDATE SET hash = excluded.hash",
                        (after[0], digest),
                    )
        return len(rows)


def _other_than(kinds: Collection[str]) -> str:
    return f"WHERE seq <= ? AND kind NOT IN ({', '.join('?' for _ in kinds)})"
