"""How a plan is walked: pure functions from the states of jobs to what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import BAD_ENDS, ENDS, Job, Plan, Stage, State

_WORST_FIRST = (
    State.LOST,
    State.FAILED,
    State.TIMED_OUT,
    State.CANCELLED,
    State.ASKING,
    State.RUNNING,
)


def ready(plan: Plan, states: Mapping[JobId, State]) -> tuple[JobId, ...]:
    """The waiting jobs that may start now, in the plan's order."""
    return tuple(
        _id(stage, job)
        for index, stage in enumerate(plan.stages)
        for job in stage.jobs
        if states[_id(stage, job)] is State.WAITING and _may_start(plan, index, job, states)
    )


def doomed(plan: Plan, states: Mapping[JobId, State]) -> tuple[JobId, ...]:
    """The waiting jobs that can never start because something before them ended badly."""
    found: list[JobId] = []
    for index, stage in enumerate(plan.stages):
        for job in stage.jobs:
            waits = states[_id(stage, job)] is State.WAITING
            if waits and not job.always and _is_blocked_for_good(plan, index, job, states):
                found.append(_id(stage, job))
    return tuple(found)


def outcome(plan: Plan, states: Mapping[JobId, State]) -> State:
    """The state of the whole run; OK only when every job is OK or was not needed."""
    return combine([states[i] for i in plan.job_ids])


def stage_state(stage: Stage, states: Mapping[JobId, State]) -> State:
    """The state of a stage by the states of its jobs."""
    return combine([states[_id(stage, job)] for job in stage.jobs])


def combine(states: Sequence[State]) -> State:
    """The one state that says most about several; unfinished work shows before its verdict.

    While anything still runs the whole runs; a person being asked shows before that.
    """
    if any(s in (State.RUNNING, State.ASKING) for s in states):
        return State.ASKING if State.ASKING in states else State.RUNNING
    for bad in _WORST_FIRST:
        if bad in states:
            return bad
    if states and all(s is State.SKIPPED for s in states):
        return State.SKIPPED
    if any(s is State.WAITING for s in states):
        return State.RUNNING if any(s is State.OK for s in states) else State.WAITING
    return State.OK


def why_not_ready(plan: Plan, job_id: JobId, states: Mapping[JobId, State]) -> str | None:
    """What a waiting job waits for, or None when it may start."""
    for index, stage in enumerate(plan.stages):
        for job in stage.jobs:
            if _id(stage, job) != job_id:
                continue
            open_needs = [n for n in job.needs if states[JobId(f"{stage.name}/{n}")] != State.OK]
            if open_needs:
                return f"waits for {', '.join(open_needs)}"
            for earlier in plan.stages[:index]:
                if not _stage_is_good(earlier, states):
                    return f"waits for stage {earlier.name}"
            return None
    raise KeyError(job_id)


def _id(stage: Stage, job: Job) -> JobId:
    return JobId(f"{stage.name}/{job.name}")


def _stage_is_good(stage: Stage, states: Mapping[JobId, State]) -> bool:
    return all(states[_id(stage, j)] in (State.OK, State.SKIPPED) for j in stage.jobs)


def _may_start(plan: Plan, index: int, job: Job, states: Mapping[JobId, State]) -> bool:
    stage = plan.stages[index]
    needed = [states[JobId(f"{stage.name}/{n}")] for n in job.needs]
    before = [states[_id(s, j)] for s in plan.stages[:index] for j in s.jobs]
    if job.always:
        return all(s in ENDS for s in [*needed, *before])
    return all(s is State.OK for s in needed) and all(
        s in (State.OK, State.SKIPPED) for s in before
    )


def _is_blocked_for_good(plan: Plan, index: int, job: Job, states: Mapping[JobId, State]) -> bool:
    stage = plan.stages[index]
    needed = [states[JobId(f"{stage.name}/{n}")] for n in job.needs]
    before = [states[_id(s, j)] for s in plan.stages[:index] for j in s.jobs]
    return any(s in BAD_ENDS or s is State.SKIPPED for s in needed) or any(
        s in BAD_ENDS for s in before
    )
