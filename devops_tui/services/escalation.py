"""Asks the next person when nobody has acknowledged a problem; each step is told once.

What was told stands in the event log, written in the transaction that looked for it: a
worker that is killed in between has told it or has not, and the next one goes on there.
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
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

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
    """

    def __init__(
        self, store: Store, clock: Clock, rota: Rota, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._rota = rota
        self._changed = changed

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
        for incident in self._store.incidents(open_only=True, limit=_MOST):
            if incident.state is not IncidentState.OPEN or _is_counted_elsewhere(incident):
                continue
            with self._store.transaction():
                due = self._tell(incident, now)
            if due is not None:
                wait_s = min(wait_s, max(0.1, (due - now).total_seconds()))
        return wait_s

    def _tell(self, incident: Incident, now: datetime) -> datetime | None:
        """Tells the steps of one problem that are due; when the next one is."""
        if self._store.incident(incident.id).state is not IncidentState.OPEN:
            return None
        began, told = _so_far(incident, self._story(incident))
        if now - began > FORGOTTEN_AFTER:
            return None
        for number, step in enumerate(self._rota.steps, 1):
            due = began + timedelta(seconds=step.after_s)
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
    found = [
        i
        for i in store.incidents(open_only=True, limit=_MOST)
        if i.state is IncidentState.OPEN and not _is_counted_elsewhere(i)
    ]
    workspace = store.workspace() if found else None
    if workspace is None or workspace.oncall is None:
        return False
    steps = set(range(1, len(workspace.oncall.steps) + 1))
    for incident in found:
        story = store.events(subject=incident.id, limit=_EVENTS, newest=True)
        began, told = _so_far(incident, story)
        if now - began <= FORGOTTEN_AFTER and steps - told:
            return True
    return False


def _is_counted_elsewhere(incident: Incident) -> bool:
    """Of a storm its first problem is asked about, not every one."""
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
