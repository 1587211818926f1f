"""The one thread that talks to the house: it polls, reads, files wishes, and posts.

The event loop never waits for a disk: it hands a question to the thread and gets a
future, and it is told by a message when there is something new to show.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

from textual.message import Message

from devops_tui.domain.audit import WorkerState
from devops_tui.domain.errors import DevopsError, StoreUnreachable
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.tui.messages import FrontBack, FrontFailed, OverviewRead

T = TypeVar("T")
Question = Callable[[Front], T]

POLL_S = 0.05
IDLE_POLL_S = 0.5
IDLE_AFTER_S = 20.0
FRAMES_S = 0.5
"""Live figures are read at most this often; durable changes at once."""

TICK_S = 1.0
"""Ages ("40 s ago") move on this often even when nothing changed."""

IDLE_TICK_S = 6.0
"""The same while nobody touches the keyboard; what changes is shown within half a second.

Longer than the pause between two beats of a worker, with which the ages move on anyway."""

BEAT_S = 5.0

SILENT_S = 3.0
"""A call of the house that takes longer is told to the operator, who else sees nothing move."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question[Any]
    answered: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Bridge:
    """Owns the house and the thread that it belongs to.

    Args:
        open_front: Called on the thread, once.
        post: Thread-safe; how the app is told.
        now: The clock; another one in tests.
    """

    def __init__(
        self,
        open_front: Callable[[], Front],
        post: Callable[[Message], object],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._open_front = open_front
        self._post = post
        self._now = now
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="front", daemon=True)
        self._is_stopping = False
        self._view = "home"
        self._touched = monotonic()
        self._beaten = -BEAT_S
        self._read: Overview | None = None
        self._versions = (-1, -1)
        self._read_at = self._posted_at = -TICK_S
        self._is_failing = False
        self._busy: tuple[float, datetime] | None = None  # since when the thread is at something

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self, timeout_s: float = 0.1) -> None:
        """Ends the thread; one that hangs is left behind, it ends with the process."""
        self._is_stopping = True
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def look_at(self, view: str) -> None:
        """Says what the operator looks at; told to the house with the next beat."""
        if view != self._view:
            self._view = view
            self._beaten = -BEAT_S
        self.touch()

    def touch(self) -> None:
        """The operator did something: poll at full speed."""
        self._touched = monotonic()

    def look_after(self) -> None:
        """Tells once when the house takes very long to answer; never waits. Call it often."""
        busy = self._busy
        if busy is None or self._is_failing or monotonic() - busy[0] < SILENT_S:
            return
        self._is_failing = True
        what = f"the store does not answer since {busy[1]:%H:%M:%S} UTC"
        hint = "What is shown grows old, and what you ask for waits; it is tried again by itself."
        self._post(FrontFailed(StoreUnreachable(what, hint)))

    async def ask(self, question: Question[T]) -> T:
        """What the house answers; runs on the thread, in the order asked.

        Raises:
            DevopsError: What the house raised.
            asyncio.CancelledError: The asker was cancelled; the question is still asked.
        """
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[T] = loop.create_future()
        self._asked.put(_Asked(question, answered, loop))
        return await answered

    # On the thread

    def _run(self) -> None:
        try:
            front = self._open_front()
        except Exception as error:  # noqa: BLE001 - whatever it is, the app shows it
            self._post(FrontFailed(error, is_final=True))
            return
        try:
            self._poll(front)
            self._try(front.ensure_worker)
            while not self._is_stopping:
                self._step(front)
        finally:
            front.close()

    def _step(self, front: Front) -> None:
        try:
            asked = self._asked.get(timeout=IDLE_POLL_S if self.is_idle else POLL_S)
        except queue.Empty:
            asked = None
        self._busy = (monotonic(), self._now().astimezone(UTC))
        if asked is not None:
            self._answer(front, asked)
        if not self._is_stopping:
            self._poll(front)
        self._busy = None

    @property
    def is_idle(self) -> bool:
        """Whether nobody touched the keyboard for a while."""
        return monotonic() - self._touched > IDLE_AFTER_S

    def _answer(self, front: Front, asked: _Asked) -> None:
        try:
            value = asked.question(front)
        except Exception as error:  # noqa: BLE001 - the asker gets it, whatever it is
            _settle(asked, lambda future, error=error: future.set_exception(error))  # type: ignore[misc]
        else:
            _settle(asked, lambda future: future.set_result(value))

    def _poll(self, front: Front) -> None:
        now = monotonic()
        if now - self._beaten >= BEAT_S:
            self._beaten = now
            self._try(lambda: front.beat(self._view))
        self._try(lambda: self._read_what_changed(front, now))

    def _read_what_changed(self, front: Front, now: float) -> None:
        durable, frames = versions = (front.version(), front.frames_version())
        is_due = now - self._read_at >= FRAMES_S
        if durable != self._versions[0] or (frames != self._versions[1] and is_due):
            before, self._read = self._read, front.overview()
            self._versions, self._read_at = versions, now
            is_beat = self.is_idle and before is not None and _only_beats(before, self._read)
            if not is_beat or now - self._posted_at >= self._tick_s:
                self._posted_at = now
                self._post(OverviewRead(self._read))
        elif self._read is not None and now - self._posted_at >= self._tick_s:
            self._posted_at = now
            self._post(OverviewRead(replace(self._read, at=self._now())))
        if self._is_failing:
            self._is_failing = False
            self._post(FrontBack())

    @property
    def _tick_s(self) -> float:
        return IDLE_TICK_S if self.is_idle else TICK_S

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except DevopsError as error:
            if not self._is_failing:
                self._is_failing = True
                self._post(FrontFailed(error))


def _only_beats(before: Overview, now: Overview) -> bool:
    """Whether nothing is new but that processes are alive; a run that goes on may have talked."""
    if any(view.run.state not in ENDS for view in now.runs):
        return False
    alike = replace(
        now, at=before.at, version=before.version, worker=before.worker, workers=before.workers
    )
    return _states(before) == _states(now) and alike == before


def _states(overview: Overview) -> list[tuple[WorkerId, WorkerState]]:
    return [(worker.id, worker.state) for worker in overview.workers]


def _settle(asked: _Asked, how: Callable[[asyncio.Future[Any]], None]) -> None:
    def settle() -> None:
        if not asked.answered.done():
            how(asked.answered)

    if not asked.loop.is_closed():
        asked.loop.call_soon_threadsafe(settle)
