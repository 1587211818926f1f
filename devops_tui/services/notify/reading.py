"""From events to notices: what each belongs to is looked up in the store."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound
from devops_tui.domain.event import Event
from devops_tui.domain.ids import IncidentId, RunId
from devops_tui.domain.notice import Notice, notice_of
from devops_tui.domain.notify import Channel
from devops_tui.domain.pipeline import Run
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store
from devops_tui.services.glass import services_of


def notices(
    store: Store, workspace: Workspace, channel: Channel, events: Sequence[Event]
) -> tuple[Notice, ...]:
    """Those of the events that the channel wants, oldest first."""
    found = []
    for event in events:
        notice = notice_of(event)
        if notice is None:
            continue
        environments, pipeline = _belongs(store, workspace, event)
        notice = notice_of(event, environments, pipeline)
        if notice is not None and channel.wants(notice):
            found.append(notice)
    return tuple(found)


def _belongs(store: Store, workspace: Workspace, event: Event) -> tuple[tuple[str, ...], str]:
    """The environments and the pipeline of what an event happened to; empty when unknown."""
    family = event.kind.partition(".")[0]
    subject = event.subject
    if subject in workspace.services and family in ("flip", "service", "glass"):
        return (workspace.services[subject].environment,), ""
    if family == "host":
        places = workspace.environments.values()
        return tuple(place.name for place in places if subject in place.hosts), ""
    try:
        if family == "incident":
            run_id = store.incident(IncidentId(subject)).run_id
            return _of_run(workspace, store.run(run_id)) if run_id else ((), "")
        if family in ("gate", "run", "glass"):
            return _of_run(workspace, store.run(RunId(subject)))
    except NotFound:
        return (), ""  # it was removed meanwhile: the event is still to be told
    return (), ""


def _of_run(workspace: Workspace, run: Run) -> tuple[tuple[str, ...], str]:
    known = [workspace.services[s] for s in services_of(run) if s in workspace.services]
    return tuple(dict.fromkeys(s.environment for s in known)), run.plan.pipeline
