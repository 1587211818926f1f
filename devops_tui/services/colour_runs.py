"""Colours by hand: brought up as a pipeline would, stopped, kept warm for longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath

from devops_tui.domain.artifact import PlannedArtifact
from devops_tui.domain.batches import HostCount
from devops_tui.domain.errors import DevopsError, NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import Artifact, Commit, Job, Plan, Run, Stage, StageKind
from devops_tui.domain.traffic import Colour, Service, ServiceStatus
from devops_tui.domain.work import BringUp, RetireColour
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import artifacts
from devops_tui.services.pipelines import store_plan
from devops_tui.services.promotion_ways import refusal_of
from devops_tui.services.retirement import refuse_known

RUNS = "colours"
"""Name that runs of colours by hand bear in place of a pipeline's."""

_DOWN_S = 600.0


def bring_up(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    name: str,
    colour: Colour | None,
    said: str,
    batches: Sequence[HostCount],
    actor: str,
    why: str = "",
) -> Run:
    """Stores the run that brings a colour up, by the deployment that a pipeline defines.

    Args:
        store: Where it is stored.
        clock: Of now.
        workspace: With the service and the pipelines.
        name: Of the service.
        colour: The one that is meant; None for the one that does not serve.
        said: The file as an operator names it; empty for what the colour held last.
        batches: Sizes of the groups of hosts; empty for those of the service.
        actor: Who asks.
        why: One line, needed where it is protected.

    Raises:
        NotFound: There is no such service or file, or it was pruned.
        Refused: The colour serves, nobody knows what it held, no pipeline deploys that file
            to the service, it did not pass its tests, or a reason is needed.
        NotAllowed: The actor is not in the team.
    """
    service = _service(workspace, name, why)
    status = store.service_status(service.name)
    to = _idle(status, service, colour)
    held = status.digests.get(to, "")
    if not said and not held:
        raise Refused(
            f"nobody knows what {to} of {name} held", "Name a file: --artifact DIGEST or its name."
        )
    artifact = artifacts.find(store, said or held)
    job, deployment = _deployment(workspace, service, artifact)
    work = replace(deployment, colour=to, batches=tuple(batches), pipeline="")
    stage = Stage(
        "up",
        StageKind.DEPLOY,
        (replace(job, name=str(service.name), work=work, needs=(), condition=""),),
    )
    refusal = refusal_of(store, workspace, artifact, (stage,), actor)
    if refusal is not None:
        raise refusal
    built = _builder(store, artifact)
    commit = built.plan.commit if built is not None else None
    if commit is None and artifact.commit:
        commit = Commit(artifact.commit)
    planned = PlannedArtifact(artifact.name, artifact.digest, artifact.built_by)
    plan = Plan(RUNS, (stage,), commit, artifacts=(planned,))
    with store.transaction():
        run = store_plan(
            store, clock, plan, actor, why, "hand", service=service.name, colour=to.value
        )
        store.add_artifact(replace(artifact, run_id=run.id, origin=artifact.built_by))
    return run


def take_down(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    name: str,
    colour: Colour | None,
    actor: str,
    why: str = "",
    trigger: str = "hand",
) -> Run:
    """Stores the run that stops a colour; whether it may is asked again when it acts.

    Raises:
        NotFound: There is no such service.
        Refused: The colour serves, there is no `down`, or a reason is needed.
    """
    service = _service(workspace, name, why)
    status = store.service_status(service.name)
    which = colour or (status.live.other if status.live is not None else Colour.GREEN)
    refused = refuse_known(status, service, which, clock)
    if refused is not None:
        raise refused
    job = Job(str(service.name), RetireColour(service.name, which), timeout_s=_DOWN_S)
    plan = Plan(RUNS, (Stage("down", StageKind.DEPLOY, (job,)),))
    return store_plan(
        store, clock, plan, actor, why, trigger, service=service.name, colour=which.value
    )


def keep(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    name: str,
    seconds: float,
    actor: str,
    why: str = "",
) -> ServiceStatus:
    """Keeps the idle colour for an undo for so long from now, or until when it is kept anyway.

    Raises:
        NotFound: There is no such service.
        Refused: Nothing is kept warm: it was stopped, or another version was put there.
    """
    service = workspace.service(name)
    now = clock.now()
    with store.transaction():
        status = store.service_status(service.name)
        if status.live is None or status.warm_until is None:
            raise Refused(
                f"no colour of {name} is kept warm", "A flip keeps the colour before it warm."
            )
        until = max(status.warm_until, now + timedelta(seconds=seconds))
        kept = replace(status, warm_until=until)
        store.save_service(kept)
        data = {"colour": status.live.other.value, "until": f"{until:%Y-%m-%d %H:%M} UTC"}
        store.append(Event("colour.kept", service.name, now, actor, why, data))
    return kept


def refuse_taken_name(workspace: Workspace) -> None:
    """Raises Refused where a pipeline has the name that runs of colours by hand bear."""
    if RUNS in workspace.pipelines:
        raise Refused(f"a pipeline is named {RUNS}", "Give it another name.")


def _service(workspace: Workspace, name: str, why: str) -> Service:
    service = workspace.service(name)
    refuse_taken_name(workspace)
    place = workspace.environment_of(service.name)
    if place.is_protected and not why.strip():
        raise Refused(f"{place.name} is protected: a reason is needed", "Say why: --why TEXT.")
    return service


def _idle(status: ServiceStatus, service: Service, colour: Colour | None) -> Colour:
    if status.live is None:
        raise Refused(
            f"nobody knows which colour of {service.name} serves", "Wait until it was read."
        )
    if colour is status.live:
        raise Refused(f"{colour} serves", f"Bring {colour.other} up, then flip.")
    return status.live.other


def _deployment(workspace: Workspace, service: Service, artifact: Artifact) -> tuple[Job, BringUp]:
    """The job by which a pipeline brings such a file to the service.

    Raises:
        Refused: None does.
    """
    for found in _deployments(workspace, service, artifact):
        return found
    file = PurePosixPath(artifact.name).name
    raise Refused(
        f"no pipeline deploys {file} to {service.name}",
        f"A stage like `deploy: {{service: {service.name}, artifact: {file}}}` does.",
    )


def _deployments(
    workspace: Workspace, service: Service, artifact: Artifact
) -> Iterator[tuple[Job, BringUp]]:
    builder = artifact.built_by.rpartition("-")[0]
    names = (artifact.name, PurePosixPath(artifact.name).name)
    for pipeline in workspace.pipelines.values():
        for stage in pipeline.stages:
            for job in stage.jobs:
                work = job.work
                if not isinstance(work, BringUp) or work.service != service.name:
                    continue
                if work.artifact in names and (work.pipeline or pipeline.name) == builder:
                    yield job, work


def _builder(store: Store, artifact: Artifact) -> Run | None:
    try:
        return store.run(artifact.built_by)
    except NotFound:
        return None


def why_not_up(
    store: Store, workspace: Workspace, name: str, colour: Colour | None = None
) -> str | None:
    """Why a colour cannot be brought up again as it was; None when it can, as far as known."""
    try:
        service = workspace.service(name)
        status = store.service_status(service.name)
        to = _idle(status, service, colour)
        held = status.digests.get(to, "")
        if not held:
            return f"nobody knows what {to} of {name} held"
        _deployment(workspace, service, artifacts.find(store, Digest(held)))
    except DevopsError as error:
        return error.title
    return None
