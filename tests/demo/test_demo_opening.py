"""What happens by itself in a new world, and when a world counts as forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from devops_tui.bootstrap.paths import STATE_NAME, paths_of
from devops_tui.demo import opening, processes, sources, visits
from devops_tui.demo.plan import WorldPlan
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import Plan, Run, State
from devops_tui.stores.sqlite.store import SqliteStore


@pytest.fixture
def plan(tmp_path: Path) -> WorldPlan:
    (tmp_path / STATE_NAME).mkdir(mode=0o700)
    plan = WorldPlan(tmp_path, "embedded", 0, {}, {}, idle_s=100.0)
    plan.touch_file.touch()
    return plan


@pytest.fixture
def store(plan: WorldPlan) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(paths_of(plan.workspace_file).store)
    yield opened
    opened.close()


def pushed(plan: WorldPlan, name: str) -> list[str]:
    heads = sources.git(["for-each-ref", "--format=%(refname:short)"], plan.repository(name))
    if "main" not in heads.split():
        return []
    return sources.git(["log", "--format=%s", "main"], plan.repository(name)).splitlines()


def test_commits_are_pushed_one_after_the_other(plan: WorldPlan, store: SqliteStore) -> None:
    sources.make_repository(plan, "shop", sources.SHOP, branch="release-1.4")
    sources.make_repository(plan, "billing", sources.BILLING)
    playing = Thread(target=opening.play, args=[plan])
    playing.start()
    now = datetime.now(UTC)
    assert pushed(plan, "shop") == []
    store.save_worker(Worker(WorkerId("w"), "here", 1, "0", WorkerState.WORKING, now, now))
    assert processes.wait_until(lambda: bool(pushed(plan, "shop")), 40.0)
    assert pushed(plan, "shop")[0] == sources.SHOP_NEXT.subject
    assert not opening.is_over(plan)
    assert len(pushed(plan, "billing")) == 1
    store.add_run(Run(RunId("billing-1"), 1, Plan("billing", ()), State.OK, now, "source"))
    playing.join(40.0)
    assert pushed(plan, "billing")[0] == sources.BILLING_NEXT.subject
    assert opening.is_over(plan)


def test_a_world_is_forgotten_when_nobody_came(plan: WorldPlan) -> None:
    assert not visits.is_forgotten(plan)
    _touched_long_ago(plan)
    assert visits.is_forgotten(plan)


def test_an_open_screen_keeps_a_world_alive(plan: WorldPlan, store: SqliteStore) -> None:
    _touched_long_ago(plan)
    store.beat_client("screen", "home", datetime.now(UTC))
    assert not visits.is_forgotten(plan)


def test_a_world_without_its_folder_is_forgotten(plan: WorldPlan) -> None:
    plan.touch_file.unlink()
    assert visits.is_forgotten(plan)


def _touched_long_ago(plan: WorldPlan) -> None:
    then = plan.touch_file.stat().st_mtime - plan.idle_s - 1
    os.utime(plan.touch_file, (then, then))
