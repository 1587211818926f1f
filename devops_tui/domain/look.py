"""One look at a plan and the states of its jobs: what each waiting job may do now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from devops_tui.domain.condition import (
    BadCondition,
    Facts,
    asks_outcome,
    decide,
    parse,
    why_unwanted,
)
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import BAD_ENDS, ENDS, Job, Plan, Stage, State


class _Through(Enum):
    """What a job means for one that needs it."""

    GOOD = auto()
    BAD = auto()
    OPEN = auto()


class Look:
    """What follows from the states; computed once, for every job together.

    A job of which nothing is known has not begun.

    Attributes:
        ready, doomed, unwanted: Of the waiting jobs, in the plan's order.
    """

    def __init__(self, plan: Plan, states: Mapping[JobId, State]) -> None:
        self._plan = plan
        self._states = {i: states.get(i, State.WAITING) for i in plan.job_ids}
        self._facts = _facts_of(plan)
        self._through: dict[JobId, _Through] = {}
        self._settled: set[JobId] = set()  # ended, and so has all that it needs
        self._broken: set[JobId] = set()  # it, or what it needs, ended badly
        self._found: dict[str, set[JobId]] = {"ready": set(), "doomed": set(), "unwanted": set()}
        self._look()

    @property
    def ready(self) -> tuple[JobId, ...]:
        """May start now."""
        return self._in_order("ready")

    @property
    def doomed(self) -> tuple[JobId, ...]:
        """Can never start: something before them ended badly."""
        return self._in_order("doomed")

    @property
    def unwanted(self) -> tuple[JobId, ...]:
        """Their condition says no, whatever else may happen."""
        return self._in_order("unwanted")

    def why_unwanted(self, job_id: JobId) -> str:
        """Why the condition of a job says no; may hold untrusted text."""
        stage, job = _find(self._plan, job_id)
        needs = [JobId(f"{stage.name}/{name}") for name in job.needs]
        before = self._plan.stages[: self._plan.stages.index(stage)]
        earlier = [self._states[i] for s in before for i in _ids(s)]
        has_ended = all(s in ENDS for s in earlier) and self._settled.issuperset(needs)
        is_bad = any(s in BAD_ENDS for s in earlier) or not self._broken.isdisjoint(needs)
        facts = replace(self._facts, has_failed=is_bad if has_ended else None)
        try:
            return why_unwanted(job.condition, facts)
        except BadCondition as error:
            return f"nobody understands its condition: {error.what} (if: {job.condition})"

    def waits_for(self, job_id: JobId) -> str | None:
        """What a waiting job waits for, or None when it may start."""
        if job_id in self._found["ready"]:
            return None
        stage, job = _find(self._plan, job_id)
        is_late = _is_late(job)
        open_needs = [
            need.partition("/")[2]
            for need in (JobId(f"{stage.name}/{name}") for name in job.needs)
            if (need not in self._settled if is_late else self._through[need] is not _Through.GOOD)
        ]
        if open_needs:
            return f"waits for {', '.join(open_needs)}"
        wanted = ENDS if is_late else (State.OK, State.SKIPPED)
        for earlier in self._plan.stages[: self._plan.stages.index(stage)]:
            if any(self._states[i] not in wanted for i in _ids(earlier)):
                return f"waits for stage {earlier.name}"
        return None

    def _in_order(self, kind: str) -> tuple[JobId, ...]:
        found = self._found[kind]
        return tuple(i for i in self._plan.job_ids if i in found) if found else ()

    def _look(self) -> None:
        is_good = has_ended = True  # all stages before this one
        is_bad = False  # something in a stage before this one
        for stage in self._plan.stages:
            for job, job_id, needs in needs_first(stage):
                self._weigh(job, job_id, needs)
                if self._states[job_id] is State.WAITING:
                    self._place(job, job_id, needs, is_good, has_ended, is_bad)
            states = [self._states[i] for i in _ids(stage)]
            has_ended = has_ended and all(s in ENDS for s in states)
            is_good = is_good and all(s in (State.OK, State.SKIPPED) for s in states)
            is_bad = is_bad or any(s in BAD_ENDS for s in states)

    def _weigh(self, job: Job, job_id: JobId, needs: Sequence[JobId]) -> None:
        """Notes what the job means for those that need it."""
        state = self._states[job_id]
        if state in ENDS and self._settled.issuperset(needs):
            self._settled.add(job_id)
        if state in BAD_ENDS or not self._broken.isdisjoint(needs):
            self._broken.add(job_id)
        if state is State.OK:
            meaning = _Through.GOOD
        elif state in BAD_ENDS:
            meaning = _Through.BAD
        elif state is State.SKIPPED:
            meaning = self._through_all(needs) if _skips_itself(job, self._facts) else _Through.BAD
        else:
            meaning = _Through.OPEN
        self._through[job_id] = meaning

    def _place(
        self,
        job: Job,
        job_id: JobId,
        needs: Sequence[JobId],
        is_good: bool,
        has_ended: bool,
        is_bad: bool,
    ) -> None:
        """Says of a waiting job what it may do; the flags speak of the earlier stages."""
        all_ended = has_ended and self._settled.issuperset(needs)
        through = self._through_all(needs)
        facts = self._facts
        if job.condition and all_ended:
            has_failed = is_bad or not self._broken.isdisjoint(needs)
            facts = replace(facts, has_failed=has_failed)
        is_wanted = _is_wanted(job, facts)
        if is_wanted is False:
            self._found["unwanted"].add(job_id)
        elif _is_late(job):
            if all_ended:
                self._found["ready"].add(job_id)
        elif is_bad or through is _Through.BAD:
            self._found["doomed"].add(job_id)
        elif is_good and through is _Through.GOOD:
            self._found["ready"].add(job_id)

    def _through_all(self, needs: Sequence[JobId]) -> _Through:
        found = {self._through[need] for need in needs}
        if _Through.BAD in found:
            return _Through.BAD
        return _Through.OPEN if _Through.OPEN in found else _Through.GOOD


def is_skipped_by_condition(plan: Plan, job_id: JobId) -> bool:
    """Whether a job that was skipped was so by its condition, rather than doomed.

    One that judges failures itself is never doomed.
    """
    _, job = _find(plan, job_id)
    return _skips_itself(job, _facts_of(plan))


def _facts_of(plan: Plan) -> Facts:
    values = {given.name: given.value for given in plan.parameters if not given.is_secret}
    return Facts(plan.branch, plan.tag, values)


def _skips_itself(job: Job, facts: Facts) -> bool:
    return bool(job.condition) and (_is_late(job) or _is_wanted(job, facts) is False)


def _is_wanted(job: Job, facts: Facts) -> bool | None:
    if not job.condition:
        return True
    try:
        return decide(parse(job.condition), facts)
    except BadCondition:
        return False  # of another version perhaps: what nobody understands does not run


def _is_late(job: Job) -> bool:
    """Whether it starts when everything before it has ended, however it did."""
    if job.always or not job.condition:
        return job.always
    try:
        return asks_outcome(parse(job.condition))
    except BadCondition:
        return False


def _find(plan: Plan, job_id: JobId) -> tuple[Stage, Job]:
    for stage in plan.stages:
        for job in stage.jobs:
            if f"{stage.name}/{job.name}" == job_id:
                return stage, job
    raise KeyError(job_id)


def _ids(stage: Stage) -> Iterator[JobId]:
    return (JobId(f"{stage.name}/{job.name}") for job in stage.jobs)


def needs_first(stage: Stage) -> Iterator[tuple[Job, JobId, tuple[JobId, ...]]]:
    """The jobs, each after all that it needs; not recursive, a chain may be long."""
    jobs = {job.name: job for job in stage.jobs}
    begun: set[str] = set()
    done: set[str] = set()
    for first, in_file in jobs.items():
        if done.issuperset(in_file.needs):  # nearly always: people write it in this order
            if first not in done:
                begun.add(first)
                done.add(first)
                yield _with_needs(stage, in_file)
            continue
        way = [first]
        while way:
            name = way[-1]
            if name in done:
                way.pop()
                continue
            job = jobs[name]
            ahead = [need for need in job.needs if need not in begun]
            if name not in begun or ahead:
                begun.add(name)
                way += ahead
                if ahead:
                    continue
            way.pop()
            done.add(name)
            yield _with_needs(stage, job)


def _with_needs(stage: Stage, job: Job) -> tuple[Job, JobId, tuple[JobId, ...]]:
    needs = tuple(JobId(f"{stage.name}/{need}") for need in job.needs)
    return job, JobId(f"{stage.name}/{job.name}"), needs
