"""The command lines `devops-tui worker` and `devops-tui collector`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import secrets
import socket
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.crew import build_crew
from devops_tui.bootstrap.engines import choose_engine
from devops_tui.bootstrap.parts import (
    collector_links,
    figure_sink,
    hide_secrets_in_logs,
    watch_tools,
)
from devops_tui.bootstrap.paths import WorkspacePaths, find_workspace
from devops_tui.bootstrap.processes import is_gone, process_space
from devops_tui.bootstrap.reading import digest_of, read_workspace
from devops_tui.bootstrap.stores import (
    ChosenStore,
    chosen_store,
    open_frames,
    open_history,
    open_store,
    refuse_moved,
)
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import WorkerId
from devops_tui.worker.collector import CollectorParts, run_collector
from devops_tui.worker.labels import labels_of
from devops_tui.worker.offspring import CollectorKeeper
from devops_tui.worker.process import Reading, Tools, WorkerProcess

IDLE_S = 900.0
BUSY_S = 0.25
"""A worker stands still meanwhile, with all its links: it tries again instead."""

EXIT_NOT_FOUND = 3
EXIT_UNAVAILABLE = 5

log = logging.getLogger(__name__)


def work(words: Sequence[str]) -> int:
    """Runs a worker or a collector in the foreground; returns its exit code."""
    arguments = _read(words)
    paths = find_workspace(arguments.workspace, Path.cwd())
    if paths is None:
        sys.stderr.write("devops-tui: no workspace here. Name one by --workspace PATH.\n")
        return EXIT_NOT_FOUND
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    hide_secrets_in_logs()
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        if arguments.verb == "collector":
            return _run(_collect(paths))
        engine = choose_engine(arguments.engine)
        idle_s = None if arguments.stay else IDLE_S
        return _run(_act(paths, idle_s, engine, labels_of(arguments.label)))
    except DevopsError as error:
        sys.stderr.write(f"devops-tui {arguments.verb}: {error}\n")
        return EXIT_UNAVAILABLE


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devops-tui")
    parser.add_argument("verb", choices=("worker", "collector"))
    parser.add_argument("--workspace", "-W", metavar="PATH")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--engine", metavar="NAME", help="dbos or inline")
    parser.add_argument("--label", action="append", metavar="LABEL", default=[])
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _run(duty: Awaitable[int]) -> int:
    async def main() -> int:
        return await duty

    return asyncio.run(main())


async def _act(
    paths: WorkspacePaths, idle_s: float | None, engine: str, labels: tuple[str, ...]
) -> int:
    clock = SystemClock()
    chosen = chosen_store(paths)
    store = open_store(paths, chosen, BUSY_S)
    now = clock.now()
    me = Worker(
        WorkerId(f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"),
        socket.gethostname(),
        os.getpid(),
        __version__,
        WorkerState.STARTING,
        now,
        now,
        engine=engine,
        labels=labels,
        place=f"{socket.gethostname()}:{paths.state}",
        processes=process_space(),
    )
    tools = Tools(
        store=store,
        clock=clock,
        read=lambda: _reading(paths, chosen),
        digest=lambda: digest_of(paths),
        build=lambda workspace, pulse, worker: build_crew(
            paths, store, clock, workspace, pulse, worker
        ),
        is_dead=lambda other: is_gone(other, me),
        idle_s=idle_s,
        is_alone=not chosen.url,
        labels=labels,
        beside=CollectorKeeper(
            [sys.executable, "-m", "devops_tui", "collector", "--workspace", str(paths.config)]
        ).keep,
    )
    try:
        return await WorkerProcess(me, tools).run()
    finally:
        store.close()


def _reading(paths: WorkspacePaths, opened: ChosenStore) -> Reading:
    workspace, mistakes, digest = read_workspace(paths)
    if workspace is not None:
        refuse_moved(paths, opened)
    return Reading(workspace, mistakes, digest)


async def _collect(paths: WorkspacePaths) -> int:
    gc.collect()
    gc.freeze()  # what is loaded stays; the collector's garbage is short-lived
    await run_collector(
        CollectorParts(
            open_store=lambda: open_store(paths),
            open_frames=lambda: open_frames(paths),
            open_history=lambda: open_history(paths),
            links=collector_links,
            tools=watch_tools(),
            sink=figure_sink(),
            parent_pid=os.getppid(),
        )
    )
    return 0
