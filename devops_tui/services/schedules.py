"""Starts pipelines by the clock; what was missed is made up for by one run."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.errors import DevopsError, StoreError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Pipeline, Run
from devops_tui.domain.schedule import Schedule, missed, next_after, zone_of
from devops_tui.domain.source_state import SourceState
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Sources
from devops_tui.ports.store import Store
from devops_tui.services.pipelines import prepare_newest
from devops_tui.services.source_news import can_be_read, cannot_be_read

LOOK_S = 1.0
LATE_S = 60.0
"""An occasion that is started later than this was missed."""

_AGAIN = timedelta(seconds=30)

log = logging.getLogger(__name__)


class ScheduleWatch:
    """Remembers in the store up to when occasions were started.

    A schedule that is new, or was changed, begins with its next occasion: what lies
    before was never promised. When the newest commit cannot be read, the run is tried
    again every half minute, and the occasion is not lost.

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
        self._again: dict[str, datetime] = {}

    async def watch(self) -> None:
        """Looks at the clock once a second until cancelled."""
        pipelines = [p for p in self._workspace.pipelines.values() if p.schedule is not None]
        while pipelines:
            for pipeline in pipelines:
                try:
                    await self.look(pipeline)
                except DevopsError as error:
                    log.warning("schedule of %s: %s", pipeline.name, error)
            await self._clock.sleep(LOOK_S)

    async def look(self, pipeline: Pipeline) -> Run | None:
        """Starts the run that is due; None when none is.

        Raises:
            DevopsError: It cannot be started; that is kept, and tried again later.
        """
        schedule = pipeline.schedule
        if schedule is None:
            return None
        now = self._clock.now()
        state = self._known(pipeline.name, schedule, now)
        is_due = state.next_at is not None and state.next_at <= now
        if not is_due or self._again.get(pipeline.name, now) > now:
            return None
        try:
            run = await self._start(pipeline, schedule, state, now)
        except StoreError:
            raise
        except DevopsError as error:
            self._again[pipeline.name] = now + _AGAIN
            cannot_be_read(self._store, self._clock, pipeline.name, error)
            raise
        self._again.pop(pipeline.name, None)
        if pipeline.source is None:  # a source says by itself when it can be read again
            can_be_read(self._store, self._clock, pipeline.name)
        if run is not None:
            await self._started(run.id)
        return run

    def _known(self, pipeline: str, schedule: Schedule, now: datetime) -> SourceState:
        """What the store has of this schedule; a new one begins now."""
        text = f"{schedule.cron} {schedule.zone}"
        state = self._store.source_state(pipeline) or SourceState(pipeline)
        if state.schedule == text and state.scheduled_at is not None:
            return state
        with self._store.transaction():
            state = self._store.source_state(pipeline) or state
            state = replace(
                state, schedule=text, scheduled_at=now, next_at=next_after(schedule, now)
            )
            self._store.save_source_state(state)
        return state

    async def _start(
        self, pipeline: Pipeline, schedule: Schedule, state: SourceState, now: datetime
    ) -> Run | None:
        since = state.scheduled_at or now
        count, last = missed(schedule, since, now)
        if last is None:
            return None
        why = _why(schedule, count, last, now)
        create = await prepare_newest(
            self._store,
            self._clock,
            self._sources,
            self._workspace,
            pipeline.name,
            "schedule",
            why,
            "schedule",
        )
        with self._store.transaction():
            state = self._store.source_state(pipeline.name) or state
            if state.scheduled_at != since:  # another worker was faster
                return None
            following = next_after(schedule, now)
            self._store.save_source_state(replace(state, scheduled_at=now, next_at=following))
            if _is_late(last, now):
                data = {"count": count, "last": last.isoformat()}
                event = Event("schedule.missed", pipeline.name, now, "schedule", why, data)
                self._store.append(event)
            return create()


def _is_late(last: datetime, now: datetime) -> bool:
    return (now - last).total_seconds() > LATE_S


def _why(schedule: Schedule, count: int, last: datetime, now: datetime) -> str:
    told = f"{schedule.cron} {schedule.zone}"
    if not _is_late(last, now) and count == 1:
        return told
    many = "once" if count == 1 else f"{count:,} times"
    local = last.astimezone(zone_of(schedule.zone))
    return f"{told}: missed {many} while no worker ran, last at {local:%m-%d %H:%M}; runs once"
