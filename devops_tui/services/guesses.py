"""Ranks logs while they grow, so that a first guess stands before the stage ends."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace

from devops_tui.domain.errors import LeaseLost, StoreError
from devops_tui.domain.guess import guess_event
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Cause
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.ports.ranking import Ranking
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.labels import labels_of

LOOK_S = 2.0
CHUNKS = 32
"""Of one job that are read at a look; what is left waits for the next one."""

_BEFORE_BYTES = 32_768  # of what was ranked already that new lines are ranked with
_SURE = 0.75  # of a line that no success shows
_SURE_ALONE = 0.9  # where no success is known
_MOST = 4  # guesses of one attempt: the log is not a diary

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Follower:
    """How far one attempt of a job was read."""

    attempt: int
    baselines: list[bytes]
    after: int = 0
    tail: bytes = b""
    lines_before: int = 0
    told: int = 0
    best: float = 0.0
    texts: set[str] = field(default_factory=set)


class GuessWatch:
    """Looks at the jobs that run, every two seconds; part of the worker that leads."""

    def __init__(self, store: Store, clock: Clock, ranking: Ranking) -> None:
        self._store = store
        self._clock = clock
        self._ranking = ranking
        self._followers: dict[tuple[RunId, JobId], _Follower] = {}

    async def watch(self) -> None:
        """Until cancelled; a store that is away is asked again."""
        while True:
            try:
                await self.look()
            except LeaseLost:
                raise
            except StoreError as error:
                log.warning("first guesses wait for the store: %s", error)
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Reads on in each log, once."""
        running: set[tuple[RunId, JobId]] = set()
        for run in self._store.unfinished_runs():
            for job in self._store.job_runs(run.id):
                if job.state is State.RUNNING:
                    running.add((run.id, job.job_id))
                    await self._read_on(run, job)
        for gone in self._followers.keys() - running:
            del self._followers[gone]

    async def _read_on(self, run: Run, job: JobRun) -> None:
        key = (run.id, job.job_id)
        follower = self._followers.get(key)
        if follower is None or follower.attempt != job.attempt:
            baselines = list(self._store.baselines(run.plan.pipeline, job.job_id))
            follower = self._followers[key] = _Follower(job.attempt, baselines)
        chunks = self._store.log(run.id, job.job_id, follower.after, CHUNKS)
        if not chunks:
            return
        follower.after = chunks[-1].seq
        data = follower.tail + b"".join(c.data for c in chunks if c.attempt == job.attempt)
        end = data.rfind(b"\n") + 1  # a line that is not whole yet is ranked with its rest
        if follower.told < _MOST:
            labels = labels_of(self._store, run.plan.pipeline, job.job_id)
            causes = await asyncio.to_thread(
                self._ranking.rank, data[:end], follower.baselines, labels
            )
            self._tell(run, job, follower, causes[0] if causes else None)
        cut = data.rfind(b"\n", 0, max(0, end - _BEFORE_BYTES)) + 1
        follower.lines_before += data.count(b"\n", 0, cut)
        follower.tail = data[cut:]

    def _tell(self, run: Run, job: JobRun, follower: _Follower, cause: Cause | None) -> None:
        sure = _SURE if follower.baselines else _SURE_ALONE
        if cause is None or cause.score < max(sure, follower.best) or cause.text in follower.texts:
            return
        follower.best = cause.score
        follower.told += 1
        follower.texts.add(cause.text)
        cause = replace(cause, line=cause.line + follower.lines_before)
        event = guess_event(run.id, job.job_id, cause, self._clock.now())
        with self._store.transaction():
            self._store.append(event)
