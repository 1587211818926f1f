"""Watches the git sources of pipelines: a new commit starts one run, exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Pipeline, Run, Source
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Sources
from devops_tui.ports.store import Store
from devops_tui.services.pipelines import brought_by, create_run

_RUNS_LOOKED_AT = 200

log = logging.getLogger(__name__)


class SourceWatch:
    """Polls each source at its own pace, and remembers by the runs in the store alone.

    A commit that a run of the pipeline had, however it was started, starts none. So a
    pipeline that is seen for the first time builds its head, unless somebody did.

    Args:
        started: Told of each new run; usually Engine.submit.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sources: Sources,
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = sources
        self._workspace = workspace
        self._started = started
        self._heads: dict[str, str] = {}

    async def watch(self) -> None:
        """Polls until cancelled; a source that cannot be read is tried again."""
        watches = [
            asyncio.create_task(self._watch_one(pipeline.name, pipeline.source))
            for pipeline in self._workspace.pipelines.values()
            if pipeline.source is not None
        ]
        try:
            if watches:
                await asyncio.gather(*watches)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def poll(self, pipeline: Pipeline) -> Run | None:
        """Looks once; returns the run that it created, or None when nothing is new.

        Raises:
            HostUnreachable, NotFound, Refused: The source cannot be read.
        """
        if pipeline.source is None:
            return None
        head = await self._sources.head(pipeline.source.git, pipeline.source.branch)
        if self._heads.get(pipeline.name) == head:
            return None
        run = None
        if not self._had(pipeline.name, head):
            commits = await brought_by(
                self._store, self._sources, self._workspace, pipeline.name, head
            )
            with self._store.transaction():
                if not self._had(pipeline.name, head):  # somebody may have been faster
                    run = create_run(
                        self._store,
                        self._clock,
                        self._workspace,
                        pipeline.name,
                        "source",
                        trigger="source",
                        commit=commits[0],
                        commits=commits,
                    )
        self._heads[pipeline.name] = head
        return run

    def _had(self, pipeline: str, commit: str) -> bool:
        runs = self._store.runs(pipeline, _RUNS_LOOKED_AT)
        return any(r.plan.commit is not None and r.plan.commit.id == commit for r in runs)

    async def _watch_one(self, name: str, source: Source) -> None:
        said = ""
        while True:
            try:
                run = await self.poll(self._workspace.pipeline(name))
                if run is not None:
                    await self._started(run.id)
                said = ""
            except DevopsError as error:
                if str(error) != said:  # once, not at each poll
                    said = str(error)
                    log.warning("source of %s: %s", name, said)
            await self._clock.sleep(source.poll_s)
