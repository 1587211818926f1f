"""Clears away what ended jobs left: spools on hosts, folders of those that went well."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.domain.work import BringUp, MeasureLoad, RetireColour, RunCommand
from devops_tui.ports.engine import Aftermath
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.tools import DOWN, UP, JobTools, task_id

log = logging.getLogger(__name__)


class Clearing:
    """An Aftermath that calls another one first, and then clears away.

    A spool may go only after the verdict is durable: it is what says, after a crash,
    that the command ran. The folder of a failed job stays for ten runs, for a look into it.
    """

    def __init__(self, tools: JobTools, checkouts: Checkouts, inner: Aftermath) -> None:
        self._tools = tools
        self._checkouts = checkouts
        self._inner = inner

    async def job_ended(self, run: Run, record: JobRun) -> None:
        """Calls the inner one, then clears even when that broke."""
        try:
            await self._inner.job_ended(run, record)
        finally:
            for host, part in self._left_on(run, record):
                await self._clean(run, record, host, part)
            if record.state is State.OK:
                for attempt in range(1, record.attempt + 1):
                    await self._checkouts.remove(run, record.job_id, attempt)

    async def run_ended(self, run: Run) -> None:
        """Calls the inner one, then prunes old folders."""
        try:
            await self._inner.run_ended(run)
        finally:
            await self._checkouts.prune(run.plan.pipeline)

    def _left_on(self, run: Run, record: JobRun) -> Sequence[tuple[HostName, str]]:
        """The hosts, and the part of the task's id; a lost command's spool stays for a look."""
        work = run.plan.job(record.job_id).work
        if record.is_reused or record.state is State.LOST:
            return ()
        if isinstance(work, RunCommand):
            return [(host, "") for host in work.hosts or (THIS_MACHINE,)]
        if isinstance(work, MeasureLoad):
            return [(THIS_MACHINE, "")]
        workspace = self._tools.store.workspace()
        if not isinstance(work, BringUp | RetireColour) or workspace is None:
            return ()
        if work.service in workspace.services:
            part = UP if isinstance(work, BringUp) else DOWN
            colours = workspace.services[work.service].colours.values()
            return [(host, part) for host in sorted({h for s in colours for h in s.hosts})]
        return ()

    async def _clean(self, run: Run, record: JobRun, host: HostName, part: str) -> None:
        for attempt in range(1, record.attempt + 1):
            try:
                runner = self._tools.runners.on(host)
                await runner.clean(task_id(run, record.job_id, attempt, host, part))
            except DevopsError as error:
                # a spool that stays costs a few kilobytes; the run is over all the same
                log.info("spool of %s on %s stays: %s", run.id, host, error)
