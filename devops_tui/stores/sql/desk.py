"""Requests, leases, workers and clients: how processes find one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.audit import (
    CommandRecord,
    Lease,
    Request,
    RequestState,
    Worker,
    WorkerState,
)
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import RequestId, WorkerId
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_COMMANDS_KEPT = 2000


class SqlDesk(SqlJournal):
    """Implements ports.store.Desk."""

    def file_request(self, request: Request) -> None:
        self._db.execute(
            "INSERT INTO request (id, state, body) VALUES (?, ?, ?)",
            (request.id, request.state, dump(request)),
        )

    def request(self, request_id: RequestId) -> Request:
        row = self._db.row("SELECT state, body FROM request WHERE id = ?", (request_id,))
        if row is None:
            raise NotFound(f"no request {request_id}")
        return replace(load(Request, row[1]), state=RequestState(row[0]))

    def requests(self, state: RequestState | None = None, limit: int = 50) -> Sequence[Request]:
        if state is None:
            rows = self._db.rows(
                "SELECT state, body FROM request ORDER BY seq DESC LIMIT ?", (limit,)
            )
        else:
            rows = self._db.rows(
                "SELECT state, body FROM request WHERE state = ? ORDER BY seq LIMIT ?",
                (state, limit),
            )
        return [replace(load(Request, body), state=RequestState(s)) for s, body in rows]

    def claim_request(self, request_id: RequestId, worker_id: str = "") -> bool:
        changed = self._db.execute(
            "UPDATE request SET state = ?, claimed_by = ? WHERE id = ? AND state = ?",
            (RequestState.CLAIMED, worker_id, request_id, RequestState.FILED),
        )
        return changed == 1

    def end_request(self, request: Request) -> None:
        self._db.execute(
            "UPDATE request SET state = ?, body = ? WHERE id = ?",
            (request.state, dump(request), request.id),
        )

    def take_lease(
        self, name: str, holder: str, reason: str, now: datetime, ttl_s: float
    ) -> Lease | None:
        with self._db.transaction():
            row = self._db.row("SELECT body FROM lease WHERE name = ?", (name,))
            old = load(Lease, row[0]) if row else None
            expires_at = now + timedelta(seconds=ttl_s)
            if old is None:
                new = Lease(name, holder, reason, 1, now, expires_at)
            elif old.holder == holder and old.expires_at > now:
                new = replace(old, expires_at=expires_at, reason=reason)
            elif old.expires_at <= now:
                new = Lease(name, holder, reason, old.fence + 1, now, expires_at)
            else:
                return None
            self._db.execute(
                "INSERT INTO lease (name, holder, fence, expires_at, body) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
                "fence = excluded.fence, expires_at = excluded.expires_at, body = excluded.body",
                (name, holder, new.fence, new.expires_at.isoformat(), dump(new)),
            )
            return new

    def lease(self, name: str) -> Lease | None:
        row = self._db.row("SELECT body FROM lease WHERE name = ?", (name,))
        return load(Lease, row[0]) if row else None

    def release_lease(self, name: str, holder: str) -> None:
        with self._db.transaction():
            lease = self.lease(name)
            if lease is None or lease.holder != holder:
                return
            over = replace(lease, expires_at=lease.since)  # kept: the fence must go on growing
            self._db.execute(
                "UPDATE lease SET expires_at = ?, body = ? WHERE name = ?",
                (over.expires_at.isoformat(), dump(over), name),
            )

    def save_worker(self, worker: Worker) -> None:
        self._db.execute(
            "INSERT INTO worker (id, state, started_at, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
            "started_at = excluded.started_at, body = excluded.body",
            (worker.id, worker.state, worker.started_at.isoformat(), dump(worker)),
        )

    def workers(self) -> Sequence[Worker]:
        return self._bodies(
            "SELECT body FROM worker WHERE state NOT IN (?, ?) ORDER BY started_at DESC",
            Worker,
            (WorkerState.STOPPED, WorkerState.FENCED),
        )

    def worker(self, worker_id: WorkerId) -> Worker | None:
        row = self._db.row("SELECT body FROM worker WHERE id = ?", (worker_id,))
        return load(Worker, row[0]) if row else None

    def beat_client(self, client_id: str, view: str, at: datetime) -> None:
        self._db.execute(
            "INSERT INTO client (id, view, beat_at) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET view = excluded.view, beat_at = excluded.beat_at",
            (client_id, view, at.isoformat()),
        )

    def clients(self, since: datetime) -> Sequence[tuple[str, str]]:
        rows = self._db.rows(
            "SELECT id, view FROM client WHERE beat_at >= ? ORDER BY id", (since.isoformat(),)
        )
        return [(str(i), str(v)) for i, v in rows]

    def record_command(self, record: CommandRecord) -> None:
        with self._db.transaction():
            (seq,) = self._db.returning(
                "INSERT INTO command (body) VALUES (?) RETURNING seq", (dump(record),)
            )
            self._db.execute("DELETE FROM command WHERE seq <= ?", (seq - _COMMANDS_KEPT,))

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]:
        rows = self._db.rows("SELECT seq, body FROM command ORDER BY seq DESC LIMIT ?", (limit,))
        return [replace(load(CommandRecord, body), seq=seq) for seq, body in rows]
