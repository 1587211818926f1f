"""Why nothing can be done about a job of a run now."""

from __future__ import annotations

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.domain.view import Overview, RunView

_AGAIN = (State.FAILED, State.TIMED_OUT, State.CANCELLED, State.LOST)


def worst_job(view: RunView) -> JobId | None:
    """The job of a run that wants an operator most: a lost one, else one that failed."""
    for state in (State.LOST, State.FAILED, State.TIMED_OUT):
        for job_id in view.run.plan.job_ids:
            if job_id in view.jobs and view.jobs[job_id].state is state:
                return job_id
    return None


def why_not_lost(overview: Overview | None, subject: str) -> str | None:
    """Why nobody has to say how a job ended."""
    found = _find(overview, subject)
    if found is None or found[1] is State.LOST:
        return None
    return f"{subject.partition('/')[2]} is not lost"


def why_not_again(overview: Overview | None, subject: str) -> str | None:
    """Why a job cannot be tried again while its run goes on."""
    found = _find(overview, subject)
    if found is None:
        return None
    view, state = found
    if view.run.state in ENDS:
        return f"{view.run.id} has ended: R reruns what failed"
    return None if state in _AGAIN else f"{subject.partition('/')[2]} did not fail"


def _find(overview: Overview | None, subject: str) -> tuple[RunView, State] | None:
    run_id, _, job_id = subject.partition("/")
    view = overview.run(RunId(run_id)) if overview is not None else None
    if view is None or JobId(job_id) not in view.jobs:
        return None
    return view, view.jobs[JobId(job_id)].state
