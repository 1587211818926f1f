"""Processes by identity: a pid alone may be a stranger's, a pid and its start time never is.

Source: proc(5), prctl(2). Linux only, as the demo world is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
_GONE_STATES = frozenset("ZXx")  # a zombie does nothing any more


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `started` is field 22 of its stat line, in ticks since boot."""

    pid: int
    started: int

    @property
    def name(self) -> str:
        """For a person: what it is called and its pid."""
        try:
            called = Path(f"/proc/{self.pid}/comm").read_text("utf-8", "replace").strip()
        except OSError:
            called = "ended"
        return f"{called} ({self.pid})"

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        found = _stat(self.pid)
        return found is not None and found[2] == self.started and found[0] not in _GONE_STATES

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, to this very process or to nobody."""
        if self.is_alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def encode(self) -> dict[str, int]:
        """As JSON."""
        return {"pid": self.pid, "started": self.started}

    @staticmethod
    def decode(data: Mapping[str, int]) -> Process:
        """From JSON."""
        return Process(int(data["pid"]), int(data["started"]))


def process_of(pid: int) -> Process | None:
    """The identity of what runs as `pid` now; None when nothing does."""
    found = _stat(pid)
    return None if found is None else Process(pid, found[2])


def descendants(roots: Iterable[int]) -> tuple[Process, ...]:
    """Everything below the processes `roots` (they are not included), parents first."""
    children: dict[int, list[Process]] = {}
    for pid in _pids():
        found = _stat(pid)
        if found is not None:
            children.setdefault(found[1], []).append(Process(pid, found[2]))
    below: list[Process] = []
    queue = list(roots)
    while queue:
        for child in children.get(queue.pop(0), ()):
            below.append(child)
            queue.append(child.pid)
    return tuple(below)


def end(processes: Sequence[Process], grace_s: float = 3.0) -> tuple[Process, ...]:
    """TERM, then KILL after the grace; returns those that still run after that."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 2.0)):
        for process in processes:
            process.send(number)
        wait_until(lambda: not any(p.is_alive for p in processes), patience_s)
    return tuple(p for p in processes if p.is_alive)


def end_below(root: int, grace_s: float = 2.0) -> None:
    """Ends everything below `root`, also what is born while that goes on."""
    for _ in range(5):
        below = [p for p in descendants([root]) if p.is_alive]
        if not below:
            return
        end(below, grace_s)


def marked(name: str, value: str) -> tuple[Process, ...]:
    """My processes whose environment at their start had `name=value`."""
    wanted = os.fsencode(f"{name}={value}")
    found: list[Process] = []
    for process in mine():
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except OSError:
            continue  # gone
        if wanted in environment.split(b"\0") and process.is_alive:
            found.append(process)
    return tuple(found)


def mine() -> tuple[Process, ...]:
    """The running processes of this user."""
    user = os.getuid()
    found = (process_of(pid) for pid in _pids() if _owner(pid) == user)
    return tuple(p for p in found if p is not None and p.is_alive)


def parent_of(pid: int) -> int:
    """The parent's pid; 0 when there is none or the process is gone."""
    found = _stat(pid)
    return 0 if found is None else found[1]


def has_terminal(pid: int) -> bool:
    """Whether a process belongs to somebody's terminal."""
    found = _stat(pid)
    return found is not None and found[3] != 0


def wait_until(is_true: Callable[[], bool], patience_s: float, step_s: float = 0.02) -> bool:
    """Polls until `is_true()`; False when the patience is over."""
    deadline = time.monotonic() + patience_s
    while not is_true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(step_s)
    return True


def become_subreaper() -> None:
    """Detached grandchildren become my children instead of those of process 1."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """Asks the kernel for a TERM when my parent dies, in whatever way."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGTERM))
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), signal.SIGTERM)


def set_name(name: str) -> None:
    """Names this process for ps and top; 15 bytes."""
    _prctl(_SET_NAME, ctypes.create_string_buffer(name.encode()[:15]))


def _prctl(option: int, argument: int | ctypes.Array[ctypes.c_char]) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, argument, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _owner(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def _stat(pid: int) -> tuple[str, int, int, int] | None:
    """State, parent, start time and controlling terminal."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # the name stands in parentheses and may itself hold spaces and parentheses
    fields = line[line.rindex(b")") + 2 :].split()
    return fields[0].decode("ascii"), int(fields[1]), int(fields[19]), int(fields[4])
