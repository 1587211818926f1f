"""Brings a built file to another environment: the same bytes, in a run that never builds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from devops_tui.domain.artifact import PlannedArtifact
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.pipeline import Artifact, Commit, Pipeline, Plan, Run, Stage
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.pipelines import store_plan
from devops_tui.services.promotion_ways import refusal_of, stages_to


def promote(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    artifact: Artifact,
    environment: str,
    actor: str,
    why: str = "",
    pipeline: str = "",
) -> Run:
    """Stores a run of the stages that deploy the file there, from its deployment on.

    The plan names the digest; it has the commit of the run that built it. Checks, the
    approval and the watch of those stages are as in any run.

    Raises:
        NotFound: There is no such environment or pipeline, or the file was pruned.
        Refused: No pipeline deploys it there, or several do; it did not pass its tests, or
            was not released well in the environment that must come before; or a protected
            environment was given no reason.
        NotAllowed: The actor is not in the team.
    """
    if environment not in workspace.environments:
        names = ", ".join(workspace.environments) or "none"
        raise NotFound(f"no environment {environment}", f"There are: {names}.")
    if workspace.environments[environment].is_protected and not why.strip():
        raise Refused(f"{environment} is protected: say why", "Give a reason: --why TEXT.")
    chosen, stages = _choose(workspace, artifact, environment, pipeline)
    refusal = refusal_of(store, workspace, artifact, stages, actor)
    if refusal is not None:
        raise refusal
    built = _builder(store, artifact)
    commit = built.plan.commit if built is not None else None
    if commit is None and artifact.commit:
        commit = Commit(artifact.commit)
    source = built.plan.source if built is not None else chosen.source
    planned = PlannedArtifact(artifact.name, artifact.digest, artifact.built_by)
    plan = Plan(chosen.name, stages, commit, source, artifacts=(planned,), runs_on=chosen.runs_on)
    with store.transaction():
        run = store_plan(
            store,
            clock,
            plan,
            actor,
            why,
            f"promotion of {artifact.digest[7:19]}",
            built.commits if built is not None else (),
            built.cards if built is not None else (),
            digest=artifact.digest,
            to=environment,
        )
        store.add_artifact(replace(artifact, run_id=run.id, origin=artifact.built_by))
        data = {"digest": artifact.digest, "name": artifact.name, "to": environment}
        now = clock.now()
        store.append(Event("artifact.promoted", run.id, now, actor, why, data))
    return run


def way_to(
    workspace: Workspace, artifact: Artifact, environment: str, pipeline: str = ""
) -> tuple[Pipeline, tuple[Stage, ...]]:
    """The pipeline that would bring a file there, and the stages of it that would run.

    Raises:
        NotFound: There is no such pipeline.
        Refused: None deploys it there, or several do.
    """
    return _choose(workspace, artifact, environment, pipeline)


def _choose(
    workspace: Workspace, artifact: Artifact, environment: str, pipeline: str
) -> tuple[Pipeline, tuple[Stage, ...]]:
    builder = artifact.built_by.rpartition("-")[0]
    found: list[tuple[Pipeline, tuple[Stage, ...]]] = []
    for definition in workspace.pipelines.values():
        if pipeline and definition.name != pipeline:
            continue
        stages = stages_to(workspace, definition, artifact, environment, builder)
        if stages:
            found.append((definition, stages))
    if pipeline:
        workspace.pipeline(pipeline)  # raises NotFound
    if not found:
        file = PurePosixPath(artifact.name).name
        who = f"{pipeline} does not deploy" if pipeline else "no pipeline deploys"
        raise Refused(
            f"{who} {file} of {builder} to {environment}",
            f"A stage like `deploy: {{service: ..., artifact: {file}, from: {builder}}}` does.",
        )
    if len(found) > 1:
        names = ", ".join(p.name for p, _ in found)
        raise Refused(f"several pipelines deploy it to {environment}: {names}", "Name one.")
    return found[0]


def _builder(store: Store, artifact: Artifact) -> Run | None:
    try:
        return store.run(artifact.built_by)
    except NotFound:
        return None
