"""One job of one run: its attempts, its time, its verdict."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any

from devops_tui.domain.errors import (
    CommandFailed,
    CommandLost,
    DevopsError,
    HostError,
    LeaseLost,
    RevisionConflict,
    StoreError,
)
from devops_tui.domain.host_outcomes import settle
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import ENDS, JobRun, Run, State
from devops_tui.domain.work import AskApproval
from devops_tui.engines.elsewhere import lost_elsewhere
from devops_tui.engines.follow_ups import follow_up
from devops_tui.engines.retries import following, is_tried_again, limit_s
from devops_tui.engines.steps import Steps
from devops_tui.engines.workplace import Workplace
from devops_tui.ports.patience import RETRY_S, patiently

_STOP_PATIENCE_S = 15.0
_REATTACH_S = 30.0
_ASKING_LOOK_S = 5.0

log = logging.getLogger(__name__)


class Halt(Enum):
    """Why an executor is ended before its time."""

    CANCEL = auto()  # somebody asked
    LEAVE = auto()  # the worker hands over
    LOSE = auto()  # another holder has the environment
    TIME = auto()  # the job's time is over


class Attempt:
    """Walks one job to its end; `halt` ends it early.

    After `run` the job's record in the store has an end, unless it was left for the
    next worker.
    """

    def __init__(self, place: Workplace, run: Run, job_id: JobId, steps: Steps) -> None:
        self._place = place
        self._run = run
        self._job_id = job_id
        self._steps = steps
        self._job = run.plan.job(job_id)
        self._halt: asyncio.Future[Halt] = asyncio.get_running_loop().create_future()

    def halt(self, why: Halt) -> None:
        """Asks to end; the first reason counts."""
        if not self._halt.done():
            self._halt.set_result(why)

    async def run(self) -> None:
        """Starts, or re-attaches to, the job and follows it to its end."""
        record, is_reattached = await self._place.durably(self._begin)
        while True:
            if record.retry_at is not None:
                if not await self._pause(record.retry_at):
                    await self._end_early(record)
                    return
                record = await self._place.durably(partial(self._begin_now, record))
                is_reattached = False
            act = partial(self._try_once, record, is_reattached)
            ended = lost_elsewhere(self._job, record, self._place) if is_reattached else None
            ended = ended or await self._steps.take(self._job_id, record.attempt, act)
            if ended is None:
                return
            ended = await self._place.durably(partial(self._with_hosts, ended))
            if not await patiently(self._place.clock, partial(self._may_retry, ended)):
                break
            record = await self._place.durably(partial(self._begin_again, ended))
            is_reattached = False
        await self._place.durably(partial(self._end, ended))
        await follow_up(self._place, self._run, ended)

    def _begin(self) -> tuple[JobRun, bool]:
        stored = self._stored()
        if stored.state in (State.RUNNING, State.ASKING):
            if stored.retry_at is None:
                self._say("job.reattached", stored)
            return stored, True
        return self._begin_now(replace(stored, why=""), State.WAITING), False

    def _begin_now(self, waiting: JobRun, expected: State = State.RUNNING) -> JobRun:
        now = self._place.clock.now()
        until = now + timedelta(seconds=limit_s(self._job))
        record = replace(
            waiting,
            state=State.RUNNING,
            started_at=now,
            retry_at=None,
            deadline_at=until,
            place=self._place.place,
        )
        self._place.store.save_job(record, expected)
        self._say("job.started", record)
        return record

    def _begin_again(self, failed: JobRun) -> JobRun:
        """The next attempt: at once, or, with a pause, written down with when it begins."""
        stored = self._stored()
        record = following(self._job, failed, self._place.clock.now())
        record = replace(record, place=self._place.place)
        record = replace(record, inputs=stored.inputs)
        self._say("job.finished", failed, will_retry=True)
        if record.retry_at is None:
            return self._begin_now(record, stored.state)
        self._place.store.save_job(record, stored.state)
        return record

    async def _pause(self, until: datetime) -> bool:
        """Waits for the moment of the next attempt; False when it is told to end before."""
        while not self._halt.done():
            left_s = (until - self._place.clock.now()).total_seconds()
            if left_s <= 0:
                return True
            sleep = asyncio.ensure_future(self._place.clock.sleep(left_s))
            waits: set[asyncio.Future[Any]] = {sleep, self._halt}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleep.cancel()
        return False

    async def _end_early(self, record: JobRun) -> None:
        """Told to end in the pause between two attempts, when nothing runs anywhere."""
        halt = self._halt.result()
        if halt is Halt.LEAVE:
            return
        ended = replace(self._halted(record, halt), retry_at=None)
        ended = await self._place.durably(partial(self._with_hosts, ended))
        await self._place.durably(partial(self._end, ended))
        await follow_up(self._place, self._run, ended)

    def _end(self, ended: JobRun) -> None:
        stored = self._stored()
        if stored.state not in (State.RUNNING, State.ASKING) or stored.attempt != ended.attempt:
            raise RevisionConflict(f"{ended.job_id} of {ended.run_id} was ended by another worker")
        # an executor that broke has no record to return: what was decided before stays
        ended = replace(ended, inputs=ended.inputs or stored.inputs)
        self._place.store.save_job(ended, stored.state)
        self._place.store.owe(ended.run_id, ended.job_id)
        self._say("job.finished", ended)

    def _with_hosts(self, ended: JobRun) -> JobRun:
        """With what the executor wrote down of each host, where it could not return it."""
        known = ended.hosts
        stored = self._stored()
        if stored.attempt == ended.attempt and stored.hosts:
            known = known if all(h.state in ENDS for h in known) and known else stored.hosts
        hosts = settle(known, ended.state, ended.ended_at or self._place.clock.now())
        return replace(ended, hosts=hosts)

    def _stored(self) -> JobRun:
        return self._place.store.job_run(self._run.id, self._job_id)

    def _say(self, kind: str, record: JobRun, *, will_retry: bool = False) -> None:
        data = {"job": record.job_id, "attempt": record.attempt, "state": record.state.value}
        more = {"will_retry": True} if will_retry else {}
        figures = {"figures": dict(record.figures)} if record.figures else {}
        self._place.say(kind, record.run_id, record.why, **data, **more, **figures)

    def _may_retry(self, ended: JobRun) -> bool:
        is_decided = isinstance(self._job.work, AskApproval) or (
            self._stored().state is State.ASKING
        )
        if self._halt.done() or is_decided:
            return False  # what a person decided is not tried again
        return is_tried_again(self._job, ended)

    async def _try_once(self, record: JobRun, is_reattached: bool) -> JobRun | None:
        """The record with its end, or None when it is left for the next worker."""
        place = self._place
        act = asyncio.create_task(self._work(record), name=f"{self._run.id} {self._job_id}")
        timer = asyncio.create_task(self._until_late(self._left_s(record, is_reattached)))
        waits: set[asyncio.Future[Any]] = {act, timer, self._halt}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            place.leaving.is_on = True  # the worker breaks down: that must not stop any work
            raise
        finally:
            timer.cancel()
            if not act.done():
                await asyncio.sleep(0)  # even one that is late gets hold of its work, to stop it
                act.cancel()
        halt = self._halt.result() if self._halt.done() else None if act.done() else Halt.TIME
        await asyncio.wait({act}, timeout=_STOP_PATIENCE_S)
        return self._verdict(act, record, is_reattached, halt)

    async def _work(self, record: JobRun) -> JobRun:
        """What the executor says; called again when the store was away meanwhile.

        That is what it does for the next worker, too: it goes on with what is there.
        """
        place, run = self._place, self._run
        while True:
            try:
                return await place.executor.execute(run, run.plan, self._job_id, self._job, record)
            except StoreError as error:
                if not error.is_passing:
                    raise
                log.warning("%s of %s waits for the store: %s", self._job_id, run.id, error)
            await place.clock.sleep(RETRY_S)
            record = await patiently(place.clock, self._stored)

    async def _until_late(self, left_s: float) -> None:
        """Returns when its time is over; a job that asks has all the time of its question."""
        await self._place.clock.sleep(left_s)
        while not isinstance(self._job.work, AskApproval) and await self._is_asking():
            await self._place.clock.sleep(_ASKING_LOOK_S)

    async def _is_asking(self) -> bool:
        return await self._place.durably(lambda: self._stored().state is State.ASKING)

    def _left_s(self, record: JobRun, is_reattached: bool) -> float:
        """Seconds until it is ended; what ran on without a worker may have ended in time."""
        now = self._place.clock.now()
        left_s = limit_s(self._job) - (now - (record.started_at or now)).total_seconds()
        return max(_REATTACH_S if is_reattached else 0.0, left_s)

    def _verdict(
        self, act: asyncio.Task[JobRun], record: JobRun, is_reattached: bool, halt: Halt | None
    ) -> JobRun | None:
        now = self._place.clock.now()
        if not act.done():
            log.error("%s of %s does not stop", self._job_id, self._run.id)
            why = f"was told to stop and had not after {_STOP_PATIENCE_S:g} s"
            return replace(record, state=State.LOST, ended_at=now, why=why)
        if act.cancelled():
            return None if halt is Halt.LEAVE else self._halted(record, halt)
        error = act.exception()
        if error is None:
            ended = act.result()
            if ended.state in ENDS:
                return replace(ended, attempt=record.attempt, ended_at=ended.ended_at or now)
            error = TypeError(f"the executor returned a job that is {ended.state}")
        if halt is Halt.LEAVE or isinstance(error, LeaseLost):
            log.warning("%s of %s while handing over: %s", self._job_id, self._run.id, error)
            return None
        return _failed(replace(record, ended_at=now), error, is_reattached or halt is not None)

    def _halted(self, record: JobRun, halt: Halt | None) -> JobRun:
        now = self._place.clock.now()
        if halt is Halt.CANCEL:
            return replace(record, state=State.CANCELLED, ended_at=now, why="cancelled")
        if halt is Halt.LOSE:
            why = "another run took the environment while this one acted on it"
            return replace(record, state=State.LOST, ended_at=now, why=why)
        if halt is Halt.TIME:
            why = f"took longer than {limit_s(self._job):g} s"
            return replace(record, state=State.TIMED_OUT, ended_at=now, why=why)
        why = "ended itself without a verdict"
        return replace(record, state=State.FAILED, ended_at=now, why=why)


def _failed(record: JobRun, error: BaseException, is_unknown: bool) -> JobRun:
    """The verdict of an error.

    `is_unknown`: the work had begun before this call of the executor, so that a host
    that cannot be asked now means that nobody knows.
    """
    if isinstance(error, CommandLost) or (is_unknown and isinstance(error, HostError)):
        return replace(record, state=State.LOST, why=str(error))
    if isinstance(error, DevopsError):
        code = error.exit_code if isinstance(error, CommandFailed) else record.exit_code
        return replace(record, state=State.FAILED, why=str(error), exit_code=code)
    log.error("a defect in a job of %s", record.run_id, exc_info=error)
    return replace(record, state=State.FAILED, why=f"{type(error).__name__}: {error}")
