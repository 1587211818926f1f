"""Reads a connected tool again and again; what cannot be read is unknown, never well."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from devops_tui.domain.errors import StoreError, ToolSilent
from devops_tui.domain.tool import ToolState, storable
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.tool import Tool
from devops_tui.services.pausing import pause
from devops_tui.services.tools.book import ASKED, read_state, save_state
from devops_tui.services.tools.incidents import ToolIncidents

log = logging.getLogger(__name__)

_STORE_AGAIN_S = 5.0


class ToolWatch:
    """One tool; belongs to one worker of a workspace at a time.

    Args:
        changed: Returns when the store has changed.

    Cancel: a request on its way is cut.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        tool: Tool,
        incidents: ToolIncidents,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._tool = tool
        self._incidents = incidents
        self._changed = changed

    async def watch(self) -> None:
        """Readings until cancelled; a store that is away is asked again."""
        while True:
            wait_s = self._tool.settings.every_s
            try:
                await self.step()
            except StoreError as error:
                log.warning("%s waits for the store: %s", self._tool.settings.name, error)
                wait_s = _STORE_AGAIN_S
            await pause(self._clock, wait_s, self._changed, self._is_asked)

    async def step(self) -> ToolState:
        """One reading, kept with what it opens and resolves."""
        settings = self._tool.settings
        asked = self._store.mark(ASKED)
        try:
            found = await self._tool.read()
        except Exception as error:
            if not isinstance(error, ToolSilent):
                log.exception("the reader of %s has a defect", settings.name)
                what = f"its answer was not understood ({type(error).__name__})"
                error = ToolSilent(what, "The worker's log says where; please report it.")
            return self._failed(error, asked)
        now, before = self._clock.now(), read_state(self._store, settings)
        since = before.silent_since or now
        state = ToolState(
            before.place,
            found,
            now,
            now,
            answered=asked,
            silent_since=since if found.doubt else None,
        )
        with self._store.transaction():
            save_state(self._store, settings, state)
            self._incidents.settle(settings, found)
            if found.doubt:
                self._incidents.silent(settings, state)
        return state

    def _failed(self, error: ToolSilent, asked: str) -> ToolState:
        settings, now = self._tool.settings, self._clock.now()
        before = read_state(self._store, settings)
        state = replace(
            before,
            tried_at=now,
            error=storable(error.title),
            hint=storable(error.hint),
            answered=asked,
            silent_since=before.silent_since or now,
        )
        with self._store.transaction():
            save_state(self._store, settings, state)
            self._incidents.silent(settings, state)
        return state

    def _is_asked(self) -> bool:
        asked = self._store.mark(ASKED)
        return bool(asked) and asked != read_state(self._store, self._tool.settings).answered
