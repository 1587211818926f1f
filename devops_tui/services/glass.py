"""Windows and freezes at the moment somebody acts, and the glass that may be broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.domain.event import Event, Json
from devops_tui.domain.hours import Shut, shut
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import ENDS, Run
from devops_tui.domain.work import BringUp, FlipTraffic
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_HOW = "Wait, or break the glass with a reason: --break-glass."


def break_glass(
    store: Store, clock: Clock, workspace: Workspace, run_id: RunId, actor: str, why: str
) -> Run:
    """Lets a run act outside of its windows, and in a freeze, until it ends.

    Raises:
        NotFound: There is no such run.
        Refused: It has ended, changes no service, is marked so already, or no reason is given.
        NotAllowed: The actor may not, for one of the services.
    """
    _refuse_without_reason(why)
    now = clock.now()
    with store.transaction():
        run = store.run(run_id)
        if run.state in ENDS:
            raise Refused(f"{run_id} has ended already")
        if run.glass:
            raise Refused(f"the glass of {run_id} is broken already: {run.glass}")
        services = services_of(run)
        if not services:
            raise Refused(f"{run_id} deploys and flips nothing: no window holds it back")
        for service in services:
            _refuse_who(workspace, service, actor)
        held = shuts_of(workspace, run, now)
        broken = replace(run, glass=f"{actor}: {why.strip()}")
        store.save_run(broken, run.state)
        _say(
            store, now, run_id, actor, why, pipeline=run.plan.pipeline, shut=[str(s) for s in held]
        )
    return broken


def admit_flip(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    service: str,
    actor: str,
    why: str,
    *,
    breaks_glass: bool,
) -> str:
    """What a flip by hand has to bear as `glass`; empty inside of the hours.

    Raises:
        NotFound: There is no such service.
        Refused: It is outside of the hours and the glass is not to be broken.
        NotAllowed: It is to be broken by somebody who may not.
    """
    now = clock.now()
    found = shut(workspace.hours_of(service), now)
    if found is None:
        return ""
    if not breaks_glass:
        raise Refused(f"{service} may not be flipped now: it waits for {found}", _HOW)
    _refuse_without_reason(why)
    _refuse_who(workspace, service, actor)
    environment = workspace.environment_of(workspace.service(service).name).name
    _say(store, now, service, actor, why, environment=environment, shut=[str(found)])
    return f"{actor}: {why.strip()}"


def services_of(run: Run) -> tuple[str, ...]:
    """The services that a run changes, each once."""
    found = (job.work for stage in run.plan.stages for job in stage.jobs)
    return tuple(
        dict.fromkeys(str(w.service) for w in found if isinstance(w, BringUp | FlipTraffic))
    )


def shuts_of(workspace: Workspace, run: Run, now: datetime) -> tuple[Shut, ...]:
    """What holds a run back now, of all services that it changes."""
    known = [s for s in services_of(run) if s in workspace.services]
    found = (shut(workspace.hours_of(s, run.plan.pipeline), now) for s in known)
    return tuple(dict.fromkeys(s for s in found if s is not None))


def _refuse_without_reason(why: str) -> None:
    if not why.strip():
        raise Refused("a reason is needed to break the glass", "Say in one line why.")


def _refuse_who(workspace: Workspace, service: str, actor: str) -> None:
    reason = workspace.why_not_break_glass(service, actor)
    if reason is not None:
        raise NotAllowed(reason, "Ask one of them, or wait.")


def _say(store: Store, now: datetime, subject: str, actor: str, why: str, **data: Json) -> None:
    store.append(Event("glass.broken", subject, now, actor, why.strip(), data))
