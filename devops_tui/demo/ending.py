"""Ends every process of a demo world, and no other.

Found by what the world wrote down (pid and start time), by descent, by the mark in the
environment, by the workspace's path on a worker's command line, and by a working folder
in the workspace's private state without a terminal (a job that detached itself).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devops_tui.bootstrap.paths import STATE_NAME
from devops_tui.demo import processes
from devops_tui.demo.plan import BALANCER, MARK, WorldPlan
from devops_tui.demo.processes import Process


@dataclass(frozen=True, slots=True)
class Written:
    """What the supervisor wrote down.

    Attributes:
        dead: Host to how its process ended.
    """

    supervisor: Process | None = None
    hosts: Mapping[str, Process] = field(default_factory=dict)
    dead: Mapping[str, str] = field(default_factory=dict)


def end_world(plan: WorldPlan) -> tuple[Process, ...]:
    """Ends everything; returns what still runs, which is nothing unless it is stuck."""
    end_workers(plan)
    supervisor = supervisor_of(plan)
    if supervisor is not None:
        processes.end([supervisor], grace_s=15.0)  # it ends the hosts, and they their commands
    survivors = (*end_leftovers(plan), *processes.end(strangers_out(_detached_jobs(plan))))
    if plan.door_folder != plan.home(BALANCER):
        shutil.rmtree(plan.door_folder, ignore_errors=True)
    plan.processes_file.unlink(missing_ok=True)
    return survivors


def all_of(plan: WorldPlan) -> tuple[Process, ...]:
    """Everything that runs for the world now."""
    workers = _workers(plan)
    below = processes.descendants([p.pid for p in workers])
    marked = processes.marked(MARK, str(plan.folder))
    return strangers_out((*marked, *workers, *below, *_detached_jobs(plan)))


def _workers(plan: WorldPlan) -> tuple[Process, ...]:
    return tuple(p for p in processes.mine() if _is_worker(p.pid, plan))


def end_workers(plan: WorldPlan) -> None:
    """Ends the workers of the world's workspace and what they started."""
    workers = _workers(plan)
    below = processes.descendants([p.pid for p in workers])
    processes.end(workers, grace_s=8.0)
    processes.end(strangers_out(below))


def end_leftovers(plan: WorldPlan) -> tuple[Process, ...]:
    """Ends what still carries the world's mark; returns what would not end."""
    return processes.end(strangers_out(processes.marked(MARK, str(plan.folder))))


def supervisor_of(plan: WorldPlan) -> Process | None:
    """The process that holds the world together, while it runs."""
    found = read_processes(plan).supervisor
    return found if found is not None and found.is_alive else None


def read_processes(plan: WorldPlan) -> Written:
    """What the supervisor wrote down; nothing when it did not or it cannot be read."""
    try:
        data = json.loads(plan.processes_file.read_text("utf-8"))
        return Written(
            Process.decode(data["supervisor"]),
            {str(name): Process.decode(each) for name, each in data["hosts"].items()},
            {str(name): str(how) for name, how in data["dead"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Written()


def strangers_out(found: tuple[Process, ...]) -> tuple[Process, ...]:
    """Without this process and those it descends from."""
    kept: set[int] = set()
    pid = os.getpid()
    while pid > 1 and pid not in kept:
        kept.add(pid)
        pid = processes.parent_of(pid)
    return tuple(dict.fromkeys(p for p in found if p.pid not in kept))


def _is_worker(pid: int, plan: WorldPlan) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"worker" in words and os.fsencode(plan.workspace_file) in words


def _detached_jobs(plan: WorldPlan) -> tuple[Process, ...]:
    state = plan.folder / STATE_NAME
    return tuple(
        p
        for p in processes.mine()
        if not processes.has_terminal(p.pid) and _works_below(p.pid, state)
    )


def _works_below(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False
