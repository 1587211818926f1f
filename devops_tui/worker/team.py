"""What a worker knows of the others on its workspace: who leads, who is silent or gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from devops_tui.domain.audit import WORKER_ENDS, Worker
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import WorkerId
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.take_over import take_over

LEADER = "leader"
LEADER_REASON = "polls sources, watches health, keeps the collector, clears away"
LEADER_S = 15.0
SILENT_S = 10.0
"""A worker whose beat did not move for so long, as another one saw it, is taken over."""

log = logging.getLogger(__name__)


class Team:
    """Looked after once a second by the worker's heart; asks the store only.

    Args:
        is_gone: Whether a worker of this machine has no process any more.
        monotonic: Seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        me: WorkerId,
        is_gone: Callable[[Worker], bool],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._clock = clock
        self._me = me
        self._is_gone = is_gone
        self._monotonic = monotonic
        self._beats: dict[WorkerId, tuple[datetime, float]] = {}
        self._looked_at = self._led_at = monotonic()
        self._leads = asyncio.Event()
        self._follows = asyncio.Event()
        self._follows.set()

    def look(self) -> int:
        """Takes over who is gone or silent; returns how many.

        Silence is what this worker saw itself, by its own clock and without a gap: after
        the store was away, or this process was frozen, everybody has his time again.
        """
        now = self._monotonic()
        if now - self._looked_at > SILENT_S / 2:
            self._beats.clear()
        self._looked_at = now
        others = [w for w in self._store.workers() if w.id != self._me]
        self._beats = {w.id: self._heard(w, now) for w in others}
        taken = 0
        for other in others:
            why = self._why_take_over(other, now)
            if why:
                taken += self.take_over(other, "worker", why)
        return taken

    def take_over(self, other: Worker, actor: str, why: str) -> bool:
        """Makes the runs of another worker free, and it harmless."""
        left = take_over(self._store, self._clock, other, actor, why)
        if left is None:
            return False
        log.warning("worker %s on %s: %s; %d runs go on", other.id, other.host, why, len(left))
        return True

    def take_over_asked(self, worker_id: WorkerId, actor: str, why: str) -> None:
        """What an operator wants; raises when there is nobody, or somebody alive."""
        other = self._store.worker(worker_id)
        if other is None:
            raise NotFound(f"no worker {worker_id}", "`devops-tui worker --list` lists them.")
        if other.state in WORKER_ENDS:
            raise Refused(f"worker {worker_id} has {other.state} already")
        if not self._is_gone(other) and self._is_heard(other):
            raise Refused(
                f"worker {worker_id} on {other.host} is alive",
                f"`devops-tui worker --stop {worker_id}` ends it in order; its runs go on.",
            )
        self.take_over(other, actor, why or "asked on the command line")

    def lead(self) -> None:
        """Takes or renews the lead where it is free."""
        now = self._clock.now()
        lease = self._store.lease(LEADER)
        is_free = lease is None or lease.expires_at <= now
        if is_free or (lease is not None and lease.holder == self._me):
            lease = self._store.take_lease(LEADER, self._me, LEADER_REASON, now, LEADER_S)
        self._led_at = self._monotonic()
        self._set_leading(lease is not None and lease.holder == self._me)

    def cannot_ask(self) -> None:
        """The store did not answer: the lead that could not be renewed in time is over."""
        if self._monotonic() - self._led_at > LEADER_S:
            self._set_leading(False)

    def leave(self) -> None:
        """Gives the lead back for others."""
        self._set_leading(False)
        self._store.release_lease(LEADER, self._me)

    async def while_leading(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Does a duty whenever this worker leads, until cancelled."""
        while True:
            await self._leads.wait()
            doing = asyncio.ensure_future(duty())
            following = asyncio.ensure_future(self._follows.wait())
            try:
                await asyncio.wait({doing, following}, return_when=asyncio.FIRST_COMPLETED)
                if doing.done():
                    doing.result()
                    return
            finally:
                for task in (doing, following):
                    task.cancel()
                await asyncio.gather(doing, following, return_exceptions=True)

    def _set_leading(self, leads: bool) -> None:
        (self._leads.set if leads else self._leads.clear)()
        (self._follows.clear if leads else self._follows.set)()

    def _heard(self, other: Worker, now: float) -> tuple[datetime, float]:
        beat, since = self._beats.get(other.id, (None, now))
        return (other.beat_at, since if beat == other.beat_at else now)

    def _why_take_over(self, other: Worker, now: float) -> str:
        if self._is_gone(other):
            return f"its process {other.pid} is gone"
        silent_s = now - self._beats[other.id][1]
        return f"silent for {silent_s:.0f} s" if silent_s > SILENT_S else ""

    def _is_heard(self, other: Worker) -> bool:
        """By the wall clock: an operator does not wait for this worker to have listened."""
        return (self._clock.now() - other.beat_at).total_seconds() <= SILENT_S
