"""Starts pipelines when runs of their upstreams that fit together have ended well."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Pipeline, Run
from devops_tui.domain.source_state import SourceState
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.fan_in import RUNS_LOOKED_AT, find_inputs
from devops_tui.services.pipelines import create_fed_run

_EVENTS = 500
_AGAIN_S = 5.0

log = logging.getLogger(__name__)


class UpstreamWatch:
    """Looks whenever a run of an upstream has ended; each set of inputs starts one run.

    What ended while no worker looked is found when it begins.

    Args:
        started: Told of each new run; usually Engine.submit.
        changed: Returns at the next change of the store.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._started = started
        self._changed = changed
        self._fed = [p for p in workspace.pipelines.values() if p.upstream]

    async def watch(self) -> None:
        """Looks until cancelled."""
        if not self._fed:
            return
        newest = self._store.events(limit=1, newest=True)
        seq = newest[-1].seq if newest else 0
        due = list(self._fed)
        while True:
            try:
                for pipeline in due:
                    await self.look(pipeline)
                await self._changed()
                ended, seq = self._ended_since(seq)
                due = [p for p in self._fed if not ended.isdisjoint(p.upstream)]
            except DevopsError as error:
                log.warning("upstreams: %s", error)
                await self._clock.sleep(_AGAIN_S)

    async def look(self, pipeline: Pipeline) -> Run | None:
        """Starts a run of what fits together now, unless one had just these inputs.

        Raises:
            NotFound, Refused, StoreError: It cannot be created.
        """
        found = find_inputs(self._store, self._workspace, pipeline.name)
        self._remember(pipeline.name, found.waits)
        if not found.inputs:
            return None
        mark = {one.run_id for one in found.inputs}
        told = ", ".join(one.run_id for one in found.inputs)
        with self._store.transaction():
            if self._had(pipeline.name, mark):
                return None
            run = create_fed_run(
                self._store,
                self._clock,
                self._workspace,
                pipeline.name,
                "upstream",
                f"{told} succeeded",
                "upstream",
                found.inputs,
            )
        await self._started(run.id)
        return run

    def _had(self, pipeline: str, mark: set[RunId]) -> bool:
        runs = self._store.runs(pipeline, RUNS_LOOKED_AT)
        return any({one.run_id for one in run.plan.inputs} == mark for run in runs)

    def _ended_since(self, seq: int) -> tuple[frozenset[str], int]:
        """The pipelines of which a run has ended, and up to where was looked."""
        events = self._store.events(after=seq, limit=_EVENTS)
        ended = {e.subject.rpartition("-")[0] for e in events if e.kind == "run.finished"}
        return frozenset(ended), events[-1].seq if events else seq

    def _remember(self, pipeline: str, waits: str) -> None:
        state = self._store.source_state(pipeline) or SourceState(pipeline)
        if state.waits != waits:
            with self._store.transaction():
                state = self._store.source_state(pipeline) or state
                self._store.save_source_state(replace(state, waits=waits))
