"""Child processes of tests: started with a line that says ready, ended by their own id."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

START_S = 20.0


class Child:
    """A Python program that prints one line of JSON once it is ready.

    Attributes:
        ready: That line, decoded.
    """

    def __init__(self, *arguments: str, ready: bool = True) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.ready: Mapping[str, Any] = json.loads(self.line()) if ready else {}

    @property
    def pid(self) -> int:
        return self.process.pid

    def line(self, patience_s: float = START_S) -> str:
        """The next line of its output; fails the test when none comes."""
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], patience_s)
        assert readable, f"{self.process.args!r} said nothing within {patience_s:g} s"
        line = self.process.stdout.readline()
        assert line, f"{self.process.args!r} ended with {self.process.wait(5)}"
        return line

    def finish(self, patience_s: float = START_S) -> str:
        """Closes its input and returns the rest of what it said."""
        out, _ = self.process.communicate(timeout=patience_s)
        return out

    def stop(self) -> None:
        """TERM, then KILL after five seconds; nothing when it has ended."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """KILL, as a power cut does."""
        self.process.kill()
        self.process.wait(5)


def wait_for_file(path: Path, patience_s: float = START_S) -> None:
    """Waits until a file or socket is there."""
    deadline = time.monotonic() + patience_s
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        select.select([], [], [], 0.01)
