"""Runs, their jobs and gates, and the artifacts they built."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from devops_tui.domain.errors import NotFound, RevisionConflict
from devops_tui.domain.ids import Digest, JobId, RunId
from devops_tui.domain.pipeline import Artifact, Gate, JobRun, Run, State
from devops_tui.stores.sql.journal import SqlJournal, dump, load

# A walk reads all jobs of its run whenever one of them moved: what did not move is known.


@lru_cache(maxsize=512)
def _run(body: str) -> Run:
    return load(Run, body)


@lru_cache(maxsize=2048)
def _job(body: str) -> JobRun:
    return load(JobRun, body)


class SqlRuns(SqlJournal):
    """Implements that part of ports.store.Runs that is not log."""

    def next_run_number(self, pipeline: str) -> int:
        return self._next(f"run:{pipeline}")

    def add_run(self, run: Run) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO run (id, pipeline, number, state, created_at, body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.plan.pipeline,
                    run.number,
                    run.state,
                    run.created_at.isoformat(),
                    dump(run),
                ),
            )
            for place, job_id in enumerate(run.plan.job_ids):
                job = JobRun(run.id, job_id)
                self._db.execute(
                    "INSERT INTO job (run_id, job_id, place, state, body) VALUES (?, ?, ?, ?, ?)",
                    (run.id, job_id, place, job.state, dump(job)),
                )

    def save_run(self, run: Run, expected: State) -> None:
        changed = self._db.execute(
            "UPDATE run SET state = ?, body = ? WHERE id = ? AND state = ?",
            (run.state, dump(run), run.id, expected),
        )
        if changed != 1:
            raise RevisionConflict(f"run {run.id} is no longer {expected}", "Look at it again.")

    def run(self, run_id: RunId) -> Run:
        row = self._db.row("SELECT body FROM run WHERE id = ?", (run_id,))
        if row is None:
            raise NotFound(f"no run {run_id}", "`devops-tui runs` lists them.")
        return _run(row[0])

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[Run]:
        if pipeline is None:
            rows = self._db.rows(
                "SELECT body FROM run ORDER BY created_at DESC, number DESC LIMIT ?", (limit,)
            )
        else:
            rows = self._db.rows(
                "SELECT body FROM run WHERE pipeline = ? ORDER BY number DESC LIMIT ?",
                (pipeline, limit),
            )
        return [_run(row[0]) for row in rows]

    def unfinished_runs(self) -> Sequence[Run]:
        rows = self._db.rows(
            "SELECT body FROM run WHERE state IN ('waiting', 'running', 'asking') "
            "ORDER BY created_at, number"
        )
        return [_run(row[0]) for row in rows]

    def latest_runs(self) -> Sequence[Run]:
        # from one pipeline's name to the next by the index: old runs cost nothing
        rows = self._db.rows(
            "WITH RECURSIVE known (name) AS ("
            "SELECT min(pipeline) FROM run UNION ALL "
            "SELECT (SELECT min(pipeline) FROM run WHERE pipeline > known.name) FROM known "
            "WHERE known.name IS NOT NULL) "
            "SELECT (SELECT body FROM run WHERE pipeline = known.name "
            "ORDER BY number DESC LIMIT 1) FROM known WHERE known.name IS NOT NULL "
            "ORDER BY known.name"
        )
        return [_run(row[0]) for row in rows]

    def job_runs(self, run_id: RunId) -> Sequence[JobRun]:
        rows = self._db.rows("SELECT body FROM job WHERE run_id = ? ORDER BY place", (run_id,))
        return [_job(row[0]) for row in rows]

    def gates_of(self, run_ids: Sequence[RunId]) -> Sequence[Gate]:
        if not run_ids:
            return []
        marks = ", ".join("?" * len(run_ids))
        return self._bodies(
            f"SELECT body FROM gate WHERE run_id IN ({marks})",  # noqa: S608 - marks only
            Gate,
            tuple(run_ids),
        )

    def job_run(self, run_id: RunId, job_id: JobId) -> JobRun:
        row = self._db.row("SELECT body FROM job WHERE run_id = ? AND job_id = ?", (run_id, job_id))
        if row is None:
            raise NotFound(f"no job {job_id} in {run_id}", "`devops-tui runs` lists the runs.")
        return _job(row[0])

    def save_job(self, job: JobRun, expected: State) -> None:
        changed = self._db.execute(
            "UPDATE job SET state = ?, body = ? WHERE run_id = ? AND job_id = ? AND state = ?",
            (job.state, dump(job), job.run_id, job.job_id, expected),
        )
        if changed != 1:
            raise RevisionConflict(
                f"{job.job_id} of {job.run_id} is no longer {expected}", "Look at it again."
            )

    def open_gate(self, gate: Gate) -> None:
        self._db.execute(
            "INSERT INTO gate (run_id, job_id, state, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run_id, job_id) DO NOTHING",
            (gate.run_id, gate.job_id, gate.state, dump(gate)),
        )

    def reopen_gate(self, gate: Gate) -> None:
        changed = self._db.execute(
            "UPDATE gate SET state = ?, body = ? WHERE run_id = ? AND job_id = ? AND state <> ?",
            (gate.state, dump(gate), gate.run_id, gate.job_id, State.ASKING),
        )
        if changed != 1:
            raise RevisionConflict(
                f"{gate.job_id} of {gate.run_id} asks already", "Look at it again."
            )

    def gates(self, run_id: RunId) -> Sequence[Gate]:
        return self._bodies("SELECT body FROM gate WHERE run_id = ?", Gate, (run_id,))

    def decide_gate(self, gate: Gate) -> None:
        changed = self._db.execute(
            "UPDATE gate SET state = ?, body = ? WHERE run_id = ? AND job_id = ? AND state = ?",
            (gate.state, dump(gate), gate.run_id, gate.job_id, State.ASKING),
        )
        if changed != 1:
            raise RevisionConflict(
                f"{gate.job_id} of {gate.run_id} was decided already", "Look at it again."
            )

    def add_artifact(self, artifact: Artifact) -> None:
        self._db.execute(
            "INSERT INTO artifact (run_id, name, digest, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run_id, name) DO UPDATE SET "
            "digest = excluded.digest, body = excluded.body",
            (artifact.run_id, artifact.name, artifact.digest, dump(artifact)),
        )

    def artifact(self, digest: Digest) -> Artifact:
        row = self._db.row("SELECT body FROM artifact WHERE digest = ?", (digest,))
        if row is None:
            raise NotFound(f"no artifact {digest}", "Was it built by another workspace?")
        return load(Artifact, row[0])

    def artifacts(self, run_id: RunId) -> Sequence[Artifact]:
        return self._bodies(
            "SELECT body FROM artifact WHERE run_id = ? ORDER BY name", Artifact, (run_id,)
        )

    def add_baseline(self, pipeline: str, job_id: JobId, run_id: RunId, hashes: bytes) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO baseline (pipeline, job_id, run_id, hashes) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (pipeline, job_id, run_id) DO NOTHING",
                (pipeline, job_id, run_id, hashes),
            )
            self._db.execute(
                "DELETE FROM baseline WHERE pipeline = ? AND job_id = ? AND seq NOT IN "
                "(SELECT seq FROM baseline WHERE pipeline = ? AND job_id = ? "
                "ORDER BY seq DESC LIMIT 10)",
                (pipeline, job_id, pipeline, job_id),
            )

    def baselines(self, pipeline: str, job_id: JobId, limit: int = 5) -> Sequence[bytes]:
        rows = self._db.rows(
            "SELECT hashes FROM baseline WHERE pipeline = ? AND job_id = ? "
            "ORDER BY seq DESC LIMIT ?",
            (pipeline, job_id, limit),
        )
        return [row[0] for row in rows]

    def baseline_runs(self, pipeline: str, job_id: JobId, limit: int = 5) -> Sequence[RunId]:
        rows = self._db.rows(
            "SELECT run_id FROM baseline WHERE pipeline = ? AND job_id = ? "
            "ORDER BY seq DESC LIMIT ?",
            (pipeline, job_id, limit),
        )
        return [RunId(row[0]) for row in rows]
