"""Spools of ended runs that could not be cleaned when their job ended: here and on hosts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import THIS_MACHINE, HostName, RunId
from devops_tui.domain.pipeline import ENDS, Run
from devops_tui.domain.retention import Prunable, Rest
from devops_tui.domain.work import BringUp, MeasureLoad, RetireColour, RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.transport import Runners

_RUNS_LOOKED_AT = 2000


def birth_mark(run: Run) -> str:
    """The end of the ids of a run's commands; no other workspace's run has it."""
    return hashlib.sha256(f"{run.id} {run.created_at.isoformat()}".encode()).hexdigest()[:8]


class Spools:
    """Looks at the hosts that runs were on, and cleans what is theirs and old.

    A spool says, after a crash, how a command ended: only those of runs that have ended
    long ago go, and never one of another workspace that shares the login.
    """

    def __init__(self, store: Store, clock: Clock, runners: Runners) -> None:
        self._store = store
        self._clock = clock
        self._runners = runners

    async def remove_old(self, workspace: Workspace) -> tuple[list[Prunable], list[str]]:
        """What went, and what could not be done; a host that is away is left for next time."""
        runs = list(self._old_runs(workspace))
        marks = {birth_mark(run): run.id for run in runs}
        gone: list[Prunable] = []
        errors: list[str] = []
        for host in _hosts(runs, workspace):
            try:
                count = await self._clean(host, marks)
            except DevopsError as error:
                errors.append(f"spool on {host}: {error}")
            else:
                if count:
                    gone.append(Prunable(Rest.SPOOL, host, "their runs ended", None, count))
        return gone, errors

    async def _clean(self, host: HostName, marks: Mapping[str, RunId]) -> int:
        runner = self._runners.on(host)
        count = 0
        for task in await runner.tasks():
            run_id = marks.get(task.rpartition(".")[2])
            if run_id is not None and task.startswith(f"{run_id}."):
                await runner.clean(task)
                count += 1
        return count

    def _old_runs(self, workspace: Workspace) -> Iterator[Run]:
        """Those that ended before the limit."""
        oldest = self._clock.now() - timedelta(seconds=workspace.retention.checkouts_s)
        for run in self._store.runs(limit=_RUNS_LOOKED_AT):
            if run.state in ENDS and (run.ended_at or run.created_at) < oldest:
                yield run


def _hosts(runs: Iterable[Run], workspace: Workspace) -> list[HostName]:
    """Those that these runs had commands on, as far as they are still in the workspace."""
    found: dict[HostName, None] = {}
    works = (job.work for run in runs for stage in run.plan.stages for job in stage.jobs)
    for work in works:
        if isinstance(work, RunCommand | MeasureLoad):
            found |= dict.fromkeys(getattr(work, "hosts", ()) or (THIS_MACHINE,))
        elif isinstance(work, BringUp | RetireColour) and work.service in workspace.services:
            for servers in workspace.services[work.service].colours.values():
                found |= dict.fromkeys(servers.hosts)
    return [host for host in found if host == THIS_MACHINE or host in workspace.hosts]
