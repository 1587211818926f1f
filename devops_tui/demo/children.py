"""The child processes of one host: starts them, and reaps every orphan that comes home."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Children:
    """Starts commands and tells how they ended.

    The host is a subreaper, so commands that detached themselves (setsid, a double
    fork) become its children too; one SIGCHLD handler reaps them all, and only the
    known ones have somebody who waits.

    Cancel: a cancelled `ended` leaves the command running.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], asyncio.Future[int]]] = {}
        self._loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def start(
        self,
        argv: Sequence[str],
        *,
        stdin: int,
        stdout: int,
        stderr: int,
        env: Mapping[str, str],
        folder: Path,
    ) -> int:
        """Starts a command in a session of its own and returns its pid.

        Raises:
            OSError: There is no such program, or the folder is gone.
        """
        child = subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=folder,
            start_new_session=True,
        )
        self._waiting[child.pid] = (child, self._loop.create_future())
        return child.pid

    async def ended(self, pid: int) -> int:
        """Waits for a started command: its exit code, or minus the signal that ended it."""
        try:
            return await asyncio.shield(self._waiting[pid][1])
        finally:
            if self._waiting[pid][1].done():
                del self._waiting[pid]

    def send(self, pid: int, number: signal.Signals) -> None:
        """Signals the process group of a started command, while it is ours to signal."""
        if pid in self._waiting and not self._waiting[pid][1].done():
            os.killpg(pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            known = self._waiting.get(pid)
            if known is None:
                continue  # an orphan that nobody waits for
            child, future = known
            child.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait again
            if not future.done():
                future.set_result(child.returncode)
