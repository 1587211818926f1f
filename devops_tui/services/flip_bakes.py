"""Watches flips by hand as a release is watched: in a run of its own, which outlives its worker."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import FlipId, RunId, ServiceName
from devops_tui.domain.pipeline import Job, Plan, Run, Stage, StageKind
from devops_tui.domain.traffic import Flip, FlipState
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.colour_runs import RUNS, refuse_taken_name
from devops_tui.services.pipelines import store_plan

LOOK_S = 5.0
LEAST_S = 30.0
"""A flip whose worker died is watched so long at least, however late that is seen."""

_MARGIN_S = 600.0
"""What going back may take when the time of the watch is over."""

log = logging.getLogger(__name__)


class FlipBakes:
    """Begins the watch of flips that no run watches, each once.

    The flip itself names how long: what was flipped is watched, whoever sees it first, the
    worker that flipped or, when that died, the one that leads.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._started = started
        self._told: dict[ServiceName, str] = {}

    async def watch(self) -> None:
        """Looks for what nobody watches until cancelled."""
        while True:
            for name in map(ServiceName, self._workspace.services):
                try:
                    last = self._store.service_status(name).last_flip
                    if last is not None:
                        await self.begin(last)
                except DevopsError as error:
                    self._tell(name, str(error))
            await self._clock.sleep(LOOK_S)

    def _tell(self, name: ServiceName, why: str) -> None:
        """Says it once, not at each look."""
        if self._told.get(name) != why:
            self._told[name] = why
            log.warning("the flip of %s is not watched: %s", name, why)

    async def begin(self, flip_id: FlipId) -> RunId | None:
        """Starts the run that watches a flip; None where it needs none, has one, or is past.

        Raises:
            NotFound: There is no such flip.
            Refused: A pipeline has the name that such runs bear.
            StoreError: The store is away; the next look does it.
        """
        if not self._is_due(self._store.flip(flip_id)):
            return None
        with self._store.transaction():
            flip = self._store.flip(flip_id)
            if not self._is_due(flip):
                return None
            run = self._plan(flip)
            self._store.save_flip(replace(flip, bake_run=run.id))
        await self._started(run.id)
        return run.id

    def _is_due(self, flip: Flip) -> bool:
        if flip.bake_s <= 0 or flip.bake_run is not None or flip.state is not FlipState.DONE:
            return False
        status = self._store.service_status(flip.service)
        is_served = status.last_flip == flip.id and status.live is flip.to_colour
        return is_served and flip.service in self._workspace.services

    def _plan(self, flip: Flip) -> Run:
        refuse_taken_name(self._workspace)
        now = self._clock.now()
        until = (flip.ended_at or now) + timedelta(seconds=flip.bake_s)
        left_s = max((until - now).total_seconds(), min(flip.bake_s, LEAST_S))
        work = WatchHealth(flip.service, left_s, flip=flip.id)
        job = Job(str(flip.service), work, timeout_s=left_s + _MARGIN_S)
        plan = Plan(RUNS, (Stage("bake", StageKind.MONITOR, (job,)),))
        why = f"{flip.to_colour} serves since {flip.actor} flipped"
        return store_plan(
            self._store,
            self._clock,
            plan,
            flip.actor,
            why,
            "flip",
            service=flip.service,
            colour=flip.to_colour.value,
        )
