"""The durable book of one attempt on many hosts: who stands how, while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from devops_tui.domain import host_outcomes
from devops_tui.domain.errors import RevisionConflict, StoreError
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import HostOutcome, JobRun, State
from devops_tui.domain.work import RunCommand
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.hiding import Mask

_BETWEEN_WRITES_S = 0.2

log = logging.getLogger(__name__)


class HostBook:
    """Keeps the outcomes and stores them with the job; an async context.

    What changed is stored at once, and what changes soon after together with it: a
    thousand hosts that end in the same second are a few writes. An outcome that was not
    stored when the worker died is asked of the host again.
    """

    def __init__(
        self, store: Store, clock: Clock, record: JobRun, work: RunCommand, mask: Mask = str
    ) -> None:
        self._store = store
        self._mask = mask
        self._clock = clock
        self._record = record
        stored = store.job_run(record.run_id, record.job_id)
        begun = host_outcomes.begin(work, record.attempt, stored.hosts)
        self._outcomes = {outcome.host: outcome for outcome in begun}
        self._is_dirty = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def hosts(self) -> tuple[HostOutcome, ...]:
        """All outcomes, in the order of their turns."""
        return tuple(self._outcomes.values())

    def batches(self) -> Sequence[Sequence[HostOutcome]]:
        """The outcomes of each batch, as they were when asked for."""
        found: dict[int, list[HostOutcome]] = {}
        for outcome in self.hosts:
            found.setdefault(outcome.batch, []).append(outcome)
        return list(found.values())

    def of(self, host: HostName) -> HostOutcome:
        """How it stands there."""
        return self._outcomes[host]

    def note(self, host: HostName, **fields: Any) -> None:
        """Changes fields of an outcome."""
        changed = replace(self._outcomes[host], **fields)
        if changed != self._outcomes[host]:
            self._outcomes[host] = changed
            self._is_dirty.set()

    def begin(self, hosts: Sequence[HostName]) -> None:
        """These have their turn now, all in one write."""
        now = self._clock.now()
        for host in hosts:
            if self._outcomes[host].state is State.WAITING:
                attempt = self._record.attempt
                self.note(host, state=State.RUNNING, started_at=now, attempt=attempt)

    def begin_again(self, host: HostName) -> None:
        """It ended well before, and that does not stand any more."""
        batch, attempt = self._outcomes[host].batch, self._record.attempt
        new = HostOutcome(host, State.RUNNING, batch, attempt, self._clock.now())
        self._outcomes[host] = new
        self._is_dirty.set()

    def end(self, host: HostName, state: State, why: str = "", **fields: Any) -> None:
        """It ended there."""
        self.note(
            host,
            state=state,
            why=self._mask(why),
            ended_at=self._clock.now(),
            silent_since=None,
            next_try_at=None,
            **fields,
        )

    async def __aenter__(self) -> Self:
        self._is_dirty.set()
        self._writer = asyncio.create_task(self._write_in_time())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        self._write()

    async def _write_in_time(self) -> None:
        while True:
            await self._is_dirty.wait()
            self._is_dirty.clear()
            self._write()
            await self._clock.sleep(_BETWEEN_WRITES_S)

    def _write(self) -> None:
        try:
            with self._store.transaction():
                stored = self._store.job_run(self._record.run_id, self._record.job_id)
                is_mine = stored.state is State.RUNNING and stored.attempt == self._record.attempt
                if is_mine and stored.hosts != self.hosts:
                    self._store.save_job(replace(stored, hosts=self.hosts), State.RUNNING)
        except RevisionConflict:
            log.warning("%s of %s has another owner", self._record.job_id, self._record.run_id)
        except StoreError as error:
            log.warning("outcomes of %s are stored later: %s", self._record.run_id, error)
            self._is_dirty.set()
