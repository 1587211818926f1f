"""How test cases did over runs, from the reports that the store holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devops_tui.domain.case_past import CaseOnce, CasePast
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.report import CaseReport
from devops_tui.ports.store import Store
from devops_tui.services.case_tally import outcome_of

_CHOICES = 6


def reported_jobs(store: Store, pipeline: str, limit: int = 100) -> Sequence[JobRun]:
    """Jobs of the newest runs that have a test report, the newest run first.

    A job that was taken over from another run counts there, not here.
    """
    found: list[JobRun] = []
    for run in store.runs(pipeline, limit):
        jobs = store.job_runs(run.id)
        found += [job for job in jobs if cases_of(job) is not None and not job.is_reused]
    return found


def past_of(store: Store, pipeline: str, said: str, limit: int = 100) -> CasePast:
    """One test over the newest runs.

    Args:
        store: Where the reports are.
        pipeline: Whose runs.
        said: The test's whole id, or a part of it that only one test has, as far as
            reports name them: failures, flaky and slowest ones.
        limit: Runs that are looked at.

    Raises:
        NotFound: No report names or marks such a test.
        Refused: Several are named so.
    """
    jobs = reported_jobs(store, pipeline, limit)
    name = _whole(said, jobs)
    times = [once for job in jobs for once in _once(store, job, name)]
    if not any(t.outcome is not None or t.is_flaky for t in times):
        raise NotFound(
            f"no report of {pipeline} knows a test {said}",
            "Write its whole id; a part of it finds only failed, flaky and slow ones.",
        )
    return CasePast(name, tuple(times))


def cases_of(job: JobRun) -> CaseReport | None:
    """The test report of a job; None when it has none."""
    return job.report.cases if job.report is not None else None


def _whole(said: str, jobs: Sequence[JobRun]) -> str:
    known: dict[str, None] = {}
    for job in jobs:
        cases = cases_of(job)
        if cases is not None:
            known |= dict.fromkeys(case.id for case in (*cases.failures, *cases.slowest))
            known |= dict.fromkeys(cases.flaky)
    if said in known:
        return said
    fitting = [name for name in known if said in name]
    if len(fitting) > 1:
        raise Refused(
            f"{said} may mean {len(fitting)} tests: {', '.join(fitting[:_CHOICES])}",
            "Write more of its id.",
        )
    return fitting[0] if fitting else said


def _once(store: Store, job: JobRun, name: str) -> Iterator[CaseOnce]:
    cases = cases_of(job)
    if cases is None:
        return
    named = next((c for c in (*cases.failures, *cases.slowest) if c.id == name), None)
    outcome = named.outcome if named is not None else outcome_of(cases, name)
    is_flaky = name in cases.flaky
    if outcome is None and not is_flaky:
        return
    commit = store.run(job.run_id).plan.commit
    yield CaseOnce(
        job.run_id,
        job.job_id,
        job.ended_at,
        commit.id if commit is not None else "",
        outcome,
        named.duration_s if named is not None else None,
        is_flaky,
        named.message if named is not None else "",
    )
