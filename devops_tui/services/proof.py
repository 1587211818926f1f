"""Whether a built file passed the tests of the run that built it."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import Run, Stage, StageKind, State
from devops_tui.ports.store import Store

_PASSED = frozenset({State.OK, State.SKIPPED})


def why_not_proved(store: Store, digest: Digest) -> str | None:
    """Why no run shows that the file passed its tests; None when one does, or has none.

    A run shows it whose stages, up to the last one of tests, all ended well. A job that was
    not wanted counts as well; one that never began because of another one does not, since
    that one did not end well. A rerun shows it for the run that it repeats.
    """
    told = ""
    for run in _runs(store, digest):
        stages = _up_to_tests(run)
        if not stages:
            continue
        reason = _why_not(store, run, stages)
        if reason is None:
            return None
        told = told or reason
    return f"{digest[:19]} did not pass its tests: {told}" if told else None


def _runs(store: Store, digest: Digest) -> list[Run]:
    """Every run that has it, the newest first."""
    found: dict[str, Run] = {}
    for artifact in store.artifacts_of(digest):
        try:
            found[artifact.run_id] = store.run(artifact.run_id)
        except NotFound:
            continue  # its row went before this one's
    return sorted(found.values(), key=lambda run: run.created_at, reverse=True)


def _up_to_tests(run: Run) -> Sequence[Stage]:
    kinds = [stage.kind for stage in run.plan.stages]
    if StageKind.TEST not in kinds:
        return ()
    last = len(kinds) - kinds[::-1].index(StageKind.TEST)
    return run.plan.stages[:last]


def _why_not(store: Store, run: Run, stages: Sequence[Stage]) -> str | None:
    names = {stage.name for stage in stages}
    for record in store.job_runs(run.id):
        if record.stage in names and record.state not in _PASSED:
            return f"{run.id}: {record.job_id} is {record.state.value}"
    return None
