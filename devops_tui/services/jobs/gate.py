"""Asks a person, and waits for the answer in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from devops_tui.domain.errors import Refused, RevisionConflict
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import (
    AskApproval,
    BringUp,
    FlipTraffic,
    Gate,
    Job,
    JobRun,
    Plan,
    Run,
    State,
    WatchHealth,
)
from devops_tui.ports.engine import Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EXPIRY_LOOK_S = 1.0


class GateJobs:
    """Executes AskApproval.

    The question stands in the store: a worker that comes later waits for the same one.

    Args:
        changed: Returns when the store may have changed.

    Cancel: the question is closed, unless the worker hands over.
    """

    def __init__(
        self, store: Store, clock: Clock, leaving: Leaving, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._leaving = leaving
        self._changed = changed

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor."""
        if not isinstance(job.work, AskApproval):
            raise Refused(f"{job_id} is not an approval")
        record = self._ask(run, plan, record, job.work)
        try:
            gate = await self._decision(record)
        except asyncio.CancelledError:
            if not self._leaving.is_on:
                self._close(record, State.CANCELLED, "the run was cancelled")
            raise
        return replace(record, state=gate.state, why=_why(gate))

    def _ask(self, run: Run, plan: Plan, record: JobRun, work: AskApproval) -> JobRun:
        asking = replace(record, state=State.ASKING)
        with self._store.transaction():
            if self._gate(record) is None:
                now = self._clock.now()
                gate = Gate(
                    run.id,
                    record.job_id,
                    State.ASKING,
                    now,
                    plan.hash,
                    evidence(self._store, run, plan),
                    now + timedelta(seconds=work.expires_s),
                )
                self._store.open_gate(gate)
                data = {"job": record.job_id, "plan_hash": plan.hash}
                self._store.append(Event("gate.opened", run.id, now, data=data))
            if record.state is not State.ASKING:
                self._store.save_job(asking, record.state)
        return asking

    async def _decision(self, record: JobRun) -> Gate:
        while True:
            gate = self._gate(record)
            if gate is None:
                raise Refused(f"the question of {record.job_id} is gone from the store")
            if gate.state is not State.ASKING:
                return gate
            if gate.expires_at is not None and self._clock.now() >= gate.expires_at:
                self._close(record, State.TIMED_OUT, "nobody answered in time")
                continue
            await self._until_a_look_pays()

    async def _until_a_look_pays(self) -> None:
        waits = [
            asyncio.ensure_future(self._changed()),
            asyncio.ensure_future(self._clock.sleep(_EXPIRY_LOOK_S)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _gate(self, record: JobRun) -> Gate | None:
        gates = self._store.gates(record.run_id)
        return next((g for g in gates if g.job_id == record.job_id), None)

    def _close(self, record: JobRun, state: State, why: str) -> None:
        gate = self._gate(record)
        if gate is None:
            return
        with suppress(RevisionConflict):  # a person was faster, and counts
            self._store.decide_gate(
                replace(gate, state=state, decided_at=self._clock.now(), why=why)
            )


def evidence(store: Store, run: Run, plan: Plan) -> dict[str, Json]:
    """What a person should see before the answer."""
    services = {
        str(job.work.service)
        for stage in plan.stages
        for job in stage.jobs
        if isinstance(job.work, BringUp | FlipTraffic | WatchHealth)
    }
    statuses = [s for s in store.service_statuses() if s.name in services]
    return {
        "commit": plan.commit.id if plan.commit is not None else "",
        "commits": [{"id": c.id, "subject": c.subject, "author": c.author} for c in run.commits],
        "artifacts": [
            {"name": a.name, "digest": a.digest, "size_bytes": a.size_bytes}
            for a in store.artifacts(run.id)
        ],
        "load": {r.job_id: dict(r.figures) for r in store.job_runs(run.id) if r.figures},
        "versions": {
            s.name: {"live": s.live, "versions": dict(s.versions), "digests": dict(s.digests)}
            for s in statuses
        },
    }


def _why(gate: Gate) -> str:
    if gate.state is State.OK:
        return f"approved by {gate.decided_by}: {gate.why}"
    if gate.state is State.FAILED:
        return f"rejected by {gate.decided_by}: {gate.why}"
    return gate.why
