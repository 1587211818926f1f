"""Runners of a worker that may have been taken over while it was frozen."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from devops_tui.domain.audit import WORKER_ENDS
from devops_tui.domain.errors import LeaseLost, StoreError
from devops_tui.domain.ids import HostName, WorkerId
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.transport import Runner, Runners, Silence, TaskStatus

_AGAIN_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Asks the store whether a worker may still act; whoever cannot ask waits."""

    store: Store
    clock: Clock
    worker_id: WorkerId

    async def check(self) -> None:
        """Returns when it may.

        Raises:
            LeaseLost: It stopped or was taken over.
        """
        while True:
            try:
                worker = self.store.worker(self.worker_id)
            except StoreError as error:
                if not error.is_retryable:
                    raise
                log.warning("nothing is done before the store answers: %s", error)
                await self.clock.sleep(_AGAIN_S)
                continue
            if worker is not None and worker.state in WORKER_ENDS:
                raise LeaseLost(f"worker {self.worker_id} was taken over: it must not act")
            return


class StandingRunners:
    """Implements ports.transport.Runners over others: starts and stops only while it may."""

    def __init__(self, inner: Runners, standing: Standing) -> None:
        self._inner = inner
        self._standing = standing

    def on(self, host: HostName) -> Runner:
        """The runner of a host; raises NotFound."""
        return StandingRunner(self._inner.on(host), self._standing.check)


class StandingRunner:
    """Implements ports.transport.Runner."""

    def __init__(self, inner: Runner, check: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._check = check

    async def start(
        self,
        task_id: str,
        script: str,
        *,
        env: dict[str, str],
        secrets: dict[str, str],
        folder: str,
    ) -> TaskStatus:
        """Starts once; raises LeaseLost when the worker was taken over."""
        await self._check()
        return await self._inner.start(task_id, script, env=env, secrets=secrets, folder=folder)

    async def status(self, task_id: str) -> TaskStatus:
        """Where it stands: looking is always allowed."""
        return await self._inner.status(task_id)

    def follow(self, task_id: str, offset: int) -> AsyncIterator[bytes]:
        """The output from a byte offset until the command ended."""
        return self._inner.follow(task_id, offset)

    def silence(self) -> Silence | None:
        """Whether the host owes an answer."""
        return self._inner.silence()

    async def stop(self, task_id: str, grace_s: float = 5.0) -> TaskStatus:
        """Ends it; raises LeaseLost when the worker was taken over."""
        await self._check()
        return await self._inner.stop(task_id, grace_s)

    async def clean(self, task_id: str) -> None:
        """Removes the spool of an ended command; raises LeaseLost as the others."""
        await self._check()
        await self._inner.clean(task_id)

    async def tasks(self) -> Sequence[str]:
        """Ids of the commands that have a spool: looking is always allowed."""
        return await self._inner.tasks()
