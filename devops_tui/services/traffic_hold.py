"""Keeps everybody from flipping a service while something else is done to its colours."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from devops_tui.domain.errors import StoreError
from devops_tui.domain.ids import RunId, ServiceName
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.flip_journal import LEASE_S, lease_name
from devops_tui.services.flip_rules import refuse_second, running_lease

_OF_A_RUN = ", by its run)"

log = logging.getLogger(__name__)


def is_of_a_run(holder: str) -> bool:
    """Whether a lease is held by a job, which goes on with it after its worker's death."""
    return holder.endswith(_OF_A_RUN)


class TrafficHold:
    """The lease that a flip takes, held by a job of a run; an async context.

    Another worker that goes on with the run takes the same lease again.

    Raises:
        Refused: Somebody flips the service now; says who, since when and why.
    """

    def __init__(
        self, store: Store, clock: Clock, service: ServiceName, actor: str, run_id: RunId, why: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._service = service
        self._holder = f"{actor} ({run_id}{_OF_A_RUN}"
        self._why = why
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if not self._take():
            lease = running_lease(self._store, self._clock, self._service)
            raise refuse_second(lease, self._service)
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        try:
            self._store.release_lease(lease_name(self._service), self._holder)
        except StoreError as away:  # it runs out by itself
            log.warning("the lease of %s runs out by itself: %s", self._service, away)

    def _take(self) -> bool:
        name, now = lease_name(self._service), self._clock.now()
        return self._store.take_lease(name, self._holder, self._why, now, LEASE_S) is not None

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(LEASE_S / 4)
            try:
                self._take()
            except StoreError as away:
                log.warning("the lease of %s is not renewed: %s", self._service, away)
