"""What a run that repeats another takes over of the hosts of a job that failed."""

from __future__ import annotations

from collections.abc import Collection

from devops_tui.domain.host_outcomes import taken_over
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import JobRun, Plan, Run, State
from devops_tui.ports.store import Store


def take_over_hosts(store: Store, old: Run, new: Run, reused: Collection[JobId]) -> None:
    """Hosts on which a job ended well are not done again, where all before it stands.

    Belongs to the transaction that stores the new run.
    """
    for record in store.job_runs(old.id):
        has_good = any(outcome.state is State.OK for outcome in record.hosts)
        if record.job_id in reused or not has_good:
            continue
        if _before(old.plan, record.job_id) <= set(reused):
            hosts = taken_over(record.hosts)
            store.save_job(JobRun(new.id, record.job_id, hosts=hosts), State.WAITING)


def _before(plan: Plan, job_id: JobId) -> set[JobId]:
    """Every job of the stages before, and those of its own that it needs."""
    stage_name, _, name = job_id.partition("/")
    found: set[JobId] = set()
    for stage in plan.stages:
        if stage.name == stage_name:
            needs = next(job.needs for job in stage.jobs if job.name == name)
            return found | {JobId(f"{stage.name}/{need}") for need in needs}
        found |= {JobId(f"{stage.name}/{job.name}") for job in stage.jobs}
    raise KeyError(job_id)
