"""Where all unfinished runs stand, read once for all walkers of an engine."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from devops_tui.domain.audit import Lease
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.domain.walk import ready
from devops_tui.domain.work import BringUp, FlipTraffic, RetireColour, WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.owners import Ownership
from devops_tui.ports.store import Store

ENVIRONMENT = "environment:"
"""How the names of the leases on environments begin."""

_States = tuple[State, ...]

log = logging.getLogger(__name__)


class Standing:
    """Read again when the store's version moved: a hundred waiting walkers ask it for nothing.

    What it says may be a moment old. Whoever acts on it asks the store again, inside of the
    transaction that acts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version: int | None = None
        self._runs: Mapping[RunId, Run] = {}
        self._jobs: Mapping[RunId, Mapping[JobId, JobRun]] = {}
        self._owners: Mapping[RunId, Ownership] = {}
        self._workspace: Workspace | None = None
        self._has_workspace = False
        self._leases: Mapping[str, Lease] | None = None
        self._queues: dict[str, list[RunId]] = {}
        self._wanted: dict[RunId, tuple[_States, frozenset[str]]] = {}

    def jobs(self, run_id: RunId) -> Mapping[JobId, JobRun]:
        """The jobs of an unfinished run; empty for any other."""
        self._look()
        return self._jobs.get(run_id, {})

    def owners(self) -> Mapping[RunId, Ownership]:
        """Whose the unfinished runs are, oldest run first."""
        self._look()
        return self._owners

    def run(self, run_id: RunId) -> Run | None:
        """An unfinished run."""
        self._look()
        return self._runs.get(run_id)

    def queue(self, environment: str) -> list[RunId]:
        """The runs that could act on it now, in the order in which they were created."""
        self._look()
        return self._queues.get(environment, [])

    def lease(self, name: str) -> Lease | None:
        """Who holds an environment, or held it last."""
        self._look()
        if self._leases is None:
            self._leases = {lease.name: lease for lease in self._store.leases(ENVIRONMENT)}
        return self._leases.get(ENVIRONMENT + name)

    def needed(self, run: Run, job_id: JobId) -> str | None:
        """The environment that a job acts on; None when it acts on none that is known."""
        work = run.plan.job(job_id).work
        if not isinstance(work, BringUp | RetireColour | FlipTraffic | WatchHealth):
            return None
        if isinstance(work, WatchHealth) and work.flip:
            return None  # the flip is done: it is watched whoever has the environment
        if not self._has_workspace:
            self._workspace, self._has_workspace = self._store.workspace(), True
        if self._workspace is None:
            return None
        try:
            return self._workspace.environment_of(work.service).name
        except NotFound:
            return None  # the executor says so in better words

    def forget(self) -> None:
        """Has the next question read the store, whatever its version says."""
        self._version = None

    def _look(self) -> None:
        version = self._store.version()
        if version == self._version:
            return
        owned = self._store.owned_runs()
        self._runs = {run.id: run for run, _ in owned}
        self._owners = {run.id: owner for run, owner in owned}
        self._jobs = self._store.jobs_of(list(self._runs)) if owned else {}
        self._leases, self._has_workspace = None, False  # read when somebody asks
        self._version = version
        self._line_up()

    def _line_up(self) -> None:
        self._wanted = {i: w for i, w in self._wanted.items() if i in self._runs}
        self._queues = {}
        for run_id, run in self._runs.items():
            if run.plan.runs_on and not self._is_walked(run_id):
                continue  # nobody may ever come who can walk it: it must not hold others up
            for name in self._environments(run):
                self._queues.setdefault(name, []).append(run_id)

    def _is_walked(self, run_id: RunId) -> bool:
        owner = self._owners.get(run_id)
        return owner is not None and owner.is_alive

    def _environments(self, run: Run) -> frozenset[str]:
        jobs = self._jobs.get(run.id, {})
        states = tuple(record.state for record in jobs.values())
        known = self._wanted.get(run.id)
        if known is not None and known[0] == states:
            return known[1]
        try:
            able = ready(run.plan, {i: r.state for i, r in jobs.items()}) if jobs else ()
            names = [self.needed(run, job_id) for job_id in able]
        except Exception:
            # a plan that cannot be walked ends its own run, in its own walk, and no other
            log.exception("where %s stands", run.id)
            names = []
        found = frozenset(name for name in names if name is not None)
        self._wanted[run.id] = (states, found)
        return found
