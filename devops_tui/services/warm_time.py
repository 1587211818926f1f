"""Stops colours whose warm time is over, where the service says how that is done."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from devops_tui.domain.errors import DevopsError, StoreError
from devops_tui.domain.ids import RunId
from devops_tui.domain.traffic import Service
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.services.colour_runs import take_down
from devops_tui.services.flip_rules import running_lease
from devops_tui.services.retirement import refuse_retirement

ACTOR = "warm time"
LOOK_S = 5.0

log = logging.getLogger(__name__)


class WarmTime:
    """Looks every few seconds; one worker of a workspace does.

    A colour that may not be stopped yet is left alone and looked at again: it serves a
    little longer than it must, and nobody is told of a run that was refused.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        links: Links,
        switches: Callable[[Service], Sequence[Switch]],
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._switches = switches
        self._workspace = workspace
        self._started = started
        self._begun: dict[str, object] = {}

    async def watch(self) -> None:
        """Looks until cancelled."""
        while True:
            for service in self._workspace.services.values():
                try:
                    await self.look(service)
                except DevopsError as error:
                    log.warning("the warm time of %s: %s", service.name, error)
            await self._clock.sleep(LOOK_S)

    async def look(self, service: Service) -> RunId | None:
        """Starts the run that stops the colour, once for each end of a warm time.

        Raises:
            StoreError: The store is away; the next look does it.
        """
        status = self._store.service_status(service.name)
        until, live = status.warm_until, status.live
        if not service.down or live is None or until is None or until > self._clock.now():
            return None
        if self._begun.get(service.name) == until:
            return None
        if running_lease(self._store, self._clock, service.name) is not None:
            return None
        colour = live.other
        refused = await refuse_retirement(
            self._store, self._clock, self._links, service, self._switches(service), colour
        )
        if refused is not None:
            log.info("%s of %s is not stopped yet: %s", colour, service.name, refused.title)
            return None
        try:
            run = take_down(
                self._store,
                self._clock,
                self._workspace,
                service.name,
                colour,
                ACTOR,
                f"warm until {until:%H:%M:%S} UTC",
                "warm time",
            )
        except StoreError:
            raise
        except DevopsError as error:
            log.warning("%s of %s is not stopped: %s", colour, service.name, error)
            return None
        self._begun[service.name] = until
        await self._started(run.id)
        return run.id
