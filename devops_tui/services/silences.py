"""Keeps alerts quiet until an end, and says which are: as people wrote it, and as planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.silence import (
    EVERYTHING,
    LONGEST,
    SILENCED,
    SUBJECT,
    Silence,
    known,
    with_planned,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EVENTS = 500


def silence(store: Store, clock: Clock, made: Silence) -> Silence:
    """Writes a silence down; the collector obeys it from its next look on.

    Raises:
        Refused: The reason is empty, it ends before it begins, or after a month.
        NotFound: What it names is neither an alert, a tool, a host nor a group.
    """
    if not made.why.strip():
        raise Refused("a reason is needed", "Say in one line why.")
    now = clock.now()
    begins = max(made.since, now) if made.since is not None else now
    if made.until <= begins:
        raise Refused("the silence ends before it begins", "Let it end later.")
    if made.until - begins > LONGEST:
        raise Refused("nothing is silenced for more than 30 days", "Change the alert instead.")
    _refuse_unknown(store, made.what)
    _append(store, now, made)
    return made


def end_silence(store: Store, clock: Clock, what: str, actor: str, why: str) -> Sequence[Silence]:
    """Ends all silences of a thing, planned ones too; gives those that ended.

    Raises:
        NotFound: Nothing of that name is silenced.
    """
    now = clock.now()
    ended = [s for s in written(store, now) if s.what == what]
    if not ended:
        raise NotFound(f"{what} is not silenced", "`devops-tui silence` lists what is.")
    _append(store, now, Silence(what, now, actor, why))
    return ended


def silences_of(
    store: Store, now: datetime, workspace: Workspace | None = None
) -> Sequence[Silence]:
    """Those that have not ended: written ones, also planned, and maintenance of this hour."""
    workspace = workspace or store.workspace()
    planned = workspace.maintenance if workspace is not None else ()
    return with_planned(written(store, now), planned, now)


def written(store: Store, now: datetime) -> Sequence[Silence]:
    """Those that people wrote and that have not ended."""
    return known(store.events(subject=SUBJECT, limit=_EVENTS, newest=True), now)


def _append(store: Store, now: datetime, made: Silence) -> None:
    data: dict[str, str] = {"what": made.what, "until": made.until.isoformat()}
    if made.since is not None:
        data["since"] = made.since.isoformat()
    with store.transaction():
        store.append(Event(SILENCED, SUBJECT, now, made.actor, made.why, {**data}))


def _refuse_unknown(store: Store, what: str) -> None:
    workspace = store.workspace()
    if workspace is None:
        return
    alert, at, where = what.partition("@")
    alerts = {*(a.name for a in workspace.alerts), *(t.name for t in workspace.tools)}
    places = {EVERYTHING, *workspace.hosts, *_groups(workspace)}
    if alert not in alerts if at else (what not in alerts and what not in places):
        raise NotFound(f"no alert, tool, host or group {alert}", _choices(alerts))
    if at and where not in places:
        raise NotFound(f"no host or group {where}", _choices(_groups(workspace)))


def _groups(workspace: Workspace) -> set[str]:
    return {group for host in workspace.hosts.values() for group in host.groups}


def _choices(names: set[str]) -> str:
    return f"There are: {', '.join(sorted(names)[:8])}." if names else "There are none."
