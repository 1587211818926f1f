"""A question of a job to a person: stands in the store until somebody answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from devops_tui.domain.errors import Refused, RevisionConflict, StoreError
from devops_tui.domain.event import Event, Json
from devops_tui.domain.pipeline import Gate, JobRun, Plan, State
from devops_tui.ports.engine import Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EXPIRY_LOOK_S = 1.0

Tend = Callable[[Gate], Gate | None]


class Questions:
    """Puts questions and waits for the answers; each attempt of a job has one question.

    A worker that comes later waits for the same question.

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

    def of(self, record: JobRun) -> Gate | None:
        """The question of a job, open or answered; None when it has not asked."""
        gates = self._store.gates(record.run_id)
        return next((g for g in gates if g.job_id == record.job_id), None)

    async def ask(
        self,
        plan: Plan,
        record: JobRun,
        expires_s: float,
        evidence: Callable[[], Mapping[str, Json]],
        tend: Tend | None = None,
    ) -> JobRun:
        """The record with the answer: OK, FAILED, TIMED_OUT or CANCELLED.

        The record is stored as ASKING with all that it holds, together with the question.
        `tend` is asked again and again, in a transaction, what the open gate has to become.
        """
        record = self._put(plan, record, expires_s, evidence)
        return await self.answer(record, tend)

    async def answer(self, record: JobRun, tend: Tend | None = None) -> JobRun:
        """Waits for the answer to the question that stands already."""
        try:
            gate = await self._decision(record, tend)
        except asyncio.CancelledError:
            if not self._leaving.is_on:
                self._close(record, State.CANCELLED, "the run was cancelled")
            raise
        return replace(record, state=gate.state, why=_why(gate))

    def _put(
        self,
        plan: Plan,
        record: JobRun,
        expires_s: float,
        evidence: Callable[[], Mapping[str, Json]],
    ) -> JobRun:
        asking = replace(record, state=State.ASKING)
        with self._store.transaction():
            before = self.of(record)
            if before is None or before.attempt < record.attempt:
                now = self._clock.now()
                gate = Gate(
                    record.run_id,
                    record.job_id,
                    State.ASKING,
                    now,
                    plan.hash,
                    evidence(),
                    now + timedelta(seconds=expires_s),
                    attempt=record.attempt,
                )
                if before is None:
                    self._store.open_gate(gate)
                else:  # somebody had the job tried again: what was decided is in the events
                    self._store.reopen_gate(gate)
                data = {"job": record.job_id, "plan_hash": plan.hash}
                self._store.append(Event("gate.opened", record.run_id, now, data=data))
            if record.state is not State.ASKING:
                self._store.save_job(asking, record.state)
        return asking

    async def _decision(self, record: JobRun, tend: Tend | None) -> Gate:
        while True:
            gate = self.of(record)
            if gate is None:
                raise Refused(f"the question of {record.job_id} is gone from the store")
            if gate.state is not State.ASKING:
                return gate
            if gate.expires_at is not None and self._clock.now() >= gate.expires_at:
                self._close(record, State.TIMED_OUT, "nobody answered in time")
                continue
            if tend is not None and self._tended(record, tend):
                continue
            await self._until_a_look_pays()

    def _tended(self, record: JobRun, tend: Tend) -> bool:
        """Whether the gate was changed; a store that is held or full is asked again later."""
        try:
            with self._store.transaction():
                gate = self.of(record)
                if gate is None or gate.state is not State.ASKING:
                    return False
                changed = tend(gate)
                if changed is not None:
                    self._store.decide_gate(changed)
                return changed is not None
        except StoreError as error:
            if not error.is_retryable:
                raise
            return False

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

    def _close(self, record: JobRun, state: State, why: str) -> None:
        gate = self.of(record)
        if gate is None:
            return
        now = self._clock.now()
        with suppress(RevisionConflict), self._store.transaction():  # a person may be faster
            self._store.decide_gate(replace(gate, state=state, decided_at=now, why=why))
            if state is State.TIMED_OUT:
                data = {"job": record.job_id}
                self._store.append(Event("gate.expired", record.run_id, now, why=why, data=data))


def _why(gate: Gate) -> str:
    if gate.state is State.OK:
        before = "".join(f"{a.by} ({a.why}) and " for a in gate.approvals[:-1])
        return f"approved by {before}{gate.decided_by}: {gate.why}"
    if gate.state is State.FAILED:
        return f"rejected by {gate.decided_by}: {gate.why}"
    return gate.why
