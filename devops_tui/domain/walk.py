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
    found: list[JobId] = []
    good = ended = True  # all stages before this one
    for stage in plan.stages:
        ids = [_id(stage, job) for job in stage.jobs]
        for job, job_id in zip(stage.jobs, ids, strict=True):
            if states[job_id] is State.WAITING and (ended if job.always else good):
                needed = [states[JobId(f"{stage.name}/{n}")] for n in job.needs]
                if all(s in ENDS if job.always else s is State.OK for s in needed):
                    found.append(job_id)
        ended = ended and all(states[i] in ENDS for i in ids)
        good = good and all(states[i] in (State.OK, State.SKIPPED) for i in ids)
        if not (ended or good):
            break
    return tuple(found)


def doomed(plan: Plan, states: Mapping[JobId, State]) -> tuple[JobId, ...]:
    """The waiting jobs that can never start because something before them ended badly."""
    found: list[JobId] = []
    is_bad = False  # something in a stage before this one
    for stage in plan.stages:
        ids = [_id(stage, job) for job in stage.jobs]
        for job, job_id in zip(stage.jobs, ids, strict=True):
            if states[job_id] is State.WAITING and not job.always:
                needed = [states[JobId(f"{stage.name}/{n}")] for n in job.needs]
                if is_bad or any(s in BAD_ENDS or s is State.SKIPPED for s in needed):
                    found.append(job_id)
        is_bad = is_bad or any(states[i] in BAD_ENDS for i in ids)
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
