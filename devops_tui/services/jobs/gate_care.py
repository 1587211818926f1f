"""Cares for an open gate while people think: reminds them, keeps what they see true."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.event import Event
from devops_tui.domain.pipeline import Gate, Plan, Run, State
from devops_tui.domain.walk import failed_before
from devops_tui.domain.work import AskApproval
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.jobs.evidence import evidence
from devops_tui.services.jobs.gate_evidence import read_again

_LOOK_S = 1.0


class GateCare:
    """One open gate of one run.

    A look is taken once a second at most, however often the store changes.
    """

    def __init__(self, store: Store, clock: Clock, run: Run, plan: Plan, work: AskApproval) -> None:
        self._store = store
        self._clock = clock
        self._run = run
        self._plan = plan
        self._work = work
        self._looked_at: datetime | None = None

    def tend(self, gate: Gate) -> Gate | None:
        """The gate as it has to be stored now; None when it may stay as it is.

        Events that belong to the change are appended; call it inside a transaction.
        """
        now = self._clock.now()
        if self._looked_at is not None and now < self._looked_at + timedelta(seconds=_LOOK_S):
            return None
        self._looked_at = now
        states = {r.job_id: r.state for r in self._store.job_runs(self._run.id)}
        broken = failed_before(self._plan, gate.job_id, states)
        if broken is not None:
            why = f"{broken} ended {states[broken].replace('_', ' ')}: nothing is left to approve"
            self._say("gate.closed", gate, why)
            return replace(gate, state=State.CANCELLED, decided_at=now, why=why)
        read = read_again(
            self._store, self._clock, gate, evidence(self._store, self._run, self._plan)
        )
        return self._reminded(read or gate, now) or read

    def _reminded(self, gate: Gate, now: datetime) -> Gate | None:
        every_s = self._work.remind_s
        last = gate.reminded_at or gate.asked_at
        if every_s is None or now < last + timedelta(seconds=every_s):
            return None
        self._say("gate.reminded", gate, f"asked since {gate.asked_at:%Y-%m-%d %H:%M} UTC")
        return replace(gate, reminded_at=now)

    def _say(self, kind: str, gate: Gate, why: str) -> None:
        data = {"job": gate.job_id, "plan_hash": gate.plan_hash}
        self._store.append(Event(kind, gate.run_id, self._clock.now(), "worker", why, data))
