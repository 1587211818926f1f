"""One release per environment, over all workers: who holds it, and who is next."""

from __future__ import annotations

from devops_tui.domain.audit import Lease
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Run
from devops_tui.domain.walk import ready
from devops_tui.engines.opening import Opening
from devops_tui.engines.standing import ENVIRONMENT, Standing
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

LEASE_S = 15.0
RENEW_S = 3.0


class Environments:
    """Leases named `environment:<name>`, held by a run until it ends.

    Waiting runs go in the order in which they were created, whichever worker walks them.

    Args:
        machine: Of this worker, as the holder's line names it.
    """

    def __init__(self, store: Store, clock: Clock, standing: Standing, machine: str = "") -> None:
        self._store = store
        self._clock = clock
        self._standing = standing
        self._machine = machine
        self._opening = Opening(store, clock)

    def needed(self, run: Run, job_id: JobId) -> str | None:
        """The environment that a job acts on; None when it acts on none that is known."""
        return self._standing.needed(run, job_id)

    def hold(self, run: Run, name: str) -> str | None:
        """What the run waits for as far as is known; None when it may try to take it.

        Asks for nothing unless the store changed: waiting runs ask again and again.
        """
        lease = self._standing.lease(name)
        if lease is not None and lease.holder == run.id:
            return None
        is_held = lease is not None and lease.expires_at > self._clock.now()
        before = self._before(run, name)
        if lease is not None and is_held:
            return _held(name, lease, before)
        return _queued(name, before) if before else None

    def take(self, run: Run, name: str) -> str | None:
        """Takes the environment; returns what the run waits for, or None when it has it.

        Inside of a transaction: no older run can come between.
        """
        self._standing.forget()
        hold = self.hold(run, name)
        self._standing.forget()  # it was read inside of a transaction that may be undone
        if hold is not None:
            return hold
        return None if self.renew(run, name) else f"waits for {name}"

    def renew(self, run: Run, name: str) -> bool:
        """Whether the run holds the environment, for another LEASE_S seconds."""
        reason = self._reason(run)
        now = self._clock.now()
        return self._store.take_lease(_lease(name), run.id, reason, now, LEASE_S) is not None

    def release(self, run: Run, name: str) -> None:
        """Gives the environment back."""
        self._store.release_lease(_lease(name), run.id)

    def _before(self, run: Run, name: str) -> list[str]:
        """Older runs that could act on the environment now."""
        queue = self._standing.queue(name)
        mine = (run.created_at, run.number, run.id)
        older = []
        for run_id in queue:
            other = self._standing.run(run_id)
            if other is None or (other.created_at, other.number, other.id) >= mine:
                continue
            states = {i: r.state for i, r in self._standing.jobs(run_id).items()}
            able = [i for i in ready(other.plan, states) if self.needed(other, i) == name]
            if not self._opening.holds_all(other, able):
                older.append(str(run_id))
        return older

    def _reason(self, run: Run) -> str:
        commit = run.plan.commit
        what = f"release of {commit.short}" if commit is not None else "a release"
        where = f" on {self._machine}" if self._machine else ""
        return f"{run.actor}{where}, {what}"


def _held(name: str, lease: Lease, before: list[str]) -> str:
    place = f"; {len(before)} before it" if before else ""
    who = f" ({lease.reason})" if lease.reason else ""
    return f"waits for {name}, held by {lease.holder} since {lease.since:%H:%M} UTC{who}{place}"


def _queued(name: str, before: list[str]) -> str:
    more = f" and {len(before) - 1} more" if len(before) > 1 else ""
    return f"waits for {name}: {before[0]}{more} before it in the queue"


def _lease(name: str) -> str:
    return ENVIRONMENT + name
