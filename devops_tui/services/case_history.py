"""How test cases did over runs, from the reports that the store holds."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.pipeline import JobRun
from devops_tui.ports.store import Store


def reported_jobs(store: Store, pipeline: str, limit: int = 100) -> Sequence[JobRun]:
    """Jobs of the newest runs that have a test report, the newest run first.

    A job that was taken over from another run counts there, not here.
    """
    found: list[JobRun] = []
    for run in store.runs(pipeline, limit):
        for job in store.job_runs(run.id):
            has_cases = job.report is not None and job.report.cases is not None
            if has_cases and not job.is_reused:
                found.append(job)
    return found
