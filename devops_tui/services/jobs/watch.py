"""Watches a service after a flip, and goes back by itself when its health breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from devops_tui.domain.errors import DevopsError, Refused, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import FlipId, HostName, JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.traffic import Colour, Flip, FlipState, Service
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.switch import Switch
from devops_tui.services.flips import Flips
from devops_tui.services.jobs.tools import JobTools
from devops_tui.services.logs import LogWriter, Stream
from devops_tui.services.observation import Observer
from devops_tui.services.watch_signs import Signs
from devops_tui.services.watch_verdict import WatchVerdict

_ACTOR = "health"
_SPEAKER = HostName("watch")  # the name under which the watch speaks in the log


@dataclass(frozen=True, slots=True)
class _Watch:
    run: Run
    record: JobRun
    work: WatchHealth
    service: Service
    flip: Flip | None
    colour: Colour
    until: datetime


class WatchJobs:
    """Executes WatchHealth.

    The end of the watch follows from the job's start, so it is the same after a
    restart; a way back that was begun before it is not begun a second time.

    Cancel: the watch ends, what serves stays as it is.
    """

    def __init__(
        self,
        tools: JobTools,
        flips: Flips,
        switches: Callable[[Service], Sequence[Switch]],
        workspace: Callable[[], Workspace],
        signs: Signs | None = None,
    ) -> None:
        self._signs = signs
        self._tools = tools
        self._flips = flips
        self._switches = switches
        self._workspace = workspace

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            Refused: Nobody knows which colour serves.
            NotFound: There is no such service.
        """
        if not isinstance(job.work, WatchHealth):
            raise Refused(f"{job_id} watches nothing")
        watch = self._begin(run, record, job.work)
        reverted = self._reverted(watch)
        if reverted is not None:
            return self._gone_back(watch, "health broke before a restart", reverted)
        stream = Stream(run.id, job_id, record.attempt, _SPEAKER)
        async with LogWriter(
            self._tools.store, self._tools.clock, stream, is_appended=True
        ) as writer:
            verdict = self._verdict(watch)
            try:
                left = await self._look_until_the_end(watch, verdict, writer)
            except asyncio.CancelledError:
                if not self._tools.leaving.is_on:
                    self._show_until(watch, None)
                raise
            self._show_until(watch, None)
            ended = await self._judge(watch, verdict, left)
            writer.feed(f"{ended.state}: {ended.why or 'health held'}\n".encode())
        return ended

    def _begin(self, run: Run, record: JobRun, work: WatchHealth) -> _Watch:
        store = self._tools.store
        service = self._workspace().service(work.service)
        if work.flip:
            flip: Flip | None = store.flip(FlipId(work.flip))
        else:
            mine = (
                f
                for f in store.flips(service.name, limit=200)
                if f.run_id == run.id and f.undoes is None and f.state is FlipState.DONE
            )
            flip = next(mine, None)
        colour = flip.to_colour if flip else store.service_status(service.name).live
        if colour is None:
            raise Refused(f"nobody knows which colour of {service.name} serves")
        began = record.started_at or self._tools.clock.now()
        watch = _Watch(
            run, record, work, service, flip, colour, began + timedelta(seconds=work.duration_s)
        )
        self._show_until(watch, watch.until)
        return watch

    async def _look_until_the_end(
        self, watch: _Watch, verdict: WatchVerdict, writer: LogWriter
    ) -> Colour | None:
        """Looks until time is over or health broke; the colour somebody else went to, if so."""
        clock = self._tools.clock
        observer = Observer(self._tools.links, clock, self._switches, watch.service)
        while True:
            seen = await observer.look()
            if self._signs is not None:
                since = watch.record.started_at or watch.until
                signs = await self._signs.look(watch.service, watch.colour, since)
                seen = replace(seen, signs=signs)
            verdict.take(seen)
            writer.feed(f"{verdict.line(seen)}\n".encode())
            live = self._tools.store.service_status(watch.service.name).live
            if live is not None and live is not watch.colour:
                return live
            is_over = clock.now() >= watch.until and not verdict.is_doubtful
            if verdict.broken or is_over:
                return None
            await clock.sleep(watch.work.interval_s)

    def _verdict(self, watch: _Watch) -> WatchVerdict:
        status = self._tools.store.service_status(watch.service.name)
        work = watch.work
        version = status.versions.get(watch.colour, "")
        return WatchVerdict(
            watch.colour, work.max_error_ratio, version, work.max_slower, work.min_requests
        )

    async def _judge(self, watch: _Watch, verdict: WatchVerdict, left: Colour | None) -> JobRun:
        figures = {
            "samples": verdict.samples,
            "requests": verdict.requests,
            "errors": verdict.errors,
            "error_ratio": verdict.errors / verdict.requests if verdict.requests else None,
        }
        record = replace(watch.record, figures=figures)
        if left is not None:
            why = f"{left} serves now: somebody went back while this watched"
            # By hand nothing failed with it: who flipped has changed their mind.
            state = State.CANCELLED if watch.work.flip else State.FAILED
            return replace(record, state=state, why=why)
        if verdict.broken:
            return await self._go_back(replace(watch, record=record), verdict.broken)
        if verdict.in_doubt:
            return replace(record, state=State.LOST, why=f"nobody knows: {verdict.in_doubt}")
        return replace(record, state=State.OK)

    async def _go_back(self, watch: _Watch, broken: str) -> JobRun:
        why = f"health broke: {broken}"
        if not watch.work.reverts:
            return replace(watch.record, state=State.FAILED, why=why)
        try:
            flip = await self._flips.flip(
                watch.service.name,
                watch.colour.other,
                _ACTOR,
                why,
                run_id=watch.run.id,
                undoes=watch.flip.id if watch.flip else None,
            )
        except DevopsError as error:
            if isinstance(error, StoreError) and error.is_passing:
                raise  # it is looked at again when the store is back
            why = f"{why}; could not go back to {watch.colour.other}: {error}"
            return replace(watch.record, state=State.FAILED, why=why)
        return self._gone_back(watch, why, flip)

    def _gone_back(self, watch: _Watch, why: str, flip: Flip) -> JobRun:
        if flip.state is not FlipState.DONE:
            why = f"{why}; could not go back to {flip.to_colour}: {flip.error}"
            return replace(watch.record, state=State.FAILED, why=why)
        self._say_reverted(flip)
        why = f"{flip.why or why}; went back to {flip.to_colour}"
        return replace(watch.record, state=State.FAILED, why=why)

    def _reverted(self, watch: _Watch) -> Flip | None:
        """The way back that an earlier worker went for this run."""
        for flip in self._tools.store.flips(watch.service.name, limit=200):
            is_mine = flip.run_id == watch.run.id and flip.actor == _ACTOR
            if is_mine and flip.state is FlipState.DONE:
                return flip
        return None

    def _say_reverted(self, flip: Flip) -> None:
        store = self._tools.store
        said = store.events(subject=flip.service, limit=200, newest=True)
        if any(e.kind == "flip.reverted" and e.data.get("flip") == flip.id for e in said):
            return
        data = {"flip": flip.id, "undoes": flip.undoes, "run": flip.run_id}
        now = self._tools.clock.now()
        store.append(Event("flip.reverted", flip.service, now, _ACTOR, flip.why, data))

    def _show_until(self, watch: _Watch, until: datetime | None) -> None:
        store = self._tools.store
        with store.transaction():
            status = store.service_status(watch.service.name)
            if status.watching_until != until:
                store.save_service(replace(status, watching_until=until))
