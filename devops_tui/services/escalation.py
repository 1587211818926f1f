"""Asks the next person when nobody has acknowledged a problem; each step is told once.

What was told stands in the event log, written in the transaction that looked for it: a
worker that is killed in between has told it or has not, and the next one goes on there.
While a silence or maintenance keeps an alert quiet nobody is asked about its problem; what is
still to be told counts from the end of the quiet.
The channels of `notify:` bring the event to people.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from devops_tui.domain.errors import StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.oncall import Rota
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.quiet import Quiet

ESCALATED = "incident.escalated"
FORGOTTEN_AFTER = timedelta(hours=24)
"""An older problem is not new to anybody: nobody is asked about it any more."""

_EVENTS = 200
_LOOK_S = 15.0
_MOST = 500

log = logging.getLogger(__name__)


class Escalation:
    """The steps of one rota.

    Args:
        changed: Returns when the store may have changed.
        workspace: Whose hosts are in which groups, and when they are worked on.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rota: Rota,
        changed: Callable[[], Awaitable[None]],
        workspace: Workspace | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rota = rota
        self._changed = changed
        self._workspace = workspace

    async def watch(self) -> None:
        """Looks until cancelled; a store that is away is asked again."""
        while True:
            try:
                wait_s = self.step()
            except StoreError as error:
                log.warning("escalation waits for the store: %s", error)
                wait_s = _LOOK_S
            await self._pause(wait_s)

    def step(self) -> float:
        """Tells what is due; seconds until another step may be."""
        now = self._clock.now()
        wait_s = _LOOK_S
        found = _unanswered(self._store)
        if not found:
            return wait_s
        quiet = Quiet(self._store, self._workspace, now)
        for incident in _asked_about(found, quiet):
            with self._store.transaction():
                due = self._tell(incident, now, quiet)
            if due is not None:
                wait_s = min(wait_s, max(0.1, (due - now).total_seconds()))
        return wait_s

    def _tell(self, incident: Incident, now: datetime, quiet: Quiet) -> datetime | None:
        """Tells the steps of one problem that are due; when the next one is."""
        if self._store.incident(incident.id).state is not IncidentState.OPEN:
            return None
        began, told = _so_far(incident, self._story(incident))
        counted = max(began, quiet.until(incident, began) or began)
        if counted > now:
            return counted
        if now - counted > FORGOTTEN_AFTER:
            return None
        for number, step in enumerate(self._rota.steps, 1):
            due = counted + timedelta(seconds=step.after_s)
            if number in told:
                continue
            if due > now:
                return due
            who = step.to or self._rota.turn(now).who
            minutes = int((now - began).total_seconds() // 60)
            data = {"step": number, "to": who, "minutes": minutes}
            self._store.append(Event(ESCALATED, incident.id, now, "worker", incident.title, data))
        return None

    def _story(self, incident: Incident) -> Sequence[Event]:
        return self._store.events(subject=incident.id, limit=_EVENTS, newest=True)

    async def _pause(self, wait_s: float) -> None:
        waits = [
            asyncio.ensure_future(self._changed()),
            asyncio.ensure_future(self._clock.sleep(wait_s)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def is_pending(store: Store, now: datetime) -> bool:
    """Whether somebody is to be asked about an open problem, now or later.

    A worker stays until then, also one that nobody asked to.
    """
    found = _unanswered(store)
    workspace = store.workspace() if found else None
    if workspace is None or workspace.oncall is None:
        return False
    steps = set(range(1, len(workspace.oncall.steps) + 1))
    quiet = Quiet(store, workspace, now)
    for incident in _asked_about(found, quiet):
        story = store.events(subject=incident.id, limit=_EVENTS, newest=True)
        began, told = _so_far(incident, story)
        counted = max(began, quiet.until(incident, began) or began)
        if now - counted <= FORGOTTEN_AFTER and steps - told:
            return True
    return False


def _unanswered(store: Store) -> Sequence[Incident]:
    found = store.incidents(open_only=True, limit=_MOST)
    return [incident for incident in found if incident.state is IncidentState.OPEN]


def _asked_about(found: Sequence[Incident], quiet: Quiet) -> Sequence[Incident]:
    """Of a storm its first problem is asked about, not every one.

    Where that one is kept quiet, the oldest that is not speaks for the others.
    """
    asked = [incident for incident in found if not _is_counted_elsewhere(incident)]
    for first in [incident for incident in asked if incident.storm and quiet.holds(incident)]:
        others = [i for i in found if i.storm == first.id != i.id and not quiet.holds(i)]
        if others:
            asked.append(min(others, key=lambda i: (i.opened_at, i.id)))
    return asked


def _is_counted_elsewhere(incident: Incident) -> bool:
    return bool(incident.storm) and incident.storm != incident.id


def _so_far(incident: Incident, story: Sequence[Event]) -> tuple[datetime, set[int]]:
    """Since when it is open this time, and which steps were told since then."""
    began = incident.opened_at
    told: set[int] = set()
    is_over = False
    for event in story:
        if event.kind == "incident.resolved":
            is_over = True
            told.clear()
        elif is_over:
            began, is_over = event.at, False
        if event.kind == ESCALATED:
            told.add(int(event.data.get("step") or 0))
    return began, told
