"""A collector as the worker starts it, wired by hand: FOLDER PARENT_PID.

With `parent` as its second word it is the parent: it starts such a collector with
nothing on stdin, prints its process id and waits to be killed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.workspace import Workspace
from devops_tui.services.watch import WatchTools
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine
from devops_tui.worker.collector import CollectorParts, run_collector


def parts(folder: Path, parent_pid: int) -> CollectorParts:
    def links(workspace: Workspace) -> SshLinks:
        return SshLinks(workspace.hosts, config_file=folder / "no_ssh_config")

    return CollectorParts(
        open_store=lambda: SqliteStore.open(folder / "state.db"),
        open_frames=lambda: SqliteFrames(folder / "metrics.db"),
        links=links,
        tools=WatchTools(
            clock=SystemClock(),
            monotonic=time.monotonic,
            script=probe_script,
            this_machine=PsutilMachine(),
            new_mark=lambda: secrets.token_hex(4),
        ),
        parent_pid=parent_pid,
    )


def main() -> None:
    folder, parent = Path(sys.argv[1]), sys.argv[2]
    if parent == "parent":
        argv = [sys.executable, __file__, str(folder), str(os.getpid())]
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
        sys.stdout.write(f"{child.pid}\n")
        sys.stdout.flush()
        child.wait()
    else:
        asyncio.run(run_collector(parts(folder, int(parent))))


if __name__ == "__main__":
    main()
