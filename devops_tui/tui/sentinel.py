"""Notices from a thread of its own that the app must end, whatever its loop stands in.

A handler of the interpreter runs in the main thread alone, and that may wait for the writer
of a terminal which is gone; the kernel may also hand the signal to another thread, and then
nothing wakes the main one. The wake-up pipe is written by the signal itself, in any thread.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence

HANG_UP = signal.SIGHUP


class Sentinel:
    """Watches signals and the terminal while it is open; `leave` is called on its thread.

    Args:
        signals: What ends the app.
        leave: Called once for each signal that came, and with SIGHUP when the terminal is
            gone (a process that is not the leader of its session gets no signal then).
    """

    def __init__(
        self, signals: Sequence[signal.Signals], leave: Callable[[signal.Signals], None]
    ) -> None:
        self._signals = frozenset(signals)
        self._leave = leave
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._thread = threading.Thread(target=self._watch, name="sentinel", daemon=True)

    def start(self) -> None:
        """Takes the signals over; to be called in the main thread."""
        for number in self._signals:
            signal.signal(number, _wake_only)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._thread.start()

    def stop(self) -> None:
        """Gives the wake-up back; signals stay without effect, for the app is leaving."""
        signal.set_wakeup_fd(-1)
        os.close(self._writer)
        self._thread.join()
        os.close(self._reader)

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        terminal = _terminal()
        if terminal >= 0:
            poll.register(terminal, 0)  # asks for nothing but its end
        while True:
            for fd, _ in poll.poll():
                if fd == terminal:
                    poll.unregister(terminal)
                    self._leave(HANG_UP)
                elif not self._hear():
                    return

    def _hear(self) -> bool:
        """Takes the numbers of the signals that came; False when the pipe is closed."""
        with contextlib.suppress(BlockingIOError):
            numbers = os.read(self._reader, 64)
            for number in numbers:
                if number in self._signals:
                    self._leave(signal.Signals(number))
            return bool(numbers)
        return True


def _wake_only(_number: int, _frame: object) -> None:
    """The number comes through the pipe."""


def _terminal() -> int:
    try:
        fd = sys.__stdin__.fileno() if sys.__stdin__ else -1
    except (OSError, ValueError):
        return -1
    return fd if fd >= 0 and os.isatty(fd) else -1
