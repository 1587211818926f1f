"""Gives each job to the executor of its kind of work."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.work import Work
from devops_tui.ports.engine import JobExecutor


class Dispatch:
    """Implements ports.engine.JobExecutor over one executor for each class of work."""

    def __init__(self, executors: Mapping[type[Work], JobExecutor]) -> None:
        self._executors = dict(executors)

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
        return await executor.execute(run, plan, job_id, job, record)
