"""Asks people, and waits for their answer in the store."""

from __future__ import annotations

from functools import partial

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.work import AskApproval
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.jobs.evidence import evidence
from devops_tui.services.jobs.gate_care import GateCare
from devops_tui.services.jobs.question import Questions


class GateJobs:
    """Executes AskApproval.

    Cancel: the question is closed, unless the worker hands over.
    """

    def __init__(self, store: Store, clock: Clock, questions: Questions) -> None:
        self._store = store
        self._clock = clock
        self._questions = questions

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor."""
        work = job.work
        if not isinstance(work, AskApproval):
            raise Refused(f"{job_id} is not an approval")
        care = GateCare(self._store, self._clock, run, plan, work)
        return await self._questions.ask(
            plan, record, work.expires_s, partial(evidence, self._store, run, plan), care.tend
        )
