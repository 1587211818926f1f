"""The engine that keeps the outcome of each attempt with DBOS Transact as well.

The store's rows stay what screens read and what decides: DBOS adds a step per attempt,
whose outcome is taken up again when a worker died before the row was written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync

from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import Run
from devops_tui.engines.dbos_home import ENDS, VERSION, DbosHome, DbosPlace
from devops_tui.engines.dbos_workflow import Errand, errands, walk_plan, workflow_id
from devops_tui.engines.steps import PlainSteps
from devops_tui.engines.walker import Walker
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Aftermath, JobExecutor, Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

BEGIN_S = 10.0
TAIL_S = 2.0
_GENERATIONS = 100

log = logging.getLogger(__name__)


class DbosEngine(WalkingEngine):
    """One workflow per run, one step per attempt of a job; one such engine per process.

    When DBOS cannot be used (its file is broken, locked, on a full disk), runs are
    walked by the rows alone, and the log says so: a release does not wait for it.

    Args:
        place: Where DBOS keeps its own tables.
        place_of_worker: As `place` of engines.walking.WalkingEngine, like all others.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        executor: JobExecutor,
        worker_id: WorkerId,
        place: DbosPlace,
        *,
        leaving: Leaving | None = None,
        aftermath: Aftermath | None = None,
        changed: Callable[[], Awaitable[None]] | None = None,
        place_of_worker: str = "",
        labels: Collection[str] = (),
    ) -> None:
        super().__init__(
            store,
            clock,
            executor,
            worker_id,
            leaving=leaving,
            aftermath=aftermath,
            changed=changed,
            place=place_of_worker,
            labels=labels,
        )
        self._home = DbosHome(place, worker_id)
        self._carried: set[RunId] = set()
        self._tails: set[asyncio.Task[Any]] = set()

    async def hand_over(self) -> None:
        """Stops following without stopping the work, then stops DBOS."""
        await super().hand_over()
        if self._tails:
            await asyncio.wait(self._tails, timeout=TAIL_S)
        for tail in self._tails:
            tail.cancel()
        await self._home.close()

    async def _carry(self, walker: Walker) -> None:
        run = walker.run
        errand = Errand(walker)
        self._carried.add(run.id)
        sending = asyncio.create_task(self._send(run, errand), name=f"send {run.id}")
        try:
            await self._until_begun(errand, sending)
            if errand.claim():
                await walker.walk(PlainSteps())
            else:
                await errand.done
        finally:
            sending.cancel()
            for key in [k for k, e in errands.items() if e is errand]:
                del errands[key]
            self._carried.discard(run.id)
            self._home.rest_later(lambda: not self._carried)

    async def _until_begun(self, errand: Errand, sending: asyncio.Task[None]) -> None:
        """Returns when the workflow has begun, or when it is not worth waiting for."""
        begun = asyncio.ensure_future(errand.begun.wait())
        halted = asyncio.ensure_future(errand.walker.until_halted())
        waits: set[asyncio.Future[Any]] = {begun, halted, sending}
        try:
            async with asyncio.timeout(BEGIN_S):
                while not (begun.done() or halted.done()):
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                    if sending.done():
                        sending.result()
                        waits.discard(sending)
        except TimeoutError:
            log.warning("%s: DBOS did not begin within %g s", errand.walker.run.id, BEGIN_S)
        except Exception:
            # whatever is wrong with DBOS or its database: the rows are enough to go on
            log.exception("%s is walked without DBOS", errand.walker.run.id)
        finally:
            begun.cancel()
            halted.cancel()

    async def _send(self, run: Run, errand: Errand) -> None:
        """Starts the run's workflow, or has DBOS go on with the one that was left."""
        await self._home.enter()
        for generation in range(_GENERATIONS):
            key = workflow_id(run, generation)
            status = await DBOS.get_workflow_status_async(key)
            if status is None:
                errands[key] = errand
                with SetWorkflowID(key):
                    self._see_off(errand, await DBOS.start_workflow_async(walk_plan, run.id))
                return
            if status.status not in ENDS and status.app_version == VERSION:
                errands[key] = errand
                queue = await self._home.queue()
                self._see_off(errand, await DBOS.resume_workflow_async(key, queue_name=queue))
                return
        raise RuntimeError(f"{run.id} was begun {_GENERATIONS} times")

    def _see_off(self, errand: Errand, handle: WorkflowHandleAsync[Any]) -> None:
        """Has a hand-over wait until DBOS has written that a walk has ended."""

        async def tail() -> None:
            with suppress(Exception):  # the walk's own error went to its guard
                await errand.done
            if not errand.walker.is_left:
                await handle.get_result()

        task = asyncio.create_task(tail(), name=f"tail of {errand.walker.run.id}")
        self._tails.add(task)
        task.add_done_callback(self._tails.discard)
