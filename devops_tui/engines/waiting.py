"""Why a run is not moving, and why a job could never start, each in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.host_outcomes import silent_host
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import BAD_ENDS, HostOutcome, JobRun, Plan, State


def why_waiting(records: Sequence[JobRun], holds: Sequence[str], plan: Plan | None = None) -> str:
    """What the operator should know; empty while the run moves.

    `holds` says what ready jobs wait for; the plan says how often they are tried.
    """
    for record in records:
        if record.state is State.ASKING:
            since = f" since {record.started_at:%H:%M} UTC" if record.started_at else ""
            return f"{record.stage} waits for approval{since}"
    for record in records:
        silent = silent_host(record.hosts) if record.state is State.RUNNING else None
        if silent is not None:
            return f"{record.job_id}: {_silence(silent)}"
    moving = [r for r in records if r.state is State.RUNNING and r.retry_at is None]
    if holds and not moving:
        return holds[0]
    paused = next((r for r in records if r.retry_at is not None), None)
    if paused is not None and not moving:
        return _pause(paused, plan)
    for record in records:
        if record.state is State.LOST:
            return f"{record.job_id} is lost: look what it did, then say it by `resolve`"
    return ""


def _silence(outcome: HostOutcome) -> str:
    told = f"{outcome.host} does not answer since {outcome.silent_since:%H:%M:%S} UTC"
    if outcome.next_try_at is not None:
        return f"{told}, tried again at {outcome.next_try_at:%H:%M:%S}"
    return f"{told}, is being tried"


def _pause(record: JobRun, plan: Plan | None) -> str:
    most = record.first_attempt + plan.job(record.job_id).retries if plan is not None else 0
    of = f" of {most}" if most else ""
    when = f"attempt {record.attempt}{of} at {record.retry_at:%H:%M:%S} UTC"
    return f"{record.job_id}: {when}, {record.why}"


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
