"""Asks a person, and waits for the answer in the store."""

from __future__ import annotations

from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.work import AskApproval, BringUp, FlipTraffic, WatchHealth
from devops_tui.ports.store import Store
from devops_tui.services.jobs.question import Questions


class GateJobs:
    """Executes AskApproval.

    Cancel: the question is closed, unless the worker hands over.
    """

    def __init__(self, store: Store, questions: Questions) -> None:
        self._store = store
        self._questions = questions

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor."""
        work = job.work
        if not isinstance(work, AskApproval):
            raise Refused(f"{job_id} is not an approval")
        return await self._questions.ask(
            plan, record, work.expires_s, lambda: evidence(self._store, run, plan)
        )


def evidence(store: Store, run: Run, plan: Plan) -> dict[str, Json]:
    """What a person should see before the answer."""
    services = {
        str(job.work.service)
        for stage in plan.stages
        for job in stage.jobs
        if isinstance(job.work, BringUp | FlipTraffic | WatchHealth)
    }
    records = [r for r in store.job_runs(run.id) if r.figures]
    statuses = [s for s in store.service_statuses() if s.name in services]
    return {
        "commit": plan.commit.id if plan.commit is not None else "",
        "commits": [{"id": c.id, "subject": c.subject, "author": c.author} for c in run.commits],
        "artifacts": [
            {"name": a.name, "digest": a.digest, "size_bytes": a.size_bytes}
            for a in store.artifacts(run.id)
        ],
        "load": {r.job_id: dict(r.figures) for r in records if "tests" not in r.figures},
        "tests": {r.job_id: dict(r.figures) for r in records if "tests" in r.figures},
        "versions": {
            s.name: {"live": s.live, "versions": dict(s.versions), "digests": dict(s.digests)}
            for s in statuses
        },
    }
