"""Waiting for the worker: look when the store changed, say what takes so long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.spawn import is_alive
from devops_tui.cli.diagnostics import write
from devops_tui.cli.errors import NoWorker
from devops_tui.domain.audit import Worker
from devops_tui.ports.front import Front

T = TypeVar("T")

START_S = 30.0
"""How long no worker may be alive: two attempts to start one, and a dead one's lease."""

_POLL_S = 0.03
_LOOK_S = 1.0
_QUIET_S = 2.0
_TAIL_BYTES = 4096


class Waiting:
    """One wait of a verb, with a worker kept alive meanwhile.

    Args:
        front: The workspace.
        paths: Where the worker's log lies.
        start_s: Give up when no worker was alive for so long.
        keeps_worker: Whether one is started when none is alive.
    """

    def __init__(
        self,
        front: Front,
        paths: WorkspacePaths,
        start_s: float = START_S,
        *,
        keeps_worker: bool = True,
    ) -> None:
        self._front = front
        self._paths = paths
        self._start_s = start_s
        self._keeps_worker = keeps_worker
        self._clock = SystemClock()
        self._said = ""
        self._began = time.monotonic()
        self._alone_since: float | None = None

    def until(
        self,
        look: Callable[[], T | None],
        timeout_s: float,
        what: Callable[[], str],
    ) -> T | None:
        """Looks again and again until there is something, or None after the time-out.

        Args:
            look: Asked at each change of the store, and once a second.
            timeout_s: Seconds; a last look is taken after them.
            what: What is waited for, said on standard error when it takes long; empty
                for nothing worth saying.

        Raises:
            NoWorker: None starts.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            seen = self._front.version()
            found = look()
            if found is not None or time.monotonic() >= deadline:
                return found
            if time.monotonic() - self._began > _QUIET_S:
                self._say(what)
            self.change(seen, deadline)

    def change(self, seen: int, deadline: float | None = None) -> None:
        """Returns when the store is no longer as `seen`, after a second at the latest.

        Raises:
            NoWorker: None starts.
        """
        if self._keeps_worker:
            self.keep_worker()
        end = time.monotonic() + _LOOK_S
        if deadline is not None:
            end = min(end, deadline)
        while self._front.version() == seen and time.monotonic() < end:
            time.sleep(_POLL_S)

    def keep_worker(self) -> None:
        """Starts a worker when none is alive.

        Raises:
            NoWorker: It cannot be started, or was not seen alive for too long.
        """
        try:
            self._front.ensure_worker()
        except OSError as error:
            where = error.filename or self._paths.state
            raise NoWorker(
                f"the worker cannot be started: {where}: {error.strerror}", "Look at the file."
            ) from None
        if self.alive_worker() is not None:
            self._alone_since = None
            return
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since > self._start_s:
            raise NoWorker(
                f"no worker came up in {self._start_s:.0f} s",
                f"{self._last_words()}{self._paths.worker_log} has more.",
            )

    def alive_worker(self) -> Worker | None:
        """The worker whose heart beats."""
        worker = self._front.overview().worker
        return worker if worker is not None and is_alive(worker, self._clock) else None

    def _say(self, what: Callable[[], str]) -> None:
        is_alone = self._keeps_worker and self.alive_worker() is None
        words = "a worker to start" if is_alone else what()
        if words and words != self._said:
            self._said = words
            write(f"waiting for {words}")

    def _last_words(self) -> str:
        """The last line of the worker's log."""
        try:
            with self._paths.worker_log.open("rb") as file:
                file.seek(max(0, self._paths.worker_log.stat().st_size - _TAIL_BYTES))
                rows = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        last = next((row.strip() for row in reversed(rows) if row.strip()), "")
        return f"Its last line: {last}. " if last else ""


def described(worker: Worker | None) -> str:
    """A worker in the words of an operator who wants to find it."""
    if worker is None:
        return "the worker"
    return f"the worker (version {worker.version}, pid {worker.pid} on {worker.host})"
