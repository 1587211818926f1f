"""Who walks which run, and who is behind the fence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from devops_tui.domain.audit import (
    WORKER_ENDS,
    Lease,
    Request,
    RequestState,
    Worker,
    WorkerState,
)
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import JobRun, Run
from devops_tui.ports.owners import Ownership
from devops_tui.stores.sql.fenced import FencedDatabase
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_OVER = tuple(sorted(WORKER_ENDS))
_AT_ONCE = 200
_UNFINISHED = "state IN ('waiting', 'running', 'asking')"
_LIVES = "EXISTS (SELECT 1 FROM worker WHERE worker.id = {} AND worker.state NOT IN (?, ?))"


@lru_cache(maxsize=8192)
def _job(body: str) -> JobRun:
    return load(JobRun, body)


@lru_cache(maxsize=1024)
def _run(body: str) -> Run:
    return load(Run, body)


class SqlOwners(SqlJournal):
    """Implements ports.owners.Owners."""

    def fence_by(self, worker_id: WorkerId, on_lost: Callable[[], None]) -> None:
        self._db = FencedDatabase(self._db, worker_id, on_lost)

    def claim_run(self, run_id: RunId, worker_id: WorkerId) -> int | None:
        with self._db.transaction():
            self._db.execute(
                f"UPDATE run SET owner = ?, fence = fence + 1 WHERE id = ? AND {_UNFINISHED} "  # noqa: S608 - constants
                f"AND owner <> ? AND NOT {_LIVES.format('run.owner')}",
                (worker_id, run_id, worker_id, *_OVER),
            )
            row = self._db.row(
                f"SELECT fence FROM run WHERE id = ? AND owner = ? AND {_UNFINISHED}",  # noqa: S608 - a constant
                (run_id, worker_id),
            )
        return int(row[0]) if row else None

    def give_back_runs(self, worker_id: WorkerId) -> None:
        self._db.execute(
            f"UPDATE run SET owner = '' WHERE owner = ? AND {_UNFINISHED}",  # noqa: S608 - a constant
            (worker_id,),
        )

    def owner(self, run_id: RunId) -> Ownership:
        row = self._db.row(
            f"SELECT owner, fence, {_LIVES.format('run.owner')} FROM run WHERE id = ?",  # noqa: S608 - constants
            (*_OVER, run_id),
        )
        if row is None:
            raise NotFound(f"no run {run_id}", "`devops-tui runs` lists them.")
        return Ownership(WorkerId(row[0]), int(row[1]), bool(row[2]))

    def owners(self) -> Mapping[RunId, Ownership]:
        rows = self._db.rows(
            f"SELECT id, owner, fence, {_LIVES.format('run.owner')} FROM run "  # noqa: S608 - constants
            f"WHERE {_UNFINISHED} ORDER BY created_at, number",
            _OVER,
        )
        return {RunId(i): Ownership(WorkerId(o), int(f), bool(a)) for i, o, f, a in rows}

    def owned_runs(self) -> Sequence[tuple[Run, Ownership]]:
        rows = self._db.rows(
            f"SELECT body, owner, fence, {_LIVES.format('run.owner')} FROM run "  # noqa: S608 - constants
            f"WHERE {_UNFINISHED} ORDER BY created_at, number",
            _OVER,
        )
        return [(_run(b), Ownership(WorkerId(o), int(f), bool(a))) for b, o, f, a in rows]

    def jobs_of(self, run_ids: Sequence[RunId]) -> Mapping[RunId, Mapping[JobId, JobRun]]:
        found: dict[RunId, dict[JobId, JobRun]] = {i: {} for i in run_ids}
        for start in range(0, len(run_ids), _AT_ONCE):
            some = run_ids[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._db.rows(
                f"SELECT run_id, body FROM job WHERE run_id IN ({marks}) ORDER BY run_id, place",  # noqa: S608 - marks
                some,
            )
            for run_id, body in rows:
                job = _job(body)
                found[RunId(run_id)][job.job_id] = job
        return found

    def fence_worker(self, worker_id: WorkerId) -> bool:
        with self._db.transaction():
            row = self._db.row("SELECT body FROM worker WHERE id = ?", (worker_id,))
            worker = load(Worker, row[0]) if row else None
            if worker is None or worker.state in WORKER_ENDS:
                return False
            fenced = replace(worker, state=WorkerState.FENCED)
            self._db.execute(
                "UPDATE worker SET state = ?, body = ? WHERE id = ?",
                (fenced.state, dump(fenced), worker_id),
            )
        return True

    def orphaned_requests(self) -> Sequence[Request]:
        rows = self._db.rows(
            "SELECT body FROM request WHERE state = ? "  # noqa: S608 - constants
            f"AND NOT {_LIVES.format('request.claimed_by')} ORDER BY seq",
            (RequestState.CLAIMED, *_OVER),
        )
        return [replace(load(Request, row[0]), state=RequestState.CLAIMED) for row in rows]

    def leases(self, prefix: str) -> Sequence[Lease]:
        rows = self._db.rows("SELECT name, body FROM lease ORDER BY name")
        return [load(Lease, body) for name, body in rows if name.startswith(prefix)]
