"""How a plan is walked: pure functions from the states of jobs to what comes next.

A waiting job becomes exactly one of ready, doomed or unwanted, or goes on waiting:

- unwanted: its condition says no. Those who need it see through it, to what it needs.
- ready: its condition says yes and everything before it ended well; or, for one that is
  to run always or that judges failures itself, everything before it has ended.
- doomed: something before it ended badly, and it is not one of these.

Before a job stand all earlier stages, what it needs, and what those need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.ids import JobId
from devops_tui.domain.look import Look
from devops_tui.domain.pipeline import BAD_ENDS, Job, Plan, Stage, State

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
    return Look(plan, states).ready


def doomed(plan: Plan, states: Mapping[JobId, State]) -> tuple[JobId, ...]:
    """The waiting jobs that can never start because something before them ended badly."""
    return Look(plan, states).doomed


def unwanted(plan: Plan, states: Mapping[JobId, State]) -> tuple[JobId, ...]:
    """The waiting jobs of which the condition says, for certain, that they are not wanted."""
    return Look(plan, states).unwanted


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


def failed_before(plan: Plan, job_id: JobId, states: Mapping[JobId, State]) -> JobId | None:
    """A job before that one, or beside it, that ended badly: what a gate there guards is broken."""
    for stage in plan.stages:
        ids = [_id(stage, job) for job in stage.jobs]
        bad = next((i for i in ids if i != job_id and states[i] in BAD_ENDS), None)
        if bad is not None or job_id in ids:
            return bad
    raise KeyError(job_id)


def why_not_ready(plan: Plan, job_id: JobId, states: Mapping[JobId, State]) -> str | None:
    """What a waiting job waits for, or None when it may start."""
    return Look(plan, states).waits_for(job_id)


def _id(stage: Stage, job: Job) -> JobId:
    return JobId(f"{stage.name}/{job.name}")
