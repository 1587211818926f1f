"""The six stages of a run as a strip, and the one line that says why it does not move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.ids import JobId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import ENDS, JobRun, Stage, StageKind, State
from devops_tui.domain.view import RunView
from devops_tui.domain.walk import combine
from devops_tui.domain.work import BringUp, FlipTraffic
from devops_tui.presentation import gates, hosts, hours, units
from devops_tui.presentation.glyphs import NOT_STARTED, STAGE_NAMES, STATES
from devops_tui.presentation.layout import joined, pad
from devops_tui.presentation.line import Line, Span, line, span

_MOVES = (State.LOST, State.FAILED, State.TIMED_OUT, State.ASKING, State.CANCELLED, State.RUNNING)


def stage_names(cell: int) -> Line:
    """The heading of the strip, each name in `cell` cells."""
    made: list[Span] = []
    for long, short, letter in STAGE_NAMES.values():
        name = long if cell > len(long) else short if cell > len(short) else letter
        made.extend(pad((span(name, "muted"),), cell))
    return tuple(made)


def strip(view: RunView, cell: int) -> Line:
    """Six marks in `cell` cells each, with the word where it has room."""
    made: list[Span] = []
    for kind in StageKind:
        states = states_of(view, kind)
        if not states:
            made.extend(pad((span("·", "muted"),), cell))
            continue
        mark = STATES[combine(states)]
        has_room = cell > len(mark.word) + 2 and mark is not NOT_STARTED
        made.extend(pad((mark.full if has_room else mark.short,), cell))
    return tuple(made)


def stage_states(view: RunView, stage: Stage) -> list[State]:
    """The states of the jobs of a stage."""
    return [state_of(view, JobId(f"{stage.name}/{job.name}")) for job in stage.jobs]


def combined(states: Sequence[State]) -> State:
    """The one state that says most about several."""
    return combine(states)


def stage_seconds(view: RunView, stage: Stage, now: datetime) -> float | None:
    """From the first start of a job of the stage to its last end; None before it began."""
    jobs = [j for j in view.jobs.values() if j.stage == stage.name]
    starts = [j.started_at for j in jobs if j.started_at is not None]
    if not starts:
        return None
    ends = [j.ended_at for j in jobs if j.ended_at is not None]
    is_over = all(state in ENDS for state in stage_states(view, stage))
    return units.seconds_between(min(starts), max(ends) if is_over and ends else now)


def states_of(view: RunView, kind: StageKind) -> list[State]:
    """The states of the jobs of a kind of stage; a job without a record waits."""
    return [
        state_of(view, JobId(f"{stage.name}/{job.name}"))
        for stage in view.run.plan.stages
        if stage.kind is kind
        for job in stage.jobs
    ]


def state_of(view: RunView, job_id: JobId) -> State:
    """Where a job stands."""
    record = view.jobs.get(job_id)
    return State.WAITING if record is None else record.state


def jobs_in_order(view: RunView) -> list[JobRun]:
    """The records in the order of the plan."""
    return [view.jobs[i] for i in view.run.plan.job_ids if i in view.jobs]


def service_of(view: RunView) -> str:
    """The service that a run brings up or flips; empty when it does neither."""
    for stage in view.run.plan.stages:
        for job in stage.jobs:
            if isinstance(job.work, FlipTraffic | BringUp):
                return job.work.service
    return ""


def why(view: RunView, incidents: Sequence[Incident], now: datetime) -> Line:
    """What a run failed at or waits for and since when; empty when there is nothing to say.

    While it acts outside of its hours, that is said first.
    """
    is_over = view.run.state in ENDS
    glass = () if is_over else hours.glass_of_run(view.run)
    return joined([glass, _why(view, incidents, now)])


def _why(view: RunView, incidents: Sequence[Incident], now: datetime) -> Line:
    for state in _MOVES:
        job = next((j for j in jobs_in_order(view) if j.state is state), None)
        if job is not None:
            return _why_job(view, job, incidents, now)
    if view.run.why_waiting:
        return line((view.run.why_waiting, "waits"))
    return ()


def _why_job(view: RunView, job: JobRun, incidents: Sequence[Incident], now: datetime) -> Line:
    mark = STATES[job.state]
    if job.state is State.ASKING:
        return _why_asking(view, job, now)
    if job.state is State.RUNNING:
        if job.retry_at is not None:
            waits_for = hosts.retry_line(view.run.plan, job, now)
            return joined([line((job.job_id, "waits")), waits_for])
        for_s = units.seconds_between(job.started_at, now)
        head = line((f"{job.job_id} running for {units.duration(for_s)}", "running"))
        waits = view.run.why_waiting or job.why
        return joined([head, line((waits, "muted")) if waits else ()])
    since = f" {units.age(job.ended_at, now)} ago" if job.ended_at is not None else ""
    head = line((f"{job.job_id} {mark.word}{since}", mark.role))
    return joined([head, _novelty(view, incidents), line((job.why, "muted")) if job.why else ()])


def _why_asking(view: RunView, job: JobRun, now: datetime) -> Line:
    gate = next((g for g in view.gates if g.job_id == job.job_id), None)
    asked = gate.asked_at if gate is not None else job.started_at
    left = gates.time_left(gate, now) if gate is not None else ""
    more = gates.needed(view, gate) if gate is not None and gate.approvals else ""
    return joined(
        [
            line((f"{job.stage} waits for approval", "waits")),
            line((more, "waits")) if more else (),
            line((f"asked {units.age(asked, now)} ago", "muted")) if asked is not None else (),
            line((left, "muted")) if left else (),
        ]
    )


def _novelty(view: RunView, incidents: Sequence[Incident]) -> Line:
    problem = next((i for i in incidents if i.run_id == view.run.id), None)
    if problem is None:
        return ()
    if problem.count <= 1:
        return line(("new", "warning"))
    return line((f"seen {problem.count} times", "muted"))
