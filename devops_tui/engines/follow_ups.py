"""Does what follows ends: owed since the verdict was stored, done whoever dies meanwhile."""

from __future__ import annotations

import logging
from functools import partial

from devops_tui.domain.errors import LeaseLost, NotFound, StoreError
from devops_tui.domain.follow_up import FollowUp
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.pipeline import JobRun, Run
from devops_tui.engines.workplace import Workplace
from devops_tui.ports.patience import RETRY_S
from devops_tui.ports.store import Store

log = logging.getLogger(__name__)


async def follow_up(place: Workplace, run: Run, record: JobRun | None = None) -> None:
    """Does what follows the end of a job, or of the run; changes no verdict, raises no error.

    A store that is away is waited for; when the worker leaves meanwhile, the next one
    does it. What breaks otherwise is logged and not tried again.

    Cancel: it stays owed.
    """
    key = (run.id, record.job_id if record is not None else None)
    if key in place.following:
        return
    place.following.add(key)
    try:
        if await _is_done(place, run, record):
            await place.durably(partial(place.store.settle, *key))
    except LeaseLost:
        log.warning("what follows %s is left to the worker that took over", run.id)
    finally:
        place.following.discard(key)


async def catch_up(place: Workplace) -> None:
    """Does what earlier workers still owed when they ended."""
    for owed in place.store.owed():
        if place.leaving.is_on:
            return
        if not _is_ours(place.store, owed, place.worker_id):
            continue
        if (owed.run_id, owed.job_id) in place.following:
            continue
        try:
            run = place.store.run(owed.run_id)
            job_id = owed.job_id
            record = place.store.job_run(run.id, job_id) if job_id is not None else None
        except NotFound:  # the run was cleared away since
            await place.durably(partial(place.store.settle, owed.run_id, owed.job_id))
            continue
        await follow_up(place, run, record)


def _is_ours(store: Store, owed: FollowUp, me: WorkerId) -> bool:
    """Whether no other living worker is about to do it."""
    try:
        owner = store.owner(owed.run_id)
    except NotFound:
        return True
    return owner.owner == me or not owner.is_alive


async def _is_done(place: Workplace, run: Run, record: JobRun | None) -> bool:
    while True:
        try:
            if record is None:
                await place.aftermath.run_ended(run)
            else:
                await place.aftermath.job_ended(run, record)
        except LeaseLost:
            raise
        except Exception as error:
            if not isinstance(error, StoreError) or not error.is_passing:
                # what follows an end must not change it, nor stop the run
                log.exception("after %s of %s", record.job_id if record else "the end", run.id)
                return True
            log.warning("what follows %s waits for the store: %s", run.id, error)
        else:
            return True
        if place.leaving.is_on:
            return False
        await place.clock.sleep(RETRY_S)
