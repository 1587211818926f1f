"""What happens by itself in a new world, so that there is something to do and to see.

`python -m devops_tui.demo.opening FOLDER` waits for a worker, pushes the commit of the
release, waits until billing succeeded once, pushes the commit that breaks it, and ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from devops_tui.bootstrap.paths import paths_of
from devops_tui.demo import sources
from devops_tui.demo.plan import MARK, WorldPlan, package_root
from devops_tui.domain.pipeline import ENDS
from devops_tui.ports.store import Store
from devops_tui.stores.sqlite.store import SqliteStore

_PATIENCE_S = 1800.0
_POLL_S = 0.5


def is_over(plan: WorldPlan) -> bool:
    """Whether it was played to its end."""
    return _over_file(plan).exists()


def begin(plan: WorldPlan) -> None:
    """Starts it, detached; it ends by itself, with the world at the latest."""
    path = os.pathsep.join(filter(None, [str(package_root()), os.environ.get("PYTHONPATH")]))
    with plan.log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "devops_tui.demo.opening", str(plan.folder)],
            env={**os.environ, MARK: str(plan.folder), "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    process.returncode = 0  # nobody's child on purpose: this process must not wait for it


def play(plan: WorldPlan) -> None:
    """Plays it; pushing again what was pushed changes nothing."""
    store = SqliteStore.open(paths_of(plan.workspace_file).store)
    try:
        if not _wait(plan, lambda: bool(store.workers())):
            return
        sources.push_commit(plan, "shop", sources.SHOP_NEXT)
        if not _wait(plan, lambda: _has_ended_run(store, "billing")):
            return
        sources.push_commit(plan, "billing", sources.BILLING_NEXT)
        _over_file(plan).touch()
    finally:
        store.close()


def _has_ended_run(store: Store, pipeline: str) -> bool:
    return any(run.state in ENDS for run in store.runs(pipeline, 10))


def _wait(plan: WorldPlan, is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and plan.folder.exists():
        if is_true():
            return True
        time.sleep(_POLL_S)
    return False


def _over_file(plan: WorldPlan) -> Path:
    return plan.folder / "opened"


if __name__ == "__main__":
    play(WorldPlan.read(Path(sys.argv[1])))
