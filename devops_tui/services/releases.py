"""What was released where, read from runs and flips; nothing is kept twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from devops_tui.domain.artifact import Release, Whereabouts
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest, JobId, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact, JobRun, Plan, Run, State
from devops_tui.domain.traffic import FlipState
from devops_tui.domain.work import BringUp, FlipTraffic, WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store

_FLIPS_LOOKED_AT = 500


def releases_of(store: Store, workspace: Workspace, digest: Digest) -> list[Release]:
    """Every time a run brought the digest to an environment, the newest first."""
    found: list[Release] = []
    seen: set[str] = set()
    for artifact in store.artifacts_of(digest):
        if artifact.run_id not in seen:
            seen.add(artifact.run_id)
            found += _of_run(store, workspace, artifact)
    return sorted(found, key=lambda r: r.at, reverse=True)


def why_not_after(
    store: Store, workspace: Workspace, digest: Digest, environment: str
) -> str | None:
    """Why the digest may not go on yet; None when it was released well there, or need not."""
    if not environment:
        return None
    there = [r for r in releases_of(store, workspace, digest) if r.environment == environment]
    if any(r.is_well for r in there):
        return None
    if not there:
        return f"{digest[:19]} was never released in {environment}"
    last = there[0]
    return f"{digest[:19]} was not released well in {environment}: {last.run_id}: {last.why_not}"


def whereabouts(store: Store, workspace: Workspace, digests: Sequence[Digest]) -> list[Whereabouts]:
    """Where these digests stand now, what serves first."""
    wanted = set(digests)
    found: list[Whereabouts] = []
    for service in workspace.services.values():
        status = store.service_status(service.name)
        for colour, servers in service.colours.items():
            digest = Digest(status.digests.get(colour.value, ""))
            if digest in wanted:
                found.append(
                    Whereabouts(
                        service.environment,
                        service.name,
                        colour.value,
                        tuple(servers.hosts),
                        digest,
                        status.versions.get(colour.value, ""),
                        is_live=status.live is colour,
                    )
                )
    return sorted(found, key=lambda w: (w.environment, w.service, not w.is_live))


def release_in(store: Store, run_id: RunId, service: ServiceName) -> Artifact | None:
    """The file that a run brought to a service; None when it brought none.

    Raises:
        NotFound: There is no such run.
    """
    run = store.run(run_id)
    records = {record.job_id: record for record in store.job_runs(run.id)}
    files = store.artifacts(run.id)
    for job_id, work in _deployments(run.plan):
        record = records.get(job_id)
        if work.service == service and record is not None:
            found = next((a for a in files if _is_of(a, work, record)), None)
            if found is not None:
                return found
    return None


def why_not_well(store: Store, run_id: RunId, service: ServiceName) -> str:
    """Why a run's release of a service was not well, in one line; empty when it was."""
    try:
        run = store.run(run_id)
    except NotFound as error:
        return error.title
    records = {record.job_id: record for record in store.job_runs(run.id)}
    return _why_not_well(store, run, records, service)


def _of_run(store: Store, workspace: Workspace, artifact: Artifact) -> Iterator[Release]:
    try:
        run = store.run(artifact.run_id)
    except NotFound:
        return  # its row went before this one's
    records = {record.job_id: record for record in store.job_runs(run.id)}
    for job_id, work in _deployments(run.plan):
        record = records.get(job_id)
        if record is None or record.state is not State.OK or record.is_reused:
            continue
        if not _is_of(artifact, work, record):
            continue
        service = workspace.services.get(work.service)
        why_not = _why_not_well(store, run, records, work.service)
        yield Release(
            artifact.digest,
            service.environment if service is not None else "",
            work.service,
            run.id,
            job_id,
            record.ended_at or run.created_at,
            is_well=not why_not,
            why_not=why_not,
        )


def _deployments(plan: Plan) -> Iterator[tuple[JobId, BringUp]]:
    for stage in plan.stages:
        for job in stage.jobs:
            if isinstance(job.work, BringUp):
                yield JobId(f"{stage.name}/{job.name}"), job.work


def _is_of(artifact: Artifact, work: BringUp, record: JobRun) -> bool:
    if record.inputs:
        return any(item.digest == artifact.digest for item in record.inputs)
    return work.artifact in (artifact.name, PurePosixPath(artifact.name).name)


def _why_not_well(
    store: Store, run: Run, records: dict[JobId, JobRun], service: ServiceName
) -> str:
    """In one line why the release is not well; empty when it is."""
    has_flip = False
    for stage in run.plan.stages:
        for job in stage.jobs:
            job_id = JobId(f"{stage.name}/{job.name}")
            is_about = isinstance(job.work, FlipTraffic | WatchHealth)
            if not is_about or getattr(job.work, "service", "") != service:
                continue
            record = records.get(job_id)
            state = record.state if record is not None else State.WAITING
            has_flip = has_flip or isinstance(job.work, FlipTraffic)
            if state is not State.OK:
                why = f": {record.why}" if record is not None and record.why else ""
                return f"{job_id} is {state.value}{why}"
    if not has_flip:
        return f"it got no traffic of {service}"
    flips = store.flips(service, limit=_FLIPS_LOOKED_AT)
    mine = {f.id for f in flips if f.run_id == run.id and f.undoes is None}
    back = next((f for f in flips if f.undoes in mine and f.state is FlipState.DONE), None)
    return f"{back.actor} went back: {back.why}" if back is not None else ""
