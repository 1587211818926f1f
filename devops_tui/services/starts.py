"""All that starts runs by itself: repositories, the clock, other pipelines; and a notice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Run
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Sources
from devops_tui.ports.store import Store
from devops_tui.services.schedules import ScheduleWatch
from devops_tui.services.sources import SourceWatch
from devops_tui.services.upstreams import UpstreamWatch


class Starts:
    """What a worker watches for one version of the configuration.

    Args:
        started: Told of each new run; usually Engine.submit.
        changed: Returns at the next change of the store.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sources: Sources,
        workspace: Workspace,
        started: Callable[[RunId], Awaitable[None]],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._workspace = workspace
        self._sources = SourceWatch(store, clock, sources, workspace, started)
        self._schedules = ScheduleWatch(store, clock, sources, workspace, started)
        self._upstreams = UpstreamWatch(store, clock, workspace, started, changed)

    async def watch(self) -> None:
        """Watches until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in (self._sources, self._schedules, self._upstreams):
                group.create_task(one.watch())

    async def notify(self, name: str) -> Sequence[Run]:
        """Looks at once whether a pipeline has something new; the runs that it started.

        Raises:
            NotFound: There is no such pipeline.
            Refused: Nothing starts it but people and the clock.
            HostUnreachable: Its source cannot be read.
        """
        pipeline = self._workspace.pipeline(name)
        if pipeline.source is not None:
            return await self._sources.poll(pipeline)
        if pipeline.upstream:
            run = await self._upstreams.look(pipeline)
            return () if run is None else (run,)
        raise Refused(
            f"{name} has no source to look at", f"`devops-tui run {name}` starts it by hand."
        )
