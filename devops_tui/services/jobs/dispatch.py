"""Gives each job to the executor of its kind of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.work import Work
from devops_tui.ports.engine import JobExecutor
from devops_tui.services.hiding import Mask, hide_in


class Dispatch:
    """Implements ports.engine.JobExecutor over one executor for each class of work.

    Args:
        mask: What the words of every verdict go through: hosts and tools write them, and
            they end in the store, on screens, and in messages.
    """

    def __init__(self, executors: Mapping[type[Work], JobExecutor], mask: Mask = str) -> None:
        self._executors = dict(executors)
        self._mask = mask

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            Refused: Nobody here does such work.
        """
        executor = self._executors.get(type(job.work))
        if executor is None:
            raise Refused(f"nobody here does the work {type(job.work).__name__}")
        try:
            ended = await executor.execute(run, plan, job_id, job, record)
        except Exception as error:
            hide_in(error, self._mask)
            raise
        hosts = tuple(replace(h, why=self._mask(h.why)) if h.why else h for h in ended.hosts)
        return replace(ended, why=self._mask(ended.why), hosts=hosts)
