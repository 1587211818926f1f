"""Starts workers that die at a point, from a process that has loaded everything already."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0
_WORKER = str(Path(__file__).with_name("fault_worker.py"))


class Nursery:
    """Forks workers and knows which of them have ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._heard = b""
        self._ended: dict[int, int] = {}
        self._answers: list[dict[str, int]] = []

    def start(
        self, workspace: Path, engine: str, kill: str = "", record: Path | None = None
    ) -> int:
        """A worker that dies at the point `kill`; returns its process id."""
        order = {
            "workspace": str(workspace),
            "engine": engine,
            "kill": kill,
            "record": str(record or ""),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        while not self._answers:
            self._hear(PATIENCE_S)
        return self._answers.pop(0)["pid"]

    def has_ended(self, pid: int) -> bool:
        """Whether a worker is gone, and its process reaped."""
        self._hear(0.0)
        return pid in self._ended

    def status_of(self, pid: int) -> int:
        """The exit code of a worker that ended; -9 when it was killed."""
        return self._ended[pid]

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends a worker of ours, and returns its exit code."""
        if not self.has_ended(pid):
            os.kill(pid, number)
        deadline = time.monotonic() + PATIENCE_S
        while not self.has_ended(pid):
            assert time.monotonic() < deadline, f"worker {pid} does not end"
            self._hear(0.1)
        return self._ended[pid]

    def close(self) -> None:
        """Ends it, and with it the workers that are left."""
        self._process.communicate(timeout=PATIENCE_S)

    def _hear(self, patience_s: float) -> None:
        """Takes in what the nursery said; waits so long for a first word."""
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        while select.select([source], [], [], patience_s)[0]:
            data = os.read(source, 65536)
            assert data, f"the nursery ended with {self._process.wait(5)}"
            *lines, self._heard = (self._heard + data).split(b"\n")
            for line in lines:
                answer: dict[str, int] = json.loads(line)
                if "ended" in answer:
                    self._ended[answer["ended"]] = answer["status"]
                else:
                    self._ended.pop(answer["pid"], None)  # the number was used before
                    self._answers.append(answer)
            patience_s = 0.0


@contextmanager
def nursery() -> Iterator[Nursery]:
    """One nursery; its workers end with it."""
    opened = Nursery()
    try:
        yield opened
    finally:
        opened.close()
