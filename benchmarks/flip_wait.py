"""How long processes waited for a core, beside how long they had one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil


class CoreWait:
    """Processor time and waiting time of groups of processes, from now on.

    Children that a process has at the end are counted as well, from their own beginning.

    Args:
        groups: Name of a group to the process ids of it.

    Source: Linux, Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat.
    """

    def __init__(self, groups: Mapping[str, Sequence[int]]) -> None:
        self._groups = groups
        self._began = {name: _times(pids) for name, pids in groups.items()}

    def figures(self) -> dict[str, float]:
        """By group: seconds on a core, and seconds that it was ready and got none."""
        found: dict[str, float] = {}
        for name, pids in self._groups.items():
            now, before = _times(pids), self._began[name]
            on_s = sum(max(0, t[0] - before.get(task, (0, 0))[0]) for task, t in now.items())
            off_s = sum(max(0, t[1] - before.get(task, (0, 0))[1]) for task, t in now.items())
            found[f"cpu_s_{name}"] = round(on_s / 1e9, 2)
            found[f"cpu_wait_s_{name}"] = round(off_s / 1e9, 2)
        return found


def groups_of(load: int, servers: Sequence[int]) -> dict[str, Sequence[int]]:
    """This process, the load, the servers, and every other child: the balancers."""
    known = {load, *servers}
    doors = [c.pid for c in psutil.Process().children() if c.pid not in known]
    return {"flipper": [os.getpid()], "load": [load], "servers": list(servers), "balancers": doors}


def _times(pids: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Thread to its nanoseconds on a core and its nanoseconds in the queue for one."""
    found: dict[str, tuple[int, int]] = {}
    for pid in pids:
        every = [pid]
        if pid != os.getpid():  # whose children are the other groups
            with suppress(psutil.Error):
                every += [child.pid for child in psutil.Process(pid).children(recursive=True)]
        for each in every:
            for task in Path(f"/proc/{each}/task").glob("*/schedstat"):
                with suppress(OSError):
                    on, off, _ = task.read_text().split()
                    found[str(task)] = int(on), int(off)
    return found
