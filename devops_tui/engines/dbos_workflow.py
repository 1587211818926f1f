"""The one workflow that walks any plan, with a step of DBOS for each attempt of a job.

Steps are reserved for every job in the plan's order before anything runs, so that the
order in which jobs end cannot shift them. A step keeps a plain dict and raises nothing
of ours; where DBOS itself fails, the walk goes on by the store's rows.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from dbos import DBOS
from dbos import error as dbos_error

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.errors import RevisionConflict
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run
from devops_tui.domain.work import AskApproval
from devops_tui.engines.steps import Act, Steps
from devops_tui.engines.walker import Walker

PATIENCE_S = 5.0
WORKFLOW = "walk_plan"

log = logging.getLogger(__name__)


def workflow_id(run: Run, generation: int = 0) -> str:
    """The id of a run's workflow: a run of the same name in a new store is another."""
    made = f"{run.created_at.isoformat()} {run.plan.hash}"
    mark = hashlib.sha256(made.encode()).hexdigest()[:12]
    return f"{run.id}@{mark}" + (f".{generation}" if generation else "")


class Errand:
    """A walk that waits for its workflow; whoever claims it first walks it."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.loop = asyncio.get_running_loop()
        self.begun = asyncio.Event()
        self.done: asyncio.Future[None] = self.loop.create_future()

    def claim(self) -> bool:
        """Whether the caller is the one to walk it."""
        if self.begun.is_set():
            return False
        self.begun.set()
        return True

    async def walk(self) -> dict[str, Any]:
        """Walks with steps of the current workflow; belongs to the worker's loop.

        Cancel: raised here too when nobody wants the walk, or when the run is left:
        DBOS keeps no outcome then, and the workflow stays to be gone on with.
        """
        if not self.claim():
            raise asyncio.CancelledError
        try:
            await self.walker.walk(DbosSteps(self.walker.run.plan))
        except Exception as error:  # noqa: BLE001 - handed on: DBOS would keep it as the outcome
            self._end(error)
        except asyncio.CancelledError:
            self.done.cancel()
            raise
        else:
            self._end(None)
        if self.walker.is_left:
            raise asyncio.CancelledError
        return {"state": self.walker.run.state.value}

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


errands: dict[str, Errand] = {}  # by workflow id: DBOS knows one process-wide set of workflows


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
async def walk_plan(run_id: str) -> dict[str, Any]:
    """Walks the plan of a run in the loop that its errand came from."""
    errand = errands.get(DBOS.workflow_id or "")
    if errand is None:
        log.warning("nobody here goes on with %s", run_id)
        raise asyncio.CancelledError
    if errand.loop is asyncio.get_running_loop():
        return await errand.walk()
    # a workflow that DBOS took from its queue runs in a loop of DBOS's own
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(errand.walk(), errand.loop))


class DbosSteps(Steps):
    """Takes each attempt as one step; made inside of the workflow, before anything runs."""

    def __init__(self, plan: Plan) -> None:
        self._reserved = {
            (job_id, attempt): DBOS.reserve_step()
            for job_id in plan.job_ids
            for attempt in range(1, _most_attempts(plan.job(job_id)) + 1)
        }

    async def take(self, job_id: JobId, attempt: int, act: Act) -> JobRun | None:
        """See engines.steps.Steps.

        An attempt beyond those of the plan is taken without a step.

        Raises:
            RevisionConflict: Another worker goes on with this workflow.
        """
        reserved = self._reserved.pop((job_id, attempt), None)
        if reserved is None:
            return await act()
        once = _Once(act)

        async def keep() -> dict[str, Any]:
            return await reserved.run_async({"name": f"{job_id} {attempt}"}, once.step)

        return await once.outcome(keep)


class _Once:
    """An act that is done by one caller only: the step, or a walk that waited too long."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._is_claimed = False
        self._ended: JobRun | None = None
        self._defect: Exception | None = None
        self._begun = asyncio.Event()
        self._over = asyncio.Event()

    async def step(self) -> dict[str, Any]:
        """What DBOS runs and keeps; cancelled, and so not kept, when the work was left."""
        if self._is_claimed:
            raise asyncio.CancelledError
        self._is_claimed = True
        self._begun.set()
        try:
            self._ended = await self._act()
        except Exception as defect:  # noqa: BLE001 - raised again by outcome(), past DBOS
            self._defect = defect
        finally:
            self._over.set()
        if self._ended is None:
            raise asyncio.CancelledError
        return {"record": encode(self._ended)}

    async def outcome(self, keep: Callable[[], Awaitable[dict[str, Any]]]) -> JobRun | None:
        """Waits for the step, but for DBOS's own database never long."""
        task = asyncio.ensure_future(keep())
        try:
            await _either(task, self._begun)
            if self._is_claimed:
                await _first(task, self._over)
                await _either(task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if self._defect is not None:
            raise self._defect
        return await self._verdict(task)

    async def _verdict(self, task: asyncio.Future[dict[str, Any]]) -> JobRun | None:
        if task.done() and not task.cancelled():
            error = task.exception()
            if error is None:
                return decode(JobRun, task.result()["record"])
            if isinstance(error, dbos_error.DBOSWorkflowConflictIDError):
                raise RevisionConflict("another worker goes on with the run") from error
            log.warning("going on without DBOS: %s", error)
        elif not task.done():
            log.warning("going on without DBOS: no answer within %g s", PATIENCE_S)
            task.add_done_callback(_forget)
        if self._is_claimed:
            return self._ended
        self._is_claimed = True
        return await self._act()


async def _either(task: asyncio.Future[Any], event: asyncio.Event | None = None) -> None:
    """Waits until one of both is there, PATIENCE_S at most."""
    await _first(task, event, PATIENCE_S)


async def _first(
    task: asyncio.Future[Any], event: asyncio.Event | None, timeout_s: float | None = None
) -> None:
    waits: set[asyncio.Future[Any]] = {task}
    sign = asyncio.ensure_future(event.wait()) if event is not None else None
    if sign is not None:
        waits.add(sign)
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if sign is not None:
            sign.cancel()


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("DBOS did not keep a step: %s", task.exception())


def _most_attempts(job: Job) -> int:
    if isinstance(job.work, AskApproval):
        return 1
    return 1 + max(job.retries, 1 if job.is_idempotent else 0)
