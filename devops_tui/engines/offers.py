"""Which runs a worker may claim, and which it leaves to others for a moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from devops_tui.domain.audit import Worker
from devops_tui.domain.errors import RevisionConflict
from devops_tui.domain.pipeline import ENDS, Run, State
from devops_tui.engines.workplace import Workplace

GIVE_WAY_S = 0.3
"""How long a new run is left to workers that walk fewer."""

SILENT_S = 10.0
"""A worker whose last beat is older gets nothing left."""


class Offers:
    """The runs that nobody walks, as this worker sees them.

    A run is one worker's as a whole: it must have every label that the run asks for.
    """

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._has_given_way = False

    def fits(self, run: Run) -> bool:
        """Whether this worker has the labels that the run asks for."""
        return self._place.labels.issuperset(run.plan.runs_on)

    def gives_way(self, run: Run) -> bool:
        """Whether a worker that walks fewer runs should take a new one."""
        age = self._place.clock.now() - run.created_at
        if run.state is not State.WAITING or age > timedelta(seconds=GIVE_WAY_S):
            return False
        others = [w for w in self._others() if set(w.labels) >= set(run.plan.runs_on)]
        if not others:
            return False
        loads = Counter(o.owner for o in self._place.standing.owners().values())
        return min(loads[w.id] for w in others) < loads[self._place.worker_id]

    async def look(self) -> Sequence[Run]:
        """The runs without a living owner that are for this worker now, oldest first."""
        self._has_given_way = False
        found: list[Run] = []
        for run_id, owner in self._place.standing.owners().items():
            run = self._place.standing.run(run_id)
            if run is None or (owner.is_alive and owner.owner != self._place.worker_id):
                continue
            if owner.owner != self._place.worker_id and not self.fits(run):
                await self._say_whom_it_waits_for(run)
            elif self.gives_way(run):
                self._has_given_way = True
            else:
                found.append(run)
        return found

    async def until_worth_a_look(self) -> None:
        """Returns at the next change, or when somebody else had his chance."""
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._place.changed())}
        if self._has_given_way:
            waits.add(asyncio.ensure_future(self._place.clock.sleep(GIVE_WAY_S)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _others(self) -> list[Worker]:
        since = self._place.clock.now() - timedelta(seconds=SILENT_S)
        me = self._place.worker_id
        return [w for w in self._place.store.workers() if w.id != me and w.beat_at >= since]

    async def _say_whom_it_waits_for(self, run: Run) -> None:
        asked = set(run.plan.runs_on)
        if any(set(w.labels) >= asked for w in self._others()):
            return  # it takes it in a moment
        why = f"waits for a worker with {', '.join(sorted(asked))}: none is alive"
        if run.why_waiting == why or run.state in ENDS:
            return

        def say() -> None:
            stored = self._place.store.run(run.id)
            if stored.state is run.state and stored.why_waiting != why:
                self._place.store.save_run(replace(stored, why_waiting=why), run.state)

        try:
            await self._place.durably(say)
        except RevisionConflict:
            return  # somebody took it at this very moment
