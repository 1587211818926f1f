"""Keeps, and says once, whether what starts a pipeline can be read."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Event
from devops_tui.domain.source_state import SourceState
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store


def cannot_be_read(store: Store, clock: Clock, pipeline: str, error: DevopsError) -> None:
    """Remembers since when and why; an event the first time only."""
    with store.transaction():
        state = store.source_state(pipeline) or SourceState(pipeline)
        if state.unreadable_since is not None and state.why == error.title:
            return
        now = clock.now()
        since = state.unreadable_since or now
        store.save_source_state(replace(state, unreadable_since=since, why=error.title))
        if state.unreadable_since is None:
            store.append(Event("source.unreadable", pipeline, now, "source", error.title))


def can_be_read(store: Store, clock: Clock, pipeline: str) -> None:
    """Forgets the trouble, if there was any."""
    state = store.source_state(pipeline)
    if state is None or state.unreadable_since is None:
        return
    data = {"unreadable_since": state.unreadable_since.isoformat(), "why": state.why}
    with store.transaction():
        now = store.source_state(pipeline) or state
        store.save_source_state(replace(now, unreadable_since=None, why=""))
        store.append(Event("source.readable", pipeline, clock.now(), "source", data=data))
