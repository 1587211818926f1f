"""Compares runs: with one another, with the last success, with what is in production."""

from __future__ import annotations

from devops_tui.domain.change import (
    Changes,
    commits_between,
    facts_changed,
    files_changed,
    settings_changed,
)
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import RunId, ServiceName
from devops_tui.domain.pipeline import Plan, Run, State
from devops_tui.domain.traffic import FlipState
from devops_tui.domain.work import FlipTraffic
from devops_tui.ports.store import Store

LAST_SUCCESS = "last-success"
PRODUCTION = "production"
_RUNS = 200
_FLIPS = 200


def what_changed(store: Store, run_id: RunId, since: str = LAST_SUCCESS) -> Changes:
    """What a run has that another had not; one read of the store.

    Args:
        store: Read only.
        run_id: The run that is asked about.
        since: "last-success" of the same pipeline, "production", or the id of a run.

    Raises:
        NotFound: There is no such run.
        Refused: The run releases no service, so nothing of it is in production.
    """
    with store.snapshot():
        now = store.run(run_id)
        if since == LAST_SUCCESS:
            before, words = _last_success(store, now), "the last success"
        elif since == PRODUCTION:
            before, words = _in_production(store, now), "what is in production"
        else:
            try:
                before, words = store.run(RunId(since)), since
            except NotFound as error:
                hint = f"Name a run, or {LAST_SUCCESS}, or {PRODUCTION}."
                raise NotFound(error.title, hint) from None
        if before is None:
            missing = f"no run before this one is {words.removeprefix('what is ')}"
            return Changes("", now.id, missing, now_commit=now.plan.commit, commits=now.commits)
        return _compare(store, before, now, words)


def _compare(store: Store, before: Run, now: Run, since: str) -> Changes:
    if before.plan.pipeline == now.plan.pipeline:
        runs = store.runs(now.plan.pipeline, _RUNS)
        commits, taken_back, is_whole = commits_between(before, now, runs)
    else:  # their commits have nothing to do with one another
        commits, taken_back, is_whole = now.commits, (), before.plan.commit == now.plan.commit
    files, same = files_changed(store.artifacts(before.id), store.artifacts(now.id))
    return Changes(
        before.id,
        now.id,
        since,
        before.plan.commit,
        now.plan.commit,
        commits,
        taken_back,
        is_whole,
        settings_changed(before.plan, now.plan),
        facts_changed(before.plan, now.plan),
        files,
        same,
    )


def _last_success(store: Store, now: Run) -> Run | None:
    """The newest success before a run, of the same branch where there is one."""
    earlier = (r for r in store.runs(now.plan.pipeline, _RUNS) if r.number < now.number)
    good = [run for run in earlier if run.state is State.OK]
    alike = (run for run in good if run.plan.branch == now.plan.branch)
    return next(alike, good[0] if good else None)


def _in_production(store: Store, now: Run) -> Run | None:
    """The run that brought what serves now."""
    service = service_of(now.plan)
    if not service:
        raise Refused(
            f"no stage of {now.plan.pipeline} releases a service",
            f"Compare with `{LAST_SUCCESS}`, or with a run.",
        )
    live = store.service_status(service).live
    for flip in store.flips(service, _FLIPS):
        is_there = flip.state is FlipState.DONE and flip.to_colour is live
        if is_there and flip.run_id is not None and flip.run_id != now.id:
            return store.run(flip.run_id)
        if is_there and flip.run_id == now.id:
            return now
    return None


def service_of(plan: Plan) -> ServiceName:
    """The service that a plan releases; empty when it releases none."""
    works = (job.work for stage in plan.stages for job in stage.jobs)
    found = (work.service for work in works if isinstance(work, FlipTraffic))
    return next(found, ServiceName(""))
