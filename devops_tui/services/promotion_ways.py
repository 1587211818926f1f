"""Where a built file can go: the stages that deploy it, and why it may not go yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from devops_tui.domain.errors import DevopsError, NotAllowed, NotFound, Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import Artifact, Pipeline, Stage
from devops_tui.domain.promotion import PromotionTarget, PromotionWay
from devops_tui.domain.work import AskApproval, BringUp
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store
from devops_tui.services.proof import why_not_proved
from devops_tui.services.releases import whereabouts, why_not_after


def ways(
    store: Store, workspace: Workspace, artifact: Artifact, actor: str
) -> Sequence[PromotionWay]:
    """Every environment and pipeline by which it can go there, also those that refuse now."""
    builder = artifact.built_by.rpartition("-")[0]
    serves = {w.environment for w in whereabouts(store, workspace, [artifact.digest]) if w.is_live}
    found: list[PromotionWay] = []
    for environment in workspace.environments.values():
        for pipeline in workspace.pipelines.values():
            stages = stages_to(workspace, pipeline, artifact, environment.name, builder)
            if not stages:
                continue
            refusal = refusal_of(store, workspace, artifact, stages, actor)
            found.append(
                PromotionWay(
                    environment.name,
                    pipeline.name,
                    tuple(stage.name for stage in stages),
                    tuple(_target(store, workspace, work) for work in deployments(stages)),
                    asks=any(isinstance(j.work, AskApproval) for s in stages for j in s.jobs),
                    is_protected=environment.is_protected,
                    is_there=environment.name in serves,
                    why_not=refusal.title if refusal is not None else "",
                )
            )
    return found


def refusal_of(
    store: Store,
    workspace: Workspace,
    artifact: Artifact,
    stages: tuple[Stage, ...],
    actor: str,
) -> DevopsError | None:
    """Why these stages may not bring the file on; None when they may."""
    holding = store.holding(artifact.digest)
    if holding.pruned_at is not None:
        return NotFound(
            f"{artifact.name} was pruned on {holding.pruned_at:%Y-%m-%d} by retention: "
            f"{holding.pruned_why}",
            "Build it again.",
        )
    if not workspace.team.roles_of(actor):
        return NotAllowed(f"{actor} is not in the team", "Add the login to `team:`.")
    unproved = why_not_proved(store, artifact.digest)
    if unproved is not None:
        return Refused(unproved, "Rerun what failed, or build it anew; what passes may go on.")
    for work in deployments(stages):
        reason = why_not_after(store, workspace, artifact.digest, work.after)
        if reason is not None:
            return Refused(reason, f"Release it in {work.after} first.")
    return None


def _target(store: Store, workspace: Workspace, work: BringUp) -> PromotionTarget:
    service = workspace.services[work.service]
    live = store.service_status(service.name).live
    if live is not None:
        return PromotionTarget(service.name, live.other, service.colours[live.other].hosts)
    every: dict[HostName, None] = {}
    for servers in service.colours.values():
        every |= dict.fromkeys(servers.hosts)
    return PromotionTarget(service.name, "", tuple(every))


def stages_to(
    workspace: Workspace, pipeline: Pipeline, artifact: Artifact, environment: str, builder: str
) -> tuple[Stage, ...]:
    """From the deployment there on, up to one into another environment; never a build."""
    kept: list[Stage] = []
    for stage in pipeline.stages:
        works = list(deployments((stage,)))
        is_there = any(
            place_of(workspace, work) == environment
            and work.artifact in (artifact.name, PurePosixPath(artifact.name).name)
            and (work.pipeline or pipeline.name) == builder
            for work in works
        )
        if kept and works and not is_there:
            break
        if is_there or kept:
            kept.append(stage)
    if any(job.artifacts for stage in kept for job in stage.jobs):
        return ()  # it would build beside what it brings
    return tuple(kept)


def deployments(stages: tuple[Stage, ...]) -> Iterator[BringUp]:
    """Every deployment of these stages."""
    for stage in stages:
        for job in stage.jobs:
            if isinstance(job.work, BringUp):
                yield job.work


def place_of(workspace: Workspace, work: BringUp) -> str:
    """The environment that a deployment goes to; empty when its service is gone."""
    service = workspace.services.get(work.service)
    return service.environment if service is not None else ""
