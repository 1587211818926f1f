"""Catches what waits for a disk, a network, a process or the clock on one chosen thread.

Python tells about most of it by audit events; looking at files (`stat` and its kin) is not
among them, so those functions are watched by name while the guard is on. Nothing is
forbidden: what was caught is kept, with the lines of the product that led to it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

WAITING = frozenset({
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.chmod", "os.link", "os.symlink", "os.truncate", "os.utime", "os.system", "os.exec",
    "os.posix_spawn", "os.fork", "subprocess.Popen", "sqlite3.connect", "socket.connect",
    "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "shutil.copyfile", "shutil.rmtree",
    "tempfile.mkstemp", "tempfile.mkdtemp",
})  # fmt: skip
UNTOLD = ("stat", "lstat", "access", "readlink", "statvfs")
_IMPORT = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


class LoopGuard:
    """What was caught on a thread while the guard was on."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        self.thread = 0

    def hear(self, what: str, about: object) -> None:
        """Keeps it when it happened on the guarded thread, and not to load a module."""
        if threading.get_ident() != self.thread:
            return
        self.thread, thread = 0, self.thread  # looking at the stack opens files, too
        try:
            stack = traceback.extract_stack()[:-2]
            if not any(frame.filename in _IMPORT for frame in stack):
                ours = [frame for frame in stack if "/devops_tui/" in frame.filename]
                way = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in ours[::-1])
                self.caught.append(f"{what} {about!r} by {way or stack[-3:]}")
        finally:
            self.thread = thread


_ON: list[LoopGuard] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _ON and event in WAITING:
        _ON[-1].hear(event, arguments[:1])


_is_listening = threading.Event()


@contextmanager
def guarding_this_thread(patch: pytest.MonkeyPatch) -> Iterator[LoopGuard]:
    """Catches on the calling thread for as long as this is open."""
    if not _is_listening.is_set():  # a hook stays until the process ends
        _is_listening.set()
        sys.addaudithook(_audit)
    guard = LoopGuard()
    with patch.context() as while_open:
        for name in UNTOLD:
            while_open.setattr(os, name, _telling(getattr(os, name), f"os.{name}", guard))
        while_open.setattr(time, "sleep", _telling(time.sleep, "time.sleep", guard))
        guard.thread = threading.get_ident()
        _ON.append(guard)
        try:
            yield guard
        finally:
            _ON.remove(guard)
            guard.thread = 0


def _telling(real: Callable[..., Any], name: str, guard: LoopGuard) -> Callable[..., Any]:
    def told(*arguments: Any, **named: Any) -> Any:
        guard.hear(name, arguments[:1])
        return real(*arguments, **named)

    return told
