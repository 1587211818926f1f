"""Whether somebody used a demo world lately: the demo itself, a screen, or a command."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from devops_tui.bootstrap.paths import paths_of
from devops_tui.demo.plan import WorldPlan


def is_forgotten(plan: WorldPlan) -> bool:
    """True when the folder is gone, or nobody came for the world's idle time."""
    try:
        touched_s = plan.touch_file.stat().st_mtime
    except OSError:
        return True
    if time.time() - touched_s <= plan.idle_s:
        return False
    if not _has_clients(plan):
        return True
    plan.touch_file.touch()
    return False


def _has_clients(plan: WorldPlan) -> bool:
    from devops_tui.stores.sqlite.store import SqliteStore  # rarely needed: loaded then

    paths = paths_of(plan.workspace_file)
    if not paths.store.exists():
        return False
    since = datetime.now(UTC) - timedelta(seconds=plan.idle_s)
    store = SqliteStore.open(paths.store)
    try:
        newest = store.requests(limit=1)
        return bool(store.clients(since)) or any(r.filed_at >= since for r in newest)
    finally:
        store.close()
