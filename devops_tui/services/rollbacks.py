"""Finds how a service goes back: undo the flip while its colour is warm, else by digest.

Nothing is done here: the plan is carried out by the wishes that there are, UNDO and PROMOTE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import DevopsError, NotFound
from devops_tui.domain.ids import Digest, RunId, ServiceName
from devops_tui.domain.pipeline import Artifact
from devops_tui.domain.rollback import RollbackPlan, Way
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.access import why_not
from devops_tui.services.promotion import way_to
from devops_tui.services.releases import release_in, why_not_well

_FLIPS = 200
_SHORT = 19


def plan_rollback(
    store: Store, clock: Clock, workspace: Workspace, service: str, commands: Sequence[str]
) -> RollbackPlan:
    """What a rollback of the service would do now.

    Args:
        store: Read only.
        clock: Of the one who asks.
        workspace: With the service.
        service: Its name.
        commands: The exact commands of a flip to the colour that does not serve.

    Raises:
        NotFound: There is no such service.
    """
    defined = workspace.service(service)
    place = workspace.environment_of(defined.name)
    with store.snapshot():
        status = store.service_status(defined.name)
        flips = [f for f in store.flips(defined.name, _FLIPS) if _is_release(f)]
        current = next((f for f in flips if f.to_colour is status.live), None)
        base = RollbackPlan(
            defined.name,
            place.name,
            place.is_protected,
            Way.NONE,
            status.live,
            _version(status, is_live=True),
        )
        if status.live is None:
            return _cannot(base, "nobody knows which colour serves", "Is the worker running?")
        if current is None:
            return _cannot(base, f"{service} was never flipped", "There is nothing to go back to.")
        if current.undoes is not None:
            return _cannot(
                base,
                f"{service} went back already: {current.actor}, {current.asked_at:%H:%M} UTC",
                f"`devops-tui flip {service}` goes forward again, `promote DIGEST --to "
                f"{place.name}` brings any other file.",
            )
        older = flips[flips.index(current) + 1 :]
        reason = why_not(store, clock, Verb.UNDO, service) or _other(store, status, current, older)
        if not reason:
            then = _version(status, is_live=False)
            return replace(base, way=Way.UNDO, then=then, commands=tuple(commands))
        return _by_digest(store, workspace, base, status, older, reason)


def _is_release(flip: Flip) -> bool:
    """Whether another colour serves since: shares and repairs change nothing of that."""
    return flip.state is FlipState.DONE and not flip.is_canary


def _by_digest(
    store: Store,
    workspace: Workspace,
    base: RollbackPlan,
    status: ServiceStatus,
    older: Sequence[Flip],
    reason: str,
) -> RollbackPlan:
    live = status.digests.get(status.live.value, "") if status.live is not None else ""
    for artifact in _released(store, status.name, older):
        if artifact.digest == live or store.holding(artifact.digest).pruned_at is not None:
            continue
        try:
            pipeline, stages = way_to(workspace, artifact, base.environment)
        except DevopsError as error:
            return _cannot(base, f"{reason}; {error.title}", error.hint)
        steps = ", ".join(stage.name for stage in stages)
        return replace(
            base,
            way=Way.RELEASE,
            then=artifact.digest[:_SHORT],
            digest=artifact.digest,
            pipeline=pipeline.name,
            commands=(
                f"promote {artifact.digest[:_SHORT]} ({artifact.name}, built by "
                f"{artifact.built_by}) to {base.environment}",
                f"run {pipeline.name}: {steps}",
            ),
            why_not_undo=reason,
        )
    hint = f"Bring the colour up that does not serve; then `devops-tui undo {base.service}`."
    return _cannot(base, f"{reason}; no earlier good file is kept", hint)


def _other(store: Store, status: ServiceStatus, current: Flip, older: Sequence[Flip]) -> str:
    """Why the idle colour is not what served before; empty when it is, as far as is known."""
    assert status.live is not None  # noqa: S101 - the caller has looked
    idle = status.live.other
    now = status.digests.get(idle.value, "")
    if current.left_digest and current.from_colour is idle:
        return "" if now == current.left_digest else _replaced(status, idle, now)
    before = next((f for f in older if f.to_colour is idle), None)
    if not now or before is None or before.run_id is None:
        return ""
    artifact = _artifact(store, before.run_id, status.name)
    if artifact is None or artifact.digest == now:
        return ""
    return _replaced(status, idle, now)


def _replaced(status: ServiceStatus, idle: Colour, digest: str) -> str:
    version = status.versions.get(idle.value) or digest[:_SHORT] or "nobody knows which"
    return f"{idle} has another version by now ({version})"


def _released(store: Store, service: ServiceName, flips: Sequence[Flip]) -> Iterator[Artifact]:
    """The files that these flips brought, newest first, of releases that were well."""
    for flip in flips:
        if flip.run_id is None or flip.undoes is not None:
            continue
        if why_not_well(store, flip.run_id, service):
            continue
        artifact = _artifact(store, flip.run_id, service)
        if artifact is not None:
            yield artifact


def _artifact(store: Store, run_id: RunId, service: ServiceName) -> Artifact | None:
    try:
        return release_in(store, run_id, service)
    except NotFound:  # retention took the run
        return None


def _version(status: ServiceStatus, *, is_live: bool) -> str:
    if status.live is None:
        return ""
    colour = (status.live if is_live else status.live.other).value
    return status.versions.get(colour) or Digest(status.digests.get(colour, ""))[:_SHORT]


def _cannot(base: RollbackPlan, why: str, hint: str) -> RollbackPlan:
    return replace(base, why_not=why, hint=hint)
