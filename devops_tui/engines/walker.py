"""Walks the plan of one run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from devops_tui.domain.errors import RevisionConflict, StoreError
from devops_tui.domain.ids import JobId
from devops_tui.domain.look import Look
from devops_tui.domain.pipeline import ENDS, JobRun, Run, State
from devops_tui.domain.walk import combine, outcome, ready
from devops_tui.engines.attempt import Attempt, Halt
from devops_tui.engines.environments import RENEW_S, Environments
from devops_tui.engines.follow_ups import follow_up
from devops_tui.engines.opening import Opening
from devops_tui.engines.steps import PlainSteps, Steps
from devops_tui.engines.waiting import why_ended, why_skipped, why_waiting
from devops_tui.engines.workplace import Workplace
from devops_tui.ports.patience import RETRY_S, patiently

_BEAT_S = 1.0
_REWORD_S = 5.0
"""How often a run that waits says anew for whom: others end all the time."""

log = logging.getLogger(__name__)


class Walker:
    """One run from where it stands to its end.

    Only the walker changes the run; only an Attempt changes its job while it runs.
    """

    def __init__(self, place: Workplace, run: Run) -> None:
        self._place = place
        self._run = run
        self._plan = run.plan
        self._environments = Environments(place.store, place.clock, place.standing, place.machine)
        self._opening = Opening(place.store, place.clock)
        self._held: set[str] = set()
        self._renewed_at: datetime | None = None
        self._attempts: dict[JobId, tuple[Attempt, asyncio.Task[None]]] = {}
        self._halt: Halt | None = None
        self._poked = asyncio.Event()
        self._steps: Steps = PlainSteps()
        self._seen: tuple[Run | None, Mapping[JobId, JobRun]] = (None, {})
        self._waits_for: set[str] = set()
        self._said_at: datetime | None = None

    @property
    def run(self) -> Run:
        """The run, as this walk last wrote it."""
        return self._run

    @property
    def is_left(self) -> bool:
        """Whether the run is to be left to the next worker."""
        return self._halt is Halt.LEAVE

    async def until_halted(self) -> None:
        """Returns as soon as somebody asked to end."""
        await self._poked.wait()

    def halt(self, why: Halt) -> None:
        """Asks to end: CANCEL ends the run, LEAVE leaves it to the next worker."""
        self._halt = self._halt or why
        self._poked.set()

    def hold_again(self) -> None:
        """Takes back, at once, the environments that the run held when its worker died."""
        for record in self._place.store.job_runs(self._run.id):
            name = self._environments.needed(self._run, record.job_id)
            has_begun = record.started_at is not None and not record.is_reused
            if name is not None and has_begun and self._environments.renew(self._run, name):
                self._held.add(name)

    async def walk(self, steps: Steps) -> None:
        """Returns when the run has ended, or was left."""
        self._steps = steps
        await self._place.durably(self._begin)
        await patiently(self._place.clock, self._reattach)
        while self._halt is None:
            try:
                if not await self._is_going_on():
                    break
            except StoreError as error:
                if not error.is_passing:
                    raise
                log.warning("%s waits for the store: %s", self._run.id, error)
                await self._place.clock.sleep(RETRY_S)
        if self._halt is not None:
            await self.stop(self._halt)
        if self._halt is not Halt.LEAVE:
            run = await self._place.durably(self._end)
            await follow_up(self._place, run)

    async def _is_going_on(self) -> bool:
        """One look at the run, and what follows from it; False when nothing is left to do."""
        if await self._skip():
            return True
        holds = await self._start_ready()
        if not self._attempts and not holds:
            return False
        await self._say_where_it_stands(holds)
        await self._until_something_happens()
        await self._renew()
        return True

    async def stop(self, why: Halt) -> None:
        """Ends what still runs, and waits for that."""
        for attempt, _ in self._attempts.values():
            attempt.halt(why)
        if self._attempts:
            await asyncio.wait([task for _, task in self._attempts.values()])
        self._reap()

    def abandon(self, why: str) -> None:
        """Ends the run as lost after a defect in the walk itself; inside of `durably`."""
        now = self._place.clock.now()
        for record in self._records().values():
            if record.state in (State.RUNNING, State.ASKING):
                lost = replace(record, state=State.LOST, ended_at=now, why=why)
                self._place.store.save_job(lost, record.state)
        self._change(state=State.LOST, ended_at=now, why_waiting=why)
        self._place.say("run.finished", self._run.id, why, state=State.LOST.value)
        self._give_back()

    def _records(self) -> dict[JobId, JobRun]:
        return {r.job_id: r for r in self._place.store.job_runs(self._run.id)}

    def _change(self, **fields: object) -> Run:
        stored = self._place.store.run(self._run.id)
        if stored.state in ENDS:
            raise RevisionConflict(f"run {stored.id} was ended by somebody else")
        changed = replace(stored, **fields)  # type: ignore[arg-type] # checked by the dataclass
        if changed != stored:
            self._place.store.save_run(changed, stored.state)
        self._run = changed
        return changed

    def _begin(self) -> None:
        if self._place.store.run(self._run.id).started_at is None:
            now = self._place.clock.now()
            self._change(state=State.RUNNING, started_at=now, why_waiting="")
            self._place.say("run.started", self._run.id, pipeline=self._plan.pipeline)

    def _reattach(self) -> None:
        for job_id, record in self._records().items():
            if record.state in (State.RUNNING, State.ASKING) and job_id not in self._attempts:
                attempt = self._start(job_id)
                name = self._environments.needed(self._run, job_id)
                if name is not None and name not in self._held:
                    attempt.halt(Halt.LOSE)

    def _start(self, job_id: JobId) -> Attempt:
        attempt = Attempt(self._place, self._run, job_id, self._steps)
        task = asyncio.create_task(attempt.run(), name=f"{self._run.id} {job_id} attempts")
        self._attempts[job_id] = (attempt, task)
        return attempt

    async def _skip(self) -> bool:
        """Skips what can never start and what nobody wants; whether there was any."""
        records = self._looked()
        look = Look(self._plan, _states(records))
        found = (*look.doomed, *look.unwanted)
        if not found:
            return False
        reasons = {i: look.why_unwanted(i) for i in look.unwanted}

        def skip() -> None:
            now = self._place.clock.now()
            for job_id in found:
                why = reasons.get(job_id) or why_skipped(self._plan, job_id, records)
                record = replace(records[job_id], state=State.SKIPPED, ended_at=now, why=why)
                self._place.store.save_job(record, State.WAITING)
                data = {"job": job_id, "attempt": record.attempt, "state": record.state.value}
                self._place.say("job.finished", self._run.id, why, **data)

        await self._place.durably(skip)
        return True

    async def _start_ready(self) -> list[str]:
        """Starts what may start; returns what the others wait for."""
        holds: list[str] = []
        self._waits_for.clear()
        for job_id in ready(self._plan, _states(self._looked())):
            if job_id in self._attempts:
                continue
            shut = self._opening.hold(self._run, job_id)
            if shut is not None:
                holds.append(shut)
                continue
            name = self._environments.needed(self._run, job_id)
            if name is not None and name not in self._held:
                hold = self._environments.hold(self._run, name)
                if hold is None:
                    take = partial(self._environments.take, self._run, name)
                    hold = await self._place.durably(take)
                if hold is not None:
                    holds.append(hold)
                    self._waits_for.add(name)
                    continue
                self._held.add(name)
            self._start(job_id)
        return holds

    async def _say_where_it_stands(self, holds: list[str]) -> None:
        records = self._looked()
        is_asking = combine([r.state for r in records.values()]) is State.ASKING
        state = State.ASKING if is_asking else State.RUNNING
        why = why_waiting(list(records.values()), holds, self._plan)
        if self._is_news(state, why):
            self._said_at = self._place.clock.now()
            await self._place.durably(partial(self._change, state=state, why_waiting=why))
        self._seen = self._look()

    def _is_news(self, state: State, why: str) -> bool:
        run = self._run
        if (state, why) == (run.state, run.why_waiting):
            return False
        if state is not run.state or not (why and run.why_waiting) or self._said_at is None:
            return True
        return self._place.clock.now() - self._said_at >= timedelta(seconds=_REWORD_S)

    def _look(self) -> tuple[Run | None, Mapping[JobId, JobRun]]:
        standing = self._place.standing
        return standing.run(self._run.id), standing.jobs(self._run.id)

    def _looked(self) -> Mapping[JobId, JobRun]:
        """The jobs as all walkers read them in one look; not inside of `durably`."""
        return self._place.standing.jobs(self._run.id) or self._records()

    def _is_worth_a_turn(self) -> bool:
        if self._look() != self._seen:
            return True
        return any(self._environments.hold(self._run, n) is None for n in self._waits_for)

    async def _until_something_happens(self) -> None:
        """Returns when a job ended, its rows changed, a place is free, or after a second."""
        beat = asyncio.ensure_future(self._place.clock.sleep(_BEAT_S))
        halted = asyncio.ensure_future(self.until_halted())
        tasks = [task for _, task in self._attempts.values()]
        try:
            while True:
                changed = asyncio.ensure_future(self._place.changed())
                waits: set[asyncio.Future[Any]] = {beat, halted, changed, *tasks}
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                if beat.done() or halted.done() or any(task.done() for task in tasks):
                    break
                if self._is_worth_a_turn():
                    break
        finally:
            beat.cancel()
            halted.cancel()
        self._reap()

    def _reap(self) -> None:
        """Takes away the attempts that are over; raises what a defect in one raised."""
        for job_id, (_, task) in list(self._attempts.items()):
            if task.done():
                del self._attempts[job_id]
                task.result()

    async def _renew(self) -> None:
        now = self._place.clock.now()
        if self._renewed_at is not None and now < self._renewed_at + timedelta(seconds=RENEW_S):
            return
        self._renewed_at = now
        for name in sorted(self._held):
            is_held = await self._place.durably(partial(self._environments.renew, self._run, name))
            if not is_held:
                log.error("%s lost %s to another run", self._run.id, name)
                self._held.discard(name)
                for job_id, (attempt, _) in self._attempts.items():
                    if self._environments.needed(self._run, job_id) == name:
                        attempt.halt(Halt.LOSE)

    def _end(self) -> Run:
        now = self._place.clock.now()
        for record in self._records().values():
            if record.state is State.WAITING:
                is_cancelled = self._halt is Halt.CANCEL
                state = State.CANCELLED if is_cancelled else State.SKIPPED
                why = "cancelled" if is_cancelled else "it could never start"
                self._place.store.save_job(
                    replace(record, state=state, ended_at=now, why=why), State.WAITING
                )
        records = list(self._records().values())
        state = outcome(self._plan, {r.job_id: r.state for r in records})
        if self._halt is Halt.CANCEL and state not in (State.OK, State.LOST):
            state = State.CANCELLED
        run = self._change(state=state, ended_at=now, why_waiting=why_waiting(records, ()))
        data = {"state": state.value, "pipeline": self._plan.pipeline}
        self._place.say("run.finished", run.id, why_ended(records, state), **data)
        self._place.store.owe(run.id)
        self._give_back()
        return run

    def _give_back(self) -> None:
        for name in self._held:
            self._environments.release(self._run, name)


def _states(records: Mapping[JobId, JobRun]) -> dict[JobId, State]:
    return {job_id: record.state for job_id, record in records.items()}
