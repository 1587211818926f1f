"""A nursery of workers that a test kills: `python fault_worker.py`.

Loads everything once and forks a worker for each line of JSON on its input:
{"workspace": PATH, "engine": NAME, "kill": POINT, "record": PATH}. Answers {"pid": PID},
and {"ended": PID, "status": STATUS} when one ended. Ends with its input, and with it all
workers that are left.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parent.parent))

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.crew import build_crew
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.processes import is_gone, process_space
from devops_tui.bootstrap.reading import digest_of, read_workspace
from devops_tui.bootstrap.stores import chosen_store
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import WorkerId
from devops_tui.engines import dbos_engine as _dbos_engine  # noqa: F401 - loaded before the forks
from devops_tui.stores.sql.database import Database
from devops_tui.stores.sql.store import SqlStore
from devops_tui.stores.sqlite.connection import Connection
from devops_tui.transports import ssh as _ssh  # noqa: F401 - loaded before the forks
from devops_tui.worker.main import BUSY_S
from devops_tui.worker.process import Reading, Tools, WorkerProcess
from support.fault_points import PointedDatabase, Points, watch_worker

log = logging.getLogger(__name__)


def _database(paths: WorkspacePaths) -> Database:
    chosen = chosen_store(paths)
    if not chosen.url:
        return Connection(paths.store, synchronous="FULL", schema="schema", busy_s=BUSY_S)
    from devops_tui.stores.postgres.database import Part, PostgresDatabase
    from devops_tui.stores.postgres.place import place_of

    return PostgresDatabase(place_of(chosen.url), Part("store", "schema", is_durable=True))


async def act(workspace: Path, engine: str, points: Points) -> int:
    """What `devops-tui worker` does, with points around it and no collector beside it."""
    clock = SystemClock()
    paths = paths_of(workspace)
    store = SqlStore(PointedDatabase(_database(paths), points))
    watch_worker(points)
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
        place=f"{socket.gethostname()}:{paths.state}",
        processes=process_space(),
    )

    tools = Tools(
        store=store,
        clock=clock,
        read=lambda: Reading(*read_workspace(paths)),
        digest=lambda: digest_of(paths),
        build=lambda workspace, pulse, worker: build_crew(
            paths, store, clock, workspace, pulse, worker
        ),
        is_dead=lambda other: is_gone(other, me),
        idle_s=None,
        is_alone=not chosen_store(paths).url,
    )
    try:
        return await WorkerProcess(me, tools).run()
    finally:
        store.close()


def _live(order: dict[str, Any]) -> NoReturn:
    """The life of a forked worker."""
    status = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        workspace = Path(order["workspace"])
        file = os.open(
            paths_of(workspace).worker_log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600
        )
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, file), (2, file)):
            os.dup2(source, target)
        os.setsid()
        logging.basicConfig(
            level=logging.INFO,
            format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s",
            stream=sys.stderr,
        )
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        record = Path(order["record"]) if order.get("record") else None
        points = Points(order.get("kill", ""), record)
        log.info("a worker that dies at %s", order.get("kill") or "no point")
        status = asyncio.run(act(workspace, order["engine"], points))
    except BaseException:
        log.exception("the worker broke")
    finally:
        logging.shutdown()
        os._exit(status)


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serves orders until there are no more."""
    alive: set[int] = set()
    bell, ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(bell, selectors.EVENT_READ)
    pending = b""
    while True:
        for key, _ in selector.select():
            if key.fd == bell:
                with suppress(BlockingIOError):
                    os.read(bell, 4096)
                _reap(alive)
                continue
            data = os.read(0, 65536)
            if not data:
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    _live(json.loads(line))
                alive.add(pid)
                _say({"pid": pid})


def _reap(alive: set[int]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        alive.discard(pid)
        _say({"ended": pid, "status": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main()
