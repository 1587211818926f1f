"""Decides once which files a job fetches, and remembers it: a restart takes the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from devops_tui.domain.artifact import Fetch, JobInput
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Artifact, JobRun, Plan, Run, RunInput, State
from devops_tui.ports.store import Store

_RUNS_LOOKED_AT = 200
_RERUN = "rerun of "


def decide(store: Store, run: Run, plan: Plan, record: JobRun, wanted: Sequence[Fetch]) -> JobRun:
    """The record with one input for each fetch, stored as soon as that is decided.

    In this order: what was decided before; what the run brings or an earlier stage
    built; what the run that this one repeats took; what the runs have that the plan stands
    on; the newest success of the named pipeline.

    Raises:
        NotFound: There is no such artifact; says where it was looked for.
        Refused: It would be put outside of the checkout, or the name means several.
    """
    if not wanted or len(record.inputs) == len(wanted):
        return record
    found = tuple(_one(store, run, plan, record.job_id, fetch) for fetch in wanted)
    decided = replace(record, inputs=found)
    store.save_job(decided, record.state)
    return decided


def jobs_before(plan: Plan, job_id: JobId) -> frozenset[JobId]:
    """All jobs of earlier stages, and those of the same stage that it needs, near and far."""
    before: set[JobId] = set()
    for stage in plan.stages:
        jobs = {job.name: job for job in stage.jobs}
        if not job_id.startswith(f"{stage.name}/"):
            before |= {JobId(f"{stage.name}/{name}") for name in jobs}
            continue
        open_names = list(plan.job(job_id).needs)
        while open_names:
            name = open_names.pop()
            if JobId(f"{stage.name}/{name}") not in before:
                before.add(JobId(f"{stage.name}/{name}"))
                open_names += jobs[name].needs
        break
    return frozenset(before)


def given(store: Store, run: Run, plan: Plan, job_id: JobId) -> list[Artifact]:
    """What the run has for a job: built by jobs before it, or brought by a promotion."""
    before = jobs_before(plan, job_id)
    brought = {(item.name, item.digest) for item in plan.artifacts}
    return [
        a for a in store.artifacts(run.id) if a.job_id in before or (a.name, a.digest) in brought
    ]


def one_named(found: Iterable[Artifact], name: str) -> Artifact | None:
    """The artifact of that name, or the one of that file name.

    Raises:
        Refused: Several have that file name.
    """
    several = list(found)
    for artifact in several:
        if artifact.name == name:
            return artifact
    same = [a for a in several if PurePosixPath(a.name).name == name]
    if len(same) > 1:
        names = ", ".join(a.name for a in same)
        raise Refused(f"{name} may mean {names}", "Name it with its folder.")
    return same[0] if same else None


def _one(store: Store, run: Run, plan: Plan, job_id: JobId, fetch: Fetch) -> JobInput:
    artifact = one_named(given(store, run, plan, job_id), fetch.artifact)
    if artifact is None:
        artifact = _repeated(store, run, job_id, fetch) if fetch.pipeline else None
        artifact = artifact or _upstream(store, plan, fetch)
    if artifact is None and fetch.pipeline:
        artifact = _newest(store, fetch)
    if artifact is None:
        raise _missing(store, run, fetch)
    holding = store.holding(artifact.digest)
    if holding.pruned_at is not None:
        raise NotFound(
            f"{artifact.name} of {artifact.run_id} was pruned on "
            f"{holding.pruned_at:%Y-%m-%d} by retention: {holding.pruned_why}",
            "Build it again.",
        )
    return JobInput(
        artifact.name, artifact.digest, artifact.run_id, _path(fetch, artifact), fetch.pipeline
    )


def _path(fetch: Fetch, artifact: Artifact) -> str:
    file = PurePosixPath(artifact.name).name
    to = fetch.to
    path = artifact.name if not to else f"{to}{file}" if to.endswith("/") else to
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise Refused(f"{path} would lie outside of the checkout")
    return parts.as_posix()


def _repeated(store: Store, run: Run, job_id: JobId, fetch: Fetch) -> Artifact | None:
    """What the run that this one repeats took: the same inputs, whatever was built since."""
    if not run.trigger.startswith(_RERUN):
        return None
    try:
        record = store.job_run(RunId(run.trigger.removeprefix(_RERUN)), job_id)
    except NotFound:
        return None
    for item in record.inputs:
        file = PurePosixPath(item.name).name
        if item.pipeline == fetch.pipeline and fetch.artifact in (item.name, file):
            rows = [a for a in store.artifacts(item.run_id) if a.digest == item.digest]
            rows = rows or list(store.artifacts_of(item.digest))
            return rows[0] if rows else None
    return None


def _upstream(store: Store, plan: Plan, fetch: Fetch) -> Artifact | None:
    """Of the runs that the plan stands on, near and far: theirs and no newer ones.

    Raises:
        NotFound: It stands on a run of the named pipeline, which has no such artifact.
    """
    runs = [i.run_id for i in _stands_on(store, plan) if fetch.pipeline in ("", i.pipeline)]
    found = one_named((a for run_id in runs for a in store.artifacts(run_id)), fetch.artifact)
    if found is None and fetch.pipeline and runs:
        names = ", ".join(a.name for a in store.artifacts(runs[0])) or "none"
        raise NotFound(f"{runs[0]} has no {fetch.artifact}", f"What it has: {names}.")
    return found


def _stands_on(store: Store, plan: Plan) -> list[RunInput]:
    """Every run that went into a plan, each once; the near ones first."""
    found: dict[RunId, RunInput] = {}
    ahead = list(plan.inputs)
    while ahead:
        one = ahead.pop(0)
        if one.run_id not in found:
            found[one.run_id] = one
            ahead += store.run(one.run_id).plan.inputs
    return list(found.values())


def _newest(store: Store, fetch: Fetch) -> Artifact | None:
    for run in store.runs(fetch.pipeline, _RUNS_LOOKED_AT):
        if run.state is State.OK:
            artifact = one_named(store.artifacts(run.id), fetch.artifact)
            if artifact is not None:
                return artifact
    return None


def _missing(store: Store, run: Run, fetch: Fetch) -> NotFound:
    if fetch.pipeline:
        return NotFound(
            f"no run of {fetch.pipeline} that ended well has {fetch.artifact}",
            f"Run {fetch.pipeline} first, or look at what it stores.",
        )
    names = ", ".join(a.name for a in store.artifacts(run.id)) or "none"
    return NotFound(f"no stage before built {fetch.artifact} in {run.id}", f"What it has: {names}.")
