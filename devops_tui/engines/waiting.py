"""Why a run is not moving, and why a job could never start, each in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import BAD_ENDS, JobRun, Plan, State


def why_waiting(records: Sequence[JobRun], holds: Sequence[str]) -> str:
    """What the operator should know; empty while the run moves.

    `holds` says what ready jobs wait for.
    """
    for record in records:
        if record.state is State.ASKING:
            since = f" since {record.started_at:%H:%M} UTC" if record.started_at else ""
            return f"{record.stage} waits for approval{since}"
    if holds and not any(r.state is State.RUNNING for r in records):
        return holds[0]
    for record in records:
        if record.state is State.LOST:
            return f"{record.job_id} is lost: look what it did before you rerun it"
    return ""


def why_skipped(plan: Plan, job_id: JobId, records: Mapping[JobId, JobRun]) -> str:
    """Which job before this one did not end well."""
    stage, _, _ = job_id.partition("/")
    needs = [JobId(f"{stage}/{n}") for n in plan.job(job_id).needs]
    for other in [*needs, *plan.job_ids]:
        if records[other].state in BAD_ENDS:
            return f"{other} ended {records[other].state.replace('_', ' ')}"
    for need in needs:
        if records[need].state is State.SKIPPED:
            return f"{need} was skipped"
    return "what it needs did not end well"


def why_ended(records: Sequence[JobRun], state: State) -> str:
    """The job that decided the verdict of a run, and its reason; empty when all went well."""
    for record in records:
        if record.state is state:
            return f"{record.job_id}: {record.why}" if state is not State.OK else ""
    return ""
