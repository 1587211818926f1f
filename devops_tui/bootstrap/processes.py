"""Whether the process of a worker is still there, as far as this machine can tell."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from devops_tui.domain.audit import Worker


def process_space() -> str:
    """Names the set of process ids that this process sees; empty where that is unknown.

    Two containers may have the same host name, and each a process 7.
    """
    try:
        space = Path("/proc/self/ns/pid").readlink()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    return f"{space} {boot[:8]}"


def is_gone(worker: Worker, me: Worker) -> bool:
    """Whether the worker's process provably ended; False for one that cannot be seen."""
    if worker.host != me.host or worker.processes != me.processes:
        return False
    return not has_process(worker.pid)


def has_process(pid: int) -> bool:
    """Whether there is a process of that id that is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def can_be_seen(worker: Worker) -> bool:
    """Whether the worker's process id means something here."""
    is_near = worker.host == socket.gethostname()
    return is_near and worker.processes in ("", process_space())


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - one read, no path object
            return stat.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return False
