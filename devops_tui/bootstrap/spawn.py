"""Starts the worker of a workspace, detached from the terminal that needed it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

from devops_tui import __version__
from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.processes import can_be_seen, has_process
from devops_tui.domain.audit import RequestState, Verb, Worker
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.overview import alive_worker
from devops_tui.services.requests import file_request

BEAT_LIMIT_S = 15.0
_PATIENCE_S = 10.0


class WorkerSpawner:
    """Makes sure that a worker of this version acts on the workspace."""

    def __init__(
        self, paths: WorkspacePaths, store: Store, clock: Clock, *, is_team: bool = False
    ) -> None:
        self._is_team = is_team
        self._paths = paths
        self._store = store
        self._clock = clock
        self._started_at = -_PATIENCE_S

    def ensure(self) -> None:
        """Starts a worker unless one is alive; at most one attempt every ten seconds.

        An alive worker of another version is asked to hand over, once; the new one
        waits for the lease.
        """
        if time.monotonic() - self._started_at < _PATIENCE_S:
            return
        worker = alive_worker(self._store)
        if worker is not None and is_alive(worker, self._clock):
            if worker.version == __version__ or self._is_hand_over_asked():
                return
            if self._is_team and not can_be_seen(worker):
                return  # who runs a worker on another machine brings it up to date there
            file_request(
                self._store,
                self._clock,
                Verb.HAND_OVER,
                worker.id,
                "worker",
                f"version {__version__} is installed",
            )
        self._started_at = time.monotonic()
        self._spawn()

    def _is_hand_over_asked(self) -> bool:
        return any(r.verb is Verb.HAND_OVER for r in self._store.requests(RequestState.FILED))

    def _spawn(self) -> None:
        log = os.open(self._paths.worker_log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "devops_tui",
                    "worker",
                    "--workspace",
                    str(self._paths.config),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                close_fds=True,
            )
        finally:
            os.close(log)
        # it is nobody's child on purpose: it outlives this process, which must not wait for it
        process.returncode = 0


def is_alive(worker: Worker, clock: Clock) -> bool:
    """Whether a worker acts: its heart beats, and its process exists where that can be seen."""
    if clock.now() - worker.beat_at > timedelta(seconds=BEAT_LIMIT_S):
        return False
    return not can_be_seen(worker) or has_process(worker.pid)
