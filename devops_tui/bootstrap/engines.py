"""Which engine a worker has, and the making of it; DBOS is loaded here and nowhere else."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Awaitable, Callable, Mapping

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.stores import chosen_store, secret_of
from devops_tui.domain.audit import Worker
from devops_tui.domain.errors import Refused
from devops_tui.engines.inline import InlineEngine
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Aftermath, JobExecutor, Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

DBOS = "dbos"
INLINE = "inline"
VARIABLE = "DEVOPS_TUI_ENGINE"

log = logging.getLogger(__name__)


def choose_engine(asked: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The engine to use: what was asked for, $DEVOPS_TUI_ENGINE, DBOS where it is installed.

    DBOS itself (half a CPU second) is loaded when the engine is made.

    Raises:
        Refused: There is no such engine, or DBOS was asked for and is not installed.
    """
    asked = asked or environ.get(VARIABLE) or ""
    if asked not in ("", DBOS, INLINE):
        raise Refused(f"there is no engine {asked!r}", f"There are: {DBOS}, {INLINE}.")
    if asked == INLINE:
        return INLINE
    if importlib.util.find_spec("dbos") is not None:
        return DBOS
    if asked == DBOS:
        raise Refused("DBOS is not installed", "Install it: pip install dbos")
    log.warning("DBOS is not installed: runs are walked by the store's rows alone")
    return INLINE


def make_engine(
    name: str,
    paths: WorkspacePaths,
    store: Store,
    clock: Clock,
    executor: JobExecutor,
    worker: Worker,
    *,
    leaving: Leaving,
    aftermath: Aftermath,
    changed: Callable[[], Awaitable[None]],
) -> WalkingEngine:
    """The engine of that name; DBOS keeps its own tables beside the workspace's store."""
    if name != DBOS:
        return InlineEngine(
            store,
            clock,
            executor,
            worker.id,
            leaving=leaving,
            aftermath=aftermath,
            changed=changed,
            place=worker.place,
            labels=worker.labels,
        )
    from devops_tui.engines.dbos_engine import DbosEngine
    from devops_tui.engines.dbos_home import DbosPlace

    chosen = chosen_store(paths)
    return DbosEngine(
        store,
        clock,
        executor,
        worker.id,
        DbosPlace.team(chosen.url, secret_of(chosen.password))
        if chosen.url
        else DbosPlace.file(paths.dbos),
        leaving=leaving,
        aftermath=aftermath,
        changed=changed,
        place_of_worker=worker.place,
        labels=worker.labels,
    )
