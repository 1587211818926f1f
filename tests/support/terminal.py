"""A program in a terminal of its own, whose bytes a test can read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])"
)


class Terminal:
    """Runs a program on a pseudo terminal; everything it wrote is in `raw`."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        base = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}
        own = {**base, **(environ or {})}
        for name in ("COLUMNS", "LINES"):  # a suite side by side says another size
            own.pop(name, None)
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=own,
            cwd=folder,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        self._slave = slave
        self.raw = b""

    @property
    def text(self) -> str:
        """What it wrote, without escape sequences: words, not places."""
        return _SEQUENCE.sub(b"", self.raw).decode("utf-8", "replace")

    def read(self, patience_s: float = 0.05) -> bytes:
        """Takes what is there now."""
        got = b""
        while select.select([self._master], [], [], patience_s)[0]:
            try:
                more = os.read(self._master, 65536)
            except OSError:
                break
            if not more:
                break
            got += more
            patience_s = 0
        self.raw += got
        return got

    def wait_for(self, *words: str, patience_s: float = 30.0) -> None:
        """Reads until all words were written; fails the test when they are not."""
        deadline = time.monotonic() + patience_s
        while not all(word in self.text for word in words):
            assert time.monotonic() < deadline, f"{words} not in {self.text[-3000:]!r}"
            assert self.process.poll() is None or self.read(), f"it ended: {self.text[-3000:]!r}"
            self.read()

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self._master, keys.encode())

    def fileno(self) -> int:
        """The terminal's side that a test reads."""
        return self._master

    def forget(self) -> None:
        """Lets `text` begin anew."""
        self.raw = b""

    def end(self, number: signal.Signals, patience_s: float = 10.0) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        return self.wait(patience_s)

    def wait(self, patience_s: float = 10.0) -> int:
        """The exit code; reads on meanwhile so that nothing blocks on a full terminal."""
        deadline = time.monotonic() + patience_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            self.read()
        self.read()
        return self.process.returncode

    def hang_up(self) -> None:
        """Closes the terminal, as a lost SSH link does."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    @property
    def is_sane(self) -> bool:
        """Whether the terminal's modes are as they were before the program began."""
        return termios.tcgetattr(self._slave) == self.before

    def close(self) -> None:
        """Ends the program's own process group, and nothing else."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        for fd in (self._slave, self._master):
            if fd >= 0:
                os.close(fd)


def _take_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
