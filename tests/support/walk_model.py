"""What the walk of a plan must come to, in a few lines that share none with the walk.

The model knows nothing of time: since nothing points backwards, the end of every job
follows from the ends of those before it. A walk must come to the same ends in whatever
order its jobs happen to start and to end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, Plan, Stage, State

Says = Callable[[bool], bool]
"""Whether a job is wanted, given whether something before it failed."""

BAD = (State.LOST, State.FAILED, State.TIMED_OUT, State.CANCELLED)


@dataclass(frozen=True)
class Wish:
    """A condition as text, and what it means in the plans of these tests."""

    text: str
    says: Says
    judges: bool = False


WISHES = (
    Wish("", lambda _: True),
    Wish("branch == main", lambda _: True),
    Wish("branch == dev", lambda _: False),
    Wish("branch matches m* and param.region == eu", lambda _: True),
    Wish("not param.dry_run or tag", lambda _: False),
    Wish("failed", lambda failed: failed, judges=True),
    Wish("ok", lambda failed: not failed, judges=True),
    Wish("failed and branch == main", lambda failed: failed, judges=True),
    Wish("failed and branch == dev", lambda _: False, judges=True),
    Wish("not failed or param.dry_run", lambda _: True, judges=True),
    Wish("(ok or failed) and branch != main", lambda _: False, judges=True),
)
MEANING = {wish.text: wish for wish in WISHES}


@dataclass(frozen=True)
class Script:
    """How each job would end if it ran, its retries counted in."""

    ends: Mapping[JobId, State]
    kept: frozenset[JobId] = frozenset()


class Model:
    """The end of every job of a plan."""

    def __init__(self, plan: Plan, script: Script) -> None:
        self._script = script
        self._ends: dict[JobId, State] = {}
        for number, stage in enumerate(plan.stages):
            earlier = [i for s in plan.stages[:number] for i in ids_of(s)]
            for job in stage.jobs:
                self._end(stage, job, earlier)

    @property
    def ends(self) -> Mapping[JobId, State]:
        """Job to end."""
        return self._ends

    @property
    def verdict(self) -> State:
        """The end of the run."""
        found = set(self._ends.values())
        worst = next((state for state in BAD if state in found), None)
        if worst is not None:
            return worst
        return State.SKIPPED if found == {State.SKIPPED} else State.OK

    def _end(self, stage: Stage, job: Job, earlier: list[JobId]) -> State:
        me = JobId(f"{stage.name}/{job.name}")
        if me not in self._ends:
            for need in needs_of(stage, job):
                self._end(stage, job_of(stage, need), earlier)
            self._ends[me] = self._decide(stage, job, me, earlier)
        return self._ends[me]

    def _decide(self, stage: Stage, job: Job, me: JobId, earlier: list[JobId]) -> State:
        if me in self._script.kept:
            return State.OK
        if not self._is_wanted(stage, job, earlier):
            return State.SKIPPED
        if job.always or MEANING[job.condition].judges:
            return self._script.ends[me]
        if any(self._ends[i] in BAD for i in earlier):
            return State.SKIPPED
        if all(self._helps(stage, need, earlier) for need in needs_of(stage, job)):
            return self._script.ends[me]
        return State.SKIPPED

    def _is_wanted(self, stage: Stage, job: Job, earlier: list[JobId]) -> bool:
        before = [*earlier, *ancestors(stage, job)]
        return MEANING[job.condition].says(any(self._ends[i] in BAD for i in before))

    def _helps(self, stage: Stage, me: JobId, earlier: list[JobId]) -> bool:
        """Whether who needs this job may go on."""
        if self._ends[me] is not State.SKIPPED:
            return self._ends[me] is State.OK
        job = job_of(stage, me)
        return not self._is_wanted(stage, job, earlier) and all(
            self._helps(stage, need, earlier) for need in needs_of(stage, job)
        )


def ids_of(stage: Stage) -> list[JobId]:
    """The jobs of a stage."""
    return [JobId(f"{stage.name}/{job.name}") for job in stage.jobs]


def needs_of(stage: Stage, job: Job) -> list[JobId]:
    """What a job needs itself."""
    return [JobId(f"{stage.name}/{need}") for need in job.needs]


def job_of(stage: Stage, job_id: JobId) -> Job:
    """The job of that id."""
    return next(job for job in stage.jobs if f"{stage.name}/{job.name}" == job_id)


def ancestors(stage: Stage, job: Job) -> set[JobId]:
    """What a job needs, and what that needs, to the end."""
    found: set[JobId] = set()
    for need in needs_of(stage, job):
        found |= {need} | ancestors(stage, job_of(stage, need))
    return found


def before(plan: Plan, job_id: JobId) -> set[JobId]:
    """All jobs that stand before one."""
    found: set[JobId] = set()
    for stage in plan.stages:
        if job_id in ids_of(stage):
            return found | ancestors(stage, job_of(stage, job_id))
        found |= set(ids_of(stage))
    raise KeyError(job_id)
