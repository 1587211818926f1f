"""The worker's life: takes the lease, reads the configuration, acts, hands over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from devops_tui.domain.audit import (
    Request,
    RequestState,
    Verb,
    Worker,
    WorkerState,
)
from devops_tui.domain.errors import DevopsError, LeaseLost, Mistake, NotFound, Refused, StoreError
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.patience import RETRY_S, durably
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.escalation import is_pending
from devops_tui.services.pulse import Pulse
from devops_tui.services.requests import grant, refuse, refuse_orphans
from devops_tui.worker.crew import Crew
from devops_tui.worker.team import Team
from devops_tui.worker.wishes import is_for

LEASE = "worker"
BEAT_S = 3.0
LOOK_S = 1.0
LEAD_S = 5.0
LEASE_S = 15.0
CLIENT_S = 15.0
CONFIG_POLL_S = 1.0

EXIT_OK = 0
EXIT_TAKEN = 75  # another worker holds the lease

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the configuration gave; no workspace means mistakes."""

    workspace: Workspace | None
    mistakes: Sequence[Mistake]
    digest: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker is given.

    Attributes:
        read: Reads the configuration files.
        digest: Hash of the files as they are now; cheap.
        build: Makes a crew for a workspace.
        is_dead: Whether a worker of this machine has no process any more.
        idle_s: Ends after so long without screens and work; None to stay.
        beside: Runs while the worker leads (keeps the collector); cancelled then.
        patience_s: How long to wait for the lease of another worker.
        is_alone: Whether one worker at a time acts on the store; else as many as there are.
        labels: What it was told at its start that it has.
    """

    store: Store
    clock: Clock
    read: Callable[[], Reading]
    digest: Callable[[], str]
    build: Callable[[Workspace, Pulse, Worker], Crew]
    is_dead: Callable[[Worker], bool]
    idle_s: float | None
    beside: Callable[[], Awaitable[None]] | None = None
    patience_s: float = 30.0
    is_alone: bool = True
    labels: tuple[str, ...] = ()


class WorkerProcess:
    """One worker of one workspace."""

    def __init__(self, worker: Worker, tools: Tools) -> None:
        self._worker = worker
        self._tools = tools
        self._store = tools.store
        self._clock = tools.clock
        self._pulse = Pulse(tools.store.version)
        self._stop = asyncio.Event()
        self._why_stop = ""
        self._acts: set[asyncio.Task[None]] = set()
        self._crew: Crew | None = None
        self._team = Team(self._store, self._clock, worker.id, tools.is_dead, time.monotonic)

    async def run(self) -> int:
        """Acts until it is asked to stop, is idle, or loses the lease; returns an exit code."""
        if not await self._begin():
            return EXIT_TAKEN
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop, f"signal {number.name}")
        engine = f", engine {self._worker.engine}" if self._worker.engine else ""
        started = partial(self._say, "worker.started", f"version {self._worker.version}{engine}")
        await self._durably(started)
        await self._durably(self._see_who_is_here)
        duties = [
            asyncio.create_task(self._pulse.beat(), name="pulse"),
            asyncio.create_task(self._beat(), name="heart"),
            asyncio.create_task(self._look_around(), name="team"),
        ]
        if self._tools.beside is not None:
            beside = self._team.while_leading(self._tools.beside)
            duties.append(asyncio.create_task(beside, name="beside"))
            await asyncio.sleep(0)  # it starts now: what follows takes its time on this loop
        try:
            while not self._stop.is_set():
                await self._serve_one_configuration()
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            self._leave()
        return EXIT_OK

    def stop(self, why: str) -> None:
        """Asks the worker to end; what runs detached goes on."""
        self._why_stop = self._why_stop or why
        self._stop.set()

    async def _durably(self, change: Callable[[], T]) -> T:
        return await durably(self._store, self._clock, change)

    def _see_who_is_here(self) -> None:
        self._team.look()
        self._team.lead()
        refuse_orphans(self._store, self._clock)

    async def _begin(self) -> bool:
        """Whether it may act: among others, or when nobody else does."""
        if self._tools.is_alone:
            if not await self._take_lease():
                return False
            for other in self._store.workers():
                if other.id != self._worker.id:  # dead or frozen: the lease was free
                    self._team.take_over(other, "worker", "its lease was free")
        else:
            self._renew()
        self._store.fence_by(self._worker.id, self._is_fenced)
        return True

    def _is_fenced(self) -> None:
        log.error("this worker was taken over: it leaves everything to the others")
        if self._crew is not None:
            self._crew.let_go()
        self.stop("it was taken over")

    async def _take_lease(self) -> bool:
        deadline = self._clock.now() + timedelta(seconds=self._tools.patience_s)
        while True:
            is_coming = self._is_hand_over_on()  # asked first: it may be over before the lease is
            if self._renew():
                return True
            for other in self._store.workers():
                if other.id != self._worker.id and self._tools.is_dead(other):
                    self._team.take_over(other, "worker", f"its process {other.pid} is gone")
            if self._renew():
                return True
            if not is_coming or self._clock.now() > deadline:
                return False
            await self._clock.sleep(0.1)

    def _is_hand_over_on(self) -> bool:
        open_states = (RequestState.FILED, RequestState.CLAIMED)
        asked = [r for state in open_states for r in self._store.requests(state)]
        others = [w for w in self._store.workers() if w.id != self._worker.id]
        return any(r.verb is Verb.HAND_OVER for r in asked) or any(
            w.state is WorkerState.HANDING_OVER for w in others
        )

    def _renew(self) -> bool:
        now = self._clock.now()
        fence = self._worker.fence
        if self._tools.is_alone:
            lease = self._store.take_lease(LEASE, self._worker.id, "acts", now, LEASE_S)
            if lease is None:
                return False
            fence = lease.fence
        state = self._worker.state
        if state is WorkerState.STARTING:
            state = WorkerState.WORKING
        self._worker = replace(self._worker, fence=fence, beat_at=now, state=state)
        self._store.save_worker(self._worker)
        return True

    async def _look_around(self) -> None:
        """Watches the others and leads where nobody does; a worker alone leads always."""
        led_at = self._clock.now()
        while True:
            await self._clock.sleep(LEAD_S if self._tools.is_alone else LOOK_S)
            try:
                if not self._tools.is_alone and self._team.look():
                    refuse_orphans(self._store, self._clock)
                now = self._clock.now()
                if now - led_at >= timedelta(seconds=LEAD_S):
                    led_at = now
                    self._team.lead()
            except LeaseLost:
                return
            except DevopsError as error:
                log.warning("the others cannot be seen: %s", error)
                self._team.cannot_ask()

    async def _beat(self) -> None:
        idle_since = self._clock.now()
        while True:
            await self._clock.sleep(BEAT_S)
            try:
                if not self._renew():
                    raise LeaseLost("another worker took over")
                is_wanted = self._is_wanted()
            except DevopsError as error:
                if isinstance(error, LeaseLost):
                    self._is_fenced()
                    return
                log.warning("heartbeat: %s", error)
                continue
            now = self._clock.now()
            if is_wanted:
                idle_since = now
            elif self._is_idle_too_long(now - idle_since):
                self.stop("idle")

    def _is_idle_too_long(self, idle: timedelta) -> bool:
        limit_s = self._tools.idle_s
        return limit_s is not None and idle > timedelta(seconds=limit_s)

    def _is_wanted(self) -> bool:
        now = self._clock.now()
        is_seen = bool(self._acts or self._store.clients(now - timedelta(seconds=CLIENT_S)))
        return is_seen or bool(self._store.unfinished_runs()) or is_pending(self._store, now)

    async def _serve_one_configuration(self) -> None:
        reading = await asyncio.to_thread(self._tools.read)  # a program may list the hosts
        workspace = await self._durably(partial(self._keep, reading))
        crew = self._tools.build(workspace, self._pulse, self._worker) if workspace else None
        self._crew = crew
        duties = [asyncio.create_task(self._claim(crew, reading.digest), name="claim")]
        if crew is not None:
            await self._recover(crew)
            duties.append(asyncio.create_task(self._guarded(crew.watch), name="watch"))
            lead = partial(self._team.while_leading, crew.lead)
            duties.append(asyncio.create_task(self._guarded(lead), name="lead"))
        try:
            await self._until_stopped_or_changed(reading.digest)
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            if crew is not None:
                if self._acts:
                    await asyncio.wait(self._acts, timeout=LEASE_S)
                await crew.park()

    def _keep(self, reading: Reading) -> Workspace | None:
        """Stores what was read; returns the workspace to act by."""
        self._store.save_workspace(reading.workspace, reading.mistakes, reading.digest)
        kind = "workspace.rejected" if reading.mistakes else "workspace.loaded"
        self._say(kind, f"{len(reading.mistakes)} mistakes" if reading.mistakes else "")
        workspace = reading.workspace or self._store.workspace()
        if workspace is not None:
            self._worker = replace(self._worker, labels=self._labels(workspace))
            self._store.save_worker(self._worker)
        return workspace

    async def _recover(self, crew: Crew) -> None:
        """Waits while the store is away: a worker that ended now would leave all to nobody."""
        while not self._stop.is_set():
            try:
                await crew.recover()
            except StoreError as error:
                if not error.is_passing:
                    raise
                log.warning("waiting for the store: %s", error)
                await self._clock.sleep(RETRY_S)
            else:
                return

    def _labels(self, workspace: Workspace) -> tuple[str, ...]:
        """What it was told at its start, what the workspace says of its machine, its name."""
        said = workspace.workers.get(self._worker.host, ())
        mine = {*self._tools.labels, *said, f"host={self._worker.host}"}
        return tuple(sorted(mine))

    async def _guarded(self, watch: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await watch()
            except Exception:
                # a watch that breaks is a defect; it must not take the worker with it
                log.exception("a watch broke, starting it again")
            await self._clock.sleep(BEAT_S)

    async def _until_stopped_or_changed(self, digest: str) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), CONFIG_POLL_S)
            if self._tools.digest() != digest:
                return

    async def _claim(self, crew: Crew | None, digest: str) -> None:
        while True:
            try:
                self._claim_filed(crew, digest)
            except StoreError as error:
                log.warning("wishes cannot be read: %s", error)
                await self._clock.sleep(CONFIG_POLL_S)
            else:
                await self._pulse.wait()

    def _claim_filed(self, crew: Crew | None, digest: str) -> None:
        """A wish that came after an edit of the files is left for the crew of that edit."""
        filed = self._store.requests(RequestState.FILED)
        if not filed or self._tools.digest() != digest:
            return
        for request in filed:
            if not is_for(self._store, self._worker.id, request):
                continue
            if self._store.claim_request(request.id, self._worker.id):
                act = asyncio.create_task(self._act(request, crew), name=request.id)
                self._acts.add(act)
                act.add_done_callback(self._acts.discard)

    async def _act(self, request: Request, crew: Crew | None) -> None:
        """Does a wish, and says what came of it as soon as the store takes it."""
        try:
            await self._durably(await self._done(request, crew))
        except LeaseLost as error:
            log.warning("request %s: %s", request.id, error)

    async def _done(self, request: Request, crew: Crew | None) -> Callable[[], Request]:
        """What came of a wish, still to be stored."""
        error: DevopsError
        try:
            outcome = await self._outcome(request, crew)
        except DevopsError as refusal:
            error = refusal
        except Exception as defect:
            log.exception("request %s", request.id)
            what = f"a defect: {type(defect).__name__}: {defect}"
            error = Refused(what, "The worker's log has more.")
        else:
            return partial(grant, self._store, self._clock, request, outcome)
        return partial(refuse, self._store, self._clock, request, error)

    async def _outcome(self, request: Request, crew: Crew | None) -> Mapping[str, Json]:
        if request.verb in (Verb.STOP_WORKER, Verb.HAND_OVER):
            await self._durably(partial(self._step_down, request))
            self.stop(f"{request.actor} asked: {request.why}")
            return {}
        if request.verb is Verb.TAKE_OVER:
            await self._durably(partial(self._take_over, request))
            return {"by": self._worker.id}
        if crew is None:
            raise Refused("the configuration has mistakes", "`devops-tui check` says which.")
        return await crew.act(request)

    def _take_over(self, request: Request) -> None:
        self._team.take_over_asked(WorkerId(request.subject), request.actor, request.why)
        refuse_orphans(self._store, self._clock)

    def _step_down(self, request: Request) -> None:
        if request.subject not in ("", self._worker.id):
            raise NotFound(f"no worker {request.subject} is at work", "It has ended already.")
        if request.verb is Verb.HAND_OVER:
            self._worker = replace(self._worker, state=WorkerState.HANDING_OVER)
            self._store.save_worker(self._worker)
            self._say("worker.handed_over", request.why)

    def _leave(self) -> None:
        with contextlib.suppress(DevopsError), self._store.transaction():
            self._say("worker.stopped", self._why_stop)
            self._team.leave()
            self._store.give_back_runs(self._worker.id)
            self._store.release_lease(LEASE, self._worker.id)
            self._store.save_worker(replace(self._worker, state=WorkerState.STOPPED))

    def _say(self, kind: str, why: str) -> None:
        now = self._clock.now()
        self._store.append(Event(kind, self._worker.id, now, "worker", why))
