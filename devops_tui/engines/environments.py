"""One release per environment: who holds it, and who is next."""

from __future__ import annotations

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Run, State
from devops_tui.domain.walk import ready
from devops_tui.domain.work import BringUp, FlipTraffic, WatchHealth
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

LEASE_S = 15.0
RENEW_S = 5.0


class Environments:
    """Leases named `environment:<name>`, held by a run until it ends.

    Waiting runs go in the order in which they were created.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def needed(self, run: Run, job_id: JobId) -> str | None:
        """The environment that a job acts on; None when it acts on none that is known."""
        work = run.plan.job(job_id).work
        workspace = self._store.workspace()
        if workspace is None or not isinstance(work, BringUp | FlipTraffic | WatchHealth):
            return None
        try:
            return workspace.environment_of(work.service).name
        except NotFound:
            return None  # the executor says so in better words

    def take(self, run: Run, name: str) -> str | None:
        """Takes the environment; returns what the run waits for, or None when it has it."""
        before = self._before(run, name)
        if before is not None:
            return f"waits for {before}, which is before it in the queue for {name}"
        now = self._clock.now()
        if self._store.take_lease(_lease(name), run.id, "a release", now, LEASE_S) is not None:
            return None
        lease = self._store.lease(_lease(name))
        if lease is None:
            return f"waits for {name}"
        return f"waits for {lease.holder}, which holds {name} since {lease.since:%H:%M} UTC"

    def renew(self, run: Run, name: str) -> bool:
        """Whether the run still holds the environment, for another LEASE_S seconds."""
        now = self._clock.now()
        return self._store.take_lease(_lease(name), run.id, "a release", now, LEASE_S) is not None

    def release(self, run: Run, name: str) -> None:
        """Gives the environment back."""
        self._store.release_lease(_lease(name), run.id)

    def _before(self, run: Run, name: str) -> RunId | None:
        """An older run that could act on the environment now."""
        for other in self._store.unfinished_runs():
            if (other.created_at, other.number, other.id) >= (run.created_at, run.number, run.id):
                continue
            states = {r.job_id: r.state for r in self._store.job_runs(other.id)}
            if self._waits(other, name, states):
                return other.id
        return None

    def _waits(self, run: Run, name: str, states: dict[JobId, State]) -> bool:
        return any(self.needed(run, job_id) == name for job_id in ready(run.plan, states))


def _lease(name: str) -> str:
    return f"environment:{name}"
