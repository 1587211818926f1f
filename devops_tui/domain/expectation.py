"""When running work probably ends, from how long it took before; nothing is guessed.

What took how long is taken from the last successes; a median of fewer than three says
nothing, and nothing is said then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import ENDS, JobRun, Stage, State
from devops_tui.domain.view import RunView
from devops_tui.domain.work import AskApproval

LEAST_SAMPLES = 3
MOST_SAMPLES = 20
LONGER_RATIO = 1.25
"""So much longer than usual is worth saying; less is noise."""

LONGER_S = 5.0
"""And at least so much: of a job of a second everything is noise."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """How running work stands against what is usual.

    Attributes:
        usual_s: The median of the last successes.
        for_s: How long it runs now.
        ends_at: When it would end if it took as long as usual; None when that is over.
        samples: How many successes the median comes from, at least three.
    """

    usual_s: float
    for_s: float
    ends_at: datetime | None
    samples: int

    @property
    def ratio(self) -> float:
        """How far it is, 0 to 1; 1 when it takes longer than usual."""
        return min(1.0, self.for_s / self.usual_s) if self.usual_s > 0 else 1.0

    @property
    def is_longer(self) -> bool:
        """Whether it takes clearly longer than usual."""
        return self.for_s > max(self.usual_s * LONGER_RATIO, self.usual_s + LONGER_S)


def of_job(
    history: Sequence[RunView], view: RunView, job_id: JobId, now: datetime
) -> Expectation | None:
    """Of a job that runs; None when it does not, or when too little is known.

    `history` holds runs, newest first; those of other pipelines do not count.
    """
    job = view.jobs.get(job_id)
    if job is None or job.state is not State.RUNNING or job.started_at is None:
        return None
    took = [_took(old) for past in _past(history, view) if (old := past.jobs.get(job_id))]
    return _expected([s for s in took if s is not None], job.started_at, now)


def of_run(history: Sequence[RunView], view: RunView, now: datetime) -> Expectation | None:
    """Of a run, up to its next approval or else its end; None when too little is known.

    A stage that is under way ends when its usual time is over, the stages after it follow
    at once. What a person takes to decide is nobody's to expect.
    """
    if view.run.state is not State.RUNNING or view.run.started_at is None:
        return None
    left_s = usual_s = 0.0
    samples = MOST_SAMPLES
    for stage in view.run.plan.stages:
        if _asks(stage):
            break
        known = [s for past in _past(history, view) if (s := _stage_s(past, stage)) is not None]
        if len(known) < LEAST_SAMPLES:
            return None
        middle = median(known[:MOST_SAMPLES])
        samples = min(samples, len(known))
        usual_s += middle
        left_s += max(0.0, middle - _spent_s(view, stage, now))
    if not usual_s or not left_s:
        return None
    for_s = max(0.0, usual_s - left_s)
    return Expectation(usual_s, for_s, now + timedelta(seconds=left_s), samples)


def _past(history: Iterable[RunView], view: RunView) -> Iterable[RunView]:
    """The runs before this one of its pipeline, newest first."""
    run = view.run
    return (
        past
        for past in history
        if past.run.plan.pipeline == run.plan.pipeline and past.run.number < run.number
    )


def _took(job: JobRun) -> float | None:
    """How long a success took; None for anything else, and for what was taken over."""
    if job.state is not State.OK or job.is_reused or not job.started_at or not job.ended_at:
        return None
    return (job.ended_at - job.started_at).total_seconds()


def _expected(took: Sequence[float], began: datetime, now: datetime) -> Expectation | None:
    if len(took) < LEAST_SAMPLES:
        return None
    usual = median(took[:MOST_SAMPLES])
    end = began + timedelta(seconds=usual)
    for_s = max(0.0, (now - began).total_seconds())
    return Expectation(usual, for_s, end if end > now else None, min(len(took), MOST_SAMPLES))


def _jobs_of(view: RunView, stage: Stage) -> list[JobRun]:
    ids = (JobId(f"{stage.name}/{job.name}") for job in stage.jobs)
    return [view.jobs[i] for i in ids if i in view.jobs]


def _stage_s(view: RunView, stage: Stage) -> float | None:
    """From the first start to the last end of a stage that ended well."""
    jobs = [job for job in _jobs_of(view, stage) if job.state is not State.SKIPPED]
    if not jobs or any(_took(job) is None for job in jobs):
        return None
    starts = [job.started_at for job in jobs if job.started_at]
    ends = [job.ended_at for job in jobs if job.ended_at]
    return (max(ends) - min(starts)).total_seconds()


def _spent_s(view: RunView, stage: Stage, now: datetime) -> float:
    """How long a stage has taken; for ever when it is over."""
    jobs = _jobs_of(view, stage)
    if jobs and all(job.state in ENDS for job in jobs):
        return float("inf")
    starts = [job.started_at for job in jobs if job.started_at and job.state is not State.WAITING]
    return (now - min(starts)).total_seconds() if starts else 0.0


def _asks(stage: Stage) -> bool:
    return any(isinstance(job.work, AskApproval) for job in stage.jobs)
