"""What every engine does: one walker for each unfinished run, in the worker's own loop.

Every state is committed to the store together with its event before the next act, so
that any later worker, with any engine, can go on from the rows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial

from devops_tui.domain.errors import LeaseLost, Refused, RevisionConflict, StoreError
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import ENDS, Run
from devops_tui.engines.attempt import Halt
from devops_tui.engines.follow_ups import catch_up
from devops_tui.engines.offers import Offers
from devops_tui.engines.standing import Standing
from devops_tui.engines.steps import PlainSteps
from devops_tui.engines.walker import Walker
from devops_tui.engines.workplace import NoAftermath, Workplace
from devops_tui.ports.engine import Aftermath, JobExecutor, Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_POLL_S = 0.1
_STORE_S = 1.0

log = logging.getLogger(__name__)


class WalkingEngine:
    """Implements ports.engine.Engine; belongs to one event loop and its thread.

    How a walk is carried, and what else is kept of it, is for a subclass to say.

    Args:
        executor: Does the jobs; usually services.jobs.Dispatch.
        leaving: Shared with the executors, see there.
        aftermath: What follows ends: triage, cards, clearing away.
        changed: Returns when the store may have changed; polls by the clock by default.
        place, labels: Of the worker; see audit.Worker.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        executor: JobExecutor,
        worker_id: WorkerId,
        *,
        leaving: Leaving | None = None,
        aftermath: Aftermath | None = None,
        changed: Callable[[], Awaitable[None]] | None = None,
        place: str = "",
        labels: Collection[str] = (),
    ) -> None:
        self._place = Workplace(
            store,
            clock,
            executor,
            worker_id,
            leaving or Leaving(),
            aftermath or NoAftermath(),
            changed or (lambda: clock.sleep(_POLL_S)),
            Standing(store),
            place,
            frozenset(labels),
        )
        self._offers = Offers(self._place)
        self._walks: dict[RunId, tuple[Walker, asyncio.Task[None]]] = {}
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def active(self) -> tuple[RunId, ...]:
        """Runs that are being walked."""
        return tuple(self._walks)

    async def submit(self, run_id: RunId) -> None:
        """Begins, or goes on with, a run; nothing for one that is walked or has ended.

        A run that asks for labels of others, or that a worker with less to do may take,
        is left to them; `take_up` comes back to it.

        Raises:
            NotFound: There is no such run.
        """
        run = self._place.store.run(run_id)
        if not self._offers.gives_way(run):
            await self._walk(run)

    async def cancel(self, run_id: RunId) -> None:
        """Ends a run as CANCELLED; returns when it has ended.

        The wish is durable first: a worker that dies now does not let the run go on.

        Raises:
            NotFound: There is no such run.
            Refused: Another worker walks it.
        """
        run = self._place.store.run(run_id)
        if run.state in ENDS:
            return
        if not self._is_cancel_asked(run):
            await self._place.durably(lambda: self._place.say("run.cancel_asked", run_id))
        await self._walk(run)
        owner = self._place.store.owner(run_id)
        if run_id not in self._walks and owner.is_alive and owner.owner != self._place.worker_id:
            raise Refused(f"{run_id} is walked by {owner.owner}", "Ask again.")
        if run_id in self._walks:
            walker, task = self._walks[run_id]
            walker.halt(Halt.CANCEL)
            await asyncio.wait({task})

    async def recover(self) -> None:
        """Goes on with every run that has no living owner and that may be walked here."""
        runs = self._place.store.unfinished_runs()
        for run in runs:
            if run.id not in self._walks:  # all before the first could take what another held
                await self._place.durably(partial(self._claim, Walker(self._place, run)))
        for run in runs:
            await self._go_on(run)
        self._begin_catching_up()

    async def take_up(self) -> None:
        """Claims, until cancelled, the runs that wait for a worker or were left by one."""
        while True:
            try:
                for run in await self._offers.look():
                    if run.id not in self._walks:
                        await self._go_on(run)
                self._begin_catching_up()
            except StoreError as error:
                log.warning("waiting for the store: %s", error)
                await self._place.clock.sleep(_STORE_S)
            await self._offers.until_worth_a_look()

    async def hand_over(self) -> None:
        """Stops following without stopping the work; returns when every walker is parked."""
        self._place.leaving.is_on = True
        tasks = [task for _, task in self._walks.values()]
        for walker, _ in self._walks.values():
            walker.halt(Halt.LEAVE)
        if self._catching_up is not None:
            self._catching_up.cancel()  # what is not done stays owed
            tasks.append(self._catching_up)
        if tasks:
            await asyncio.wait(tasks)

    def _begin_catching_up(self) -> None:
        is_under_way = self._catching_up is not None and not self._catching_up.done()
        if not is_under_way and self._place.store.owed():
            self._catching_up = asyncio.create_task(self._catch_up(), name="follow-ups")

    async def _catch_up(self) -> None:
        try:
            await catch_up(self._place)
        except Exception:
            # what follows ends that are past must not stop what is to come
            log.exception("following up the ends before")

    def _is_cancel_asked(self, run: Run) -> bool:
        events = self._place.store.events(subject=run.id)
        return any(e.kind == "run.cancel_asked" for e in events)

    async def _go_on(self, run: Run) -> None:
        await self._walk(run)
        if run.id in self._walks and self._is_cancel_asked(run):
            self._walks[run.id][0].halt(Halt.CANCEL)

    async def _walk(self, run: Run) -> None:
        walker = Walker(self._place, run)
        is_mine = self._is_walkable(run) and await self._place.durably(partial(self._claim, walker))
        if is_mine and self._is_walkable(run):  # again: another call may have been faster
            task = asyncio.create_task(self._guard(walker, run.id), name=f"walk {run.id}")
            self._walks[run.id] = (walker, task)

    def _claim(self, walker: Walker) -> bool:
        """Makes the run this worker's, with what it held; inside of `durably`."""
        run, store, me = walker.run, self._place.store, self._place.worker_id
        if not self._offers.fits(run) and store.owner(run.id).owner != me:
            return False
        if store.claim_run(run.id, me) is None:
            return False
        walker.hold_again()
        return True

    def _is_walkable(self, run: Run) -> bool:
        return not (run.id in self._walks or run.state in ENDS or self._place.leaving.is_on)

    async def _carry(self, walker: Walker) -> None:
        """Walks to the end of the run, or until the walk is left; raises what it raises."""
        await walker.walk(PlainSteps())

    async def _guard(self, walker: Walker, run_id: RunId) -> None:
        try:
            await self._carry(walker)
        except (RevisionConflict, LeaseLost) as conflict:
            log.error("another worker walks %s now, leaving it all to that: %s", run_id, conflict)
            self._place.leaving.is_on = True
            for other, _ in self._walks.values():
                other.halt(Halt.LEAVE)
            with suppress(Exception):  # more conflicts of the same kind
                await walker.stop(Halt.LEAVE)
        except Exception as error:
            # a defect here must end this run for all to see, and no other
            log.exception("the walk of %s broke", run_id)
            await self._abandon(walker, f"a defect: {type(error).__name__}: {error}")
        finally:
            self._walks.pop(run_id, None)

    async def _abandon(self, walker: Walker, why: str) -> None:
        with suppress(Exception):  # the first defect is the one that counts
            await walker.stop(Halt.CANCEL)
        await self._place.durably(partial(walker.abandon, why))
