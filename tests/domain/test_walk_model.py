"""The walk of plans against an independent model, over random plans and random luck.

DEVOPS_TUI_WALKS says how many plans are walked; 10,000 is the whole of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.walk_model import BAD, WISHES, Model, Script, before

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.look import Look
from devops_tui.domain.parameter import Given
from devops_tui.domain.pipeline import ENDS, TRANSITIONS, Job, Plan, Stage, StageKind, State
from devops_tui.domain.rerun import taken_over
from devops_tui.domain.walk import outcome
from devops_tui.domain.work import AskApproval, RunCommand, Work

WALKS = int(os.environ.get("DEVOPS_TUI_WALKS", "400"))
GIVEN = (Given("region", "eu"), Given("dry_run", "true"), Given("token", "env:X", is_secret=True))
LUCK = (State.OK, State.OK, State.OK, State.FAILED, State.TIMED_OUT, State.LOST)
MODES = ("all", "failed", "from")


def random_plan(luck: Random) -> Plan:
    """Up to four stages of up to five jobs, whose needs make any DAG, in any order."""
    stages: list[Stage] = []
    for number in range(luck.randint(1, 4)):
        names = [f"j{place}" for place in range(luck.randint(1, 5))]
        jobs: list[Job] = []
        for place, name in enumerate(names):
            needs = tuple(n for n in names[:place] if luck.random() < 0.35)
            wish = luck.choice(WISHES) if luck.random() < 0.4 else WISHES[0]
            work: Work = AskApproval() if luck.random() < 0.1 else RunCommand("x")
            always = luck.random() < 0.15
            retries = luck.randint(0, 2)
            jobs.append(Job(name, work, needs, retries=retries, always=always, condition=wish.text))
        luck.shuffle(jobs)
        stages.append(Stage(f"s{number}", list(StageKind)[number], tuple(jobs)))
    return Plan("shop", tuple(stages), parameters=GIVEN, branch="main")


class Walk:
    """One run of a plan, step by step, as an engine would go: in a random order.

    Attributes:
        attempts: How often each job was begun.
        is_cancelled: Whether somebody cancelled it.
    """

    def __init__(self, plan: Plan, luck: Random, kept: frozenset[JobId]) -> None:
        self.plan = plan
        self.states = {i: State.OK if i in kept else State.WAITING for i in plan.job_ids}
        self.attempts = dict.fromkeys(plan.job_ids, 0)
        self.is_cancelled = False
        self._luck = luck
        self._attempts_to_come = {i: self._luck_of(i) for i in plan.job_ids}

    @property
    def script(self) -> dict[JobId, State]:
        """How each job would end: by its first attempt that is not tried again."""
        return {i: self._settled(i)[-1] for i in self.plan.job_ids}

    def whole(self, *, may_be_cancelled: bool) -> None:
        """Walks to the end; the walk never comes to a standstill before."""
        steps = 0
        while not self.is_cancelled:
            steps += 1
            assert steps < 1000, "it never ends"
            look = Look(self.plan, self.states)
            assert not set(look.ready) & {*look.doomed, *look.unwanted}
            assert not set(look.doomed) & set(look.unwanted)
            self._skip(look)
            if look.doomed or look.unwanted:
                continue
            running = [i for i, s in self.states.items() if s in (State.RUNNING, State.ASKING)]
            self._check_reasons(look)
            acts: list[Callable[[], None]] = [*(self._starting(i) for i in look.ready)]
            acts += [self._ending(i) for i in running]
            if self._luck.random() < 0.2:
                acts += [self._trying_again(i) for i in self.states if self._may_be_again(i)]
            if not acts:
                break
            if may_be_cancelled and self._luck.random() < 0.03:
                self._cancel()
            else:
                self._luck.choice(acts)()
        assert all(state in ENDS for state in self.states.values()), self.states

    def _skip(self, look: Look) -> None:
        for job_id in (*look.doomed, *look.unwanted):
            if job_id in look.unwanted:
                assert look.why_unwanted(job_id).startswith("not wanted, ")
            self._go(job_id, State.SKIPPED)

    def _check_reasons(self, look: Look) -> None:
        for job_id, state in self.states.items():
            if state is State.WAITING:
                reason = look.waits_for(job_id)
                assert (reason is None) is (job_id in look.ready), (job_id, reason)

    def _starting(self, job_id: JobId) -> Callable[[], None]:
        def start() -> None:
            assert self.states[job_id] is State.WAITING
            assert all(self.states[i] in ENDS for i in before(self.plan, job_id))
            self.attempts[job_id] += 1
            self._go(job_id, State.RUNNING)
            if isinstance(self.plan.job(job_id).work, AskApproval):
                self._go(job_id, State.ASKING)

        return start

    def _ending(self, job_id: JobId) -> Callable[[], None]:
        def end() -> None:
            ends = self._settled(job_id)
            if self.attempts[job_id] < len(ends):
                self.attempts[job_id] += 1
            else:
                self._go(job_id, ends[-1])

        return end

    def _may_be_again(self, job_id: JobId) -> bool:
        """Whether an operator may have it tried again: nothing after it has begun."""
        after = [i for i in self.plan.job_ids if job_id in before(self.plan, i)]
        has_failed = self.states[job_id] in (State.FAILED, State.TIMED_OUT)
        return has_failed and not any(self.attempts[i] for i in after)

    def _trying_again(self, job_id: JobId) -> Callable[[], None]:
        def again() -> None:
            self._attempts_to_come[job_id] = self._luck_of(job_id)
            self.attempts[job_id] = 0
            self._go(job_id, State.WAITING)
            for other, state in list(self.states.items()):
                if state is State.SKIPPED:
                    self._go(other, State.WAITING)

        return again

    def _luck_of(self, job_id: JobId) -> list[State]:
        return [self._luck.choice(LUCK) for _ in range(self.plan.job(job_id).retries + 1)]

    def _settled(self, job_id: JobId) -> list[State]:
        """The attempts that are made: the failed ones, and the one that decides."""
        made: list[State] = []
        for end in self._attempts_to_come[job_id]:
            made.append(
                State.FAILED
                if end is State.LOST and isinstance(self.plan.job(job_id).work, AskApproval)
                else end
            )
            if end not in (State.FAILED, State.TIMED_OUT):
                break
        return made

    def _cancel(self) -> None:
        self.is_cancelled = True
        for job_id, state in list(self.states.items()):
            if state not in ENDS:
                self._go(job_id, State.CANCELLED)

    def _go(self, job_id: JobId, to: State) -> None:
        assert to in TRANSITIONS[self.states[job_id]], (job_id, self.states[job_id], to)
        self.states[job_id] = to


def walk(plan: Plan, luck: Random, kept: frozenset[JobId], *, may_be_cancelled: bool) -> Walk:
    """Walks once and holds what came of it against the model."""
    walked = Walk(plan, luck, kept)
    walked.whole(may_be_cancelled=may_be_cancelled)
    for job_id, attempts in walked.attempts.items():
        assert attempts <= plan.job(job_id).retries + 1
        assert not (attempts and job_id in kept)
        assert (
            bool(attempts)
            or walked.states[job_id] in (State.SKIPPED, State.CANCELLED)
            or (job_id in kept)
        )
    if walked.is_cancelled:
        assert outcome(plan, walked.states) in BAD
    else:
        model = Model(plan, Script(walked.script, kept))
        assert walked.states == model.ends
        assert outcome(plan, walked.states) is model.verdict
    return walked


def check_taken_over(walked: Walk, mode: str, kept: frozenset[JobId]) -> None:
    """Only what ended well is taken over, and nothing that stands on what is done again."""
    plan = walked.plan
    delicate = {i for i in plan.job_ids if isinstance(plan.job(i).work, AskApproval)}
    for job_id in kept:
        assert walked.states[job_id] is State.OK
        for other in before(plan, job_id):
            assert other in kept or walked.states[other] is State.SKIPPED
    if mode == "failed" and kept & delicate:
        assert all(walked.states[i] in (State.OK, State.SKIPPED) for i in delicate)


def walk_and_repeat(seed: int) -> None:
    luck = Random(seed)  # noqa: S311 - chance of a test, seeded to be had again
    plan = random_plan(luck)
    kept: frozenset[JobId] = frozenset()
    for _ in range(luck.randint(1, 3)):
        walked = walk(plan, luck, kept, may_be_cancelled=luck.random() < 0.2)
        mode = luck.choice(MODES)
        try:
            kept = taken_over(plan, walked.states, mode, luck.choice(plan.stages).name)
        except Refused:
            assert mode == "from"
            kept = frozenset()
        check_taken_over(walked, mode, kept)


@pytest.mark.timeout(max(120, WALKS // 10))
@settings(max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63))
def test_every_walk_ends_as_the_model_says(seed: int) -> None:
    walk_and_repeat(seed)
