"""What a new run of the same plan takes over from the one that it repeats."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.look import is_skipped_by_condition, needs_first
from devops_tui.domain.pipeline import Plan, State
from devops_tui.domain.work import AskApproval, BringUp, FlipTraffic, WatchHealth

MODES = ("all", "failed", "from")


def taken_over(
    plan: Plan, states: Mapping[JobId, State], mode: str, stage: str = ""
) -> frozenset[JobId]:
    """The jobs of an ended run that are not done again.

    "all" takes nothing over. "from" takes over the stages before `stage`, which must all
    have ended well. "failed" takes over what ended well and stands on nothing that is
    done again; approvals and acts on an environment are all done again as soon as one of
    them has to be: another run may have been there meanwhile, and a person approved what
    stood there then. So a clean-up cleans up again after what failed.

    What nobody wanted is never taken over: its condition is asked again.

    Raises:
        NotFound: There is no such stage.
        Refused: The mode is unknown, or a stage before `stage` did not end well.
    """
    good = frozenset(i for i, state in states.items() if state is State.OK)
    if mode == "all":
        return frozenset()
    unwanted = frozenset(
        job_id
        for job_id, state in states.items()
        if state is State.SKIPPED and is_skipped_by_condition(plan, job_id)
    )
    if mode == "from":
        return _before(plan, stage, good, unwanted)
    if mode != "failed":
        raise Refused(f"no mode {mode}", f"There are: {', '.join(MODES)}.")
    delicate = frozenset(i for i in plan.job_ids if _is_delicate(plan, i)) - unwanted
    return _standing(plan, good if delicate <= good else good - delicate, unwanted)


def _before(
    plan: Plan, stage: str, good: frozenset[JobId], unwanted: frozenset[JobId]
) -> frozenset[JobId]:
    names = [s.name for s in plan.stages]
    if stage not in names:
        raise NotFound(f"no stage {stage}", f"There are: {', '.join(names)}.")
    earlier = plan.stages[: names.index(stage)]
    before = frozenset(JobId(f"{s.name}/{j.name}") for s in earlier for j in s.jobs)
    bad = sorted(before - good - unwanted)
    if bad:
        raise Refused(f"{bad[0]} did not end well", "Rerun from its stage, or what failed.")
    return before & good


def _standing(plan: Plan, good: frozenset[JobId], unwanted: frozenset[JobId]) -> frozenset[JobId]:
    """Those of `good` before which nothing is done again."""
    kept: set[JobId] = set()
    is_whole = True  # nothing of the stages before is done again
    for stage in plan.stages:
        sound: set[JobId] = set()  # nothing of it, nor of what it needs, is done again
        for _, job_id, needs in needs_first(stage):
            if sound.issuperset(needs) and (job_id in good or job_id in unwanted):
                sound.add(job_id)
        if is_whole:
            kept |= sound & good
        is_whole = is_whole and len(sound) == len(stage.jobs)
    return frozenset(kept)


def _is_delicate(plan: Plan, job_id: JobId) -> bool:
    work = plan.job(job_id).work
    return isinstance(work, AskApproval | BringUp | FlipTraffic | WatchHealth)
