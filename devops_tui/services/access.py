"""Why a verb cannot be done now: asked by screens before and by the worker when it acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import RunId, ServiceName
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.traffic import Colour, ServiceStatus
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.colour_runs import why_not_up
from devops_tui.services.flip_rules import refuse_forward, refuse_replaced
from devops_tui.services.retirement import why_not_retire


def why_not(store: Store, clock: Clock, verb: Verb, subject: str) -> str | None:
    """The reason in one line; None when the verb can be done as far as the store knows."""
    workspace = store.workspace()
    if workspace is None:
        return "the configuration was not read yet"
    check = _CHECKS.get(verb)
    if check is None:
        return None
    try:
        return check(store, clock, workspace, subject)
    except NotFound as error:
        return error.title


def _run(_: Store, __: Clock, workspace: Workspace, subject: str) -> str | None:
    pipeline = workspace.pipeline(subject)
    return None if pipeline.stages else f"{subject} has no stages"


def _rerun(store: Store, _: Clock, __: Workspace, subject: str) -> str | None:
    run = store.run(RunId(subject))
    return None if run.state in ENDS else f"{subject} has not ended: cancel it first"


def _cancel(store: Store, _: Clock, __: Workspace, subject: str) -> str | None:
    run = store.run(RunId(subject))
    return f"{subject} has ended already" if run.state in ENDS else None


def _flip(store: Store, clock: Clock, workspace: Workspace, subject: str) -> str | None:
    busy = _switch_is_busy(store, clock, workspace, subject)
    if busy is not None:
        return busy
    status = store.service_status(ServiceName(subject))
    assert status.live is not None  # noqa: S101 - _switch_is_busy has looked
    return _not_ready(workspace, status, status.live.other)


def _undo(store: Store, clock: Clock, workspace: Workspace, subject: str) -> str | None:
    busy = _switch_is_busy(store, clock, workspace, subject)
    if busy is not None:
        return busy
    status = store.service_status(ServiceName(subject))
    if status.canary and status.live is not None:
        return _not_ready(workspace, status, status.live)
    if status.last_flip is None:
        return f"{subject} was not flipped yet: there is nothing to undo"
    last = store.flip(status.last_flip)
    refused = refuse_forward(status, last) or refuse_replaced(status, last, _idle(status))
    if refused is not None:
        return refused.title
    assert status.live is not None  # noqa: S101 - _switch_is_busy has looked
    return _not_ready(workspace, status, status.live.other)


def _idle(status: ServiceStatus) -> Colour:
    assert status.live is not None  # noqa: S101 - _switch_is_busy has looked
    return status.live.other


def _repair(store: Store, clock: Clock, workspace: Workspace, subject: str) -> str | None:
    busy = _switch_is_busy(store, clock, workspace, subject)
    if busy is not None:
        return busy
    is_off = store.service_status(ServiceName(subject)).drift() is not None
    return None if is_off else f"{subject} does not drift: there is nothing to repair"


def _switch_is_busy(store: Store, clock: Clock, workspace: Workspace, subject: str) -> str | None:
    if workspace.service(subject).switch is None:
        return f"{subject} has no traffic switch"
    lease = store.lease(f"traffic:{subject}")
    if lease is not None and lease.expires_at > clock.now():
        return f"{lease.holder} flips it since {lease.since:%H:%M:%S} UTC: {lease.reason}"
    if store.service_status(ServiceName(subject)).live is None:
        return "nobody knows yet which colour serves"
    return None


def _not_ready(workspace: Workspace, status: ServiceStatus, to: Colour) -> str | None:
    servers = {s.host: s for s in status.servers if s.colour is to}
    for host in workspace.service(status.name).colours[to].hosts:
        seen = servers.get(host)
        if seen is None or seen.is_healthy is None:
            return f"{to} on {host}: health unknown"
        if not seen.is_healthy:
            return f"{to} on {host} is not healthy: {seen.why or 'no answer'}"
    return None


def _down(store: Store, clock: Clock, workspace: Workspace, subject: str) -> str | None:
    service, status = workspace.service(subject), store.service_status(ServiceName(subject))
    if status.live is None:
        return "nobody knows yet which colour serves"
    return why_not_retire(status, service, status.live.other, clock)


def _up(store: Store, _: Clock, workspace: Workspace, subject: str) -> str | None:
    return why_not_up(store, workspace, subject)


def _keep(store: Store, _: Clock, workspace: Workspace, subject: str) -> str | None:
    status = store.service_status(workspace.service(subject).name)
    return None if status.warm_until is not None else f"no colour of {subject} is kept warm"


_CHECKS: Mapping[Verb, Callable[[Store, Clock, Workspace, str], str | None]] = {
    Verb.RUN: _run,
    Verb.RERUN: _rerun,
    Verb.CANCEL: _cancel,
    Verb.FLIP: _flip,
    Verb.UNDO: _undo,
    Verb.REPAIR: _repair,
    Verb.SERVICE_UP: _up,
    Verb.SERVICE_DOWN: _down,
    Verb.SERVICE_KEEP: _keep,
}
