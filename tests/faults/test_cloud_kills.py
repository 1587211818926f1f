"""kill -9 of a flip through a cloud's API, at every write of its journal and every change.

By itself a seeded sample; all points with DEVOPS_TUI_FAULTS=full. A sample is repeated with
DEVOPS_TUI_FAULTS_SEED.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cloud_doors import CLOUDS, clouded, skip_without_cloud
from support.cloud_once import LOOK_S
from support.cloud_site import CloudSite
from support.fault_sweep import Say
from support.traffic import SHOP

from devops_tui.domain.traffic import FlipState
from devops_tui.stores.sqlite.store import SqliteStore

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
SAMPLE = 2
WRITES = 14
CHANGES = {"alb": 4, "route53": 1, "kubernetes": 1}
"""Requests of one flip that change something: an ALB's weights and its tags, for two."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.timeout(1800 if IS_FULL else 120),
]


@pytest.fixture(params=CLOUDS)
def kind(request: pytest.FixtureRequest) -> str:
    skip_without_cloud(request.param)
    found: str = request.param
    return found


@pytest.fixture(autouse=True)
def _few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devops_tui.services.flip_walk._SETTLE_LOOK_S", LOOK_S)


@pytest.fixture
def site(kind: str, tmp_path: Path) -> Iterator[CloudSite]:
    with clouded(kind):
        made = CloudSite(kind, tmp_path)
        yield made
        made.close()


def points_of(kind: str) -> list[tuple[str, int]]:
    """Every point at which a flip is killed."""
    writes = [("journal", n) for n in range(1, WRITES + 1)]
    changes = range(1, CHANGES[kind] + 1)
    return writes + [(word, n) for word in ("before", "after") for n in changes]


async def test_one_colour_everywhere_after_recovery(
    kind: str, site: CloudSite, tmp_path: Path, say: Say
) -> None:
    points = points_of(kind)
    if not IS_FULL:
        seed = int(os.environ.get("DEVOPS_TUI_FAULTS_SEED") or secrets.randbelow(10_000))
        points = random.Random(seed).sample(points, SAMPLE)  # noqa: S311 - no secret
        say(f"{kind}: {points} of all, DEVOPS_TUI_FAULTS_SEED={seed}")
    for number, (what, count) in enumerate(points):
        store = SqliteStore.open(tmp_path / f"state-{number}.db")
        try:
            await _killed_at(site, store, tmp_path / f"state-{number}.db", what, count)
        finally:
            store.close()


async def test_a_flip_that_is_not_killed_has_as_many_points(
    kind: str, site: CloudSite, tmp_path: Path
) -> None:
    """Else the points above would pass without a kill, or leave some out."""
    state = tmp_path / "state.db"
    child = await asyncio.to_thread(site.flip_in_a_child, state, "after", 1_000_000)
    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    wanted = {"state": "done", "error": "", "writes": WRITES, "changes": CHANGES[kind]}
    assert told == wanted
    assert site.serving() == {"green"}


async def _killed_at(
    site: CloudSite, store: SqliteStore, state: Path, what: str, count: int
) -> None:
    point = f"{what} {count}"
    child = await asyncio.to_thread(site.flip_in_a_child, state, what, count)
    assert child.returncode == -9, f"{point}: {child.stdout}{child.stderr}"
    flips = site.flips(store)
    settled = await flips.recover()
    assert all(flip.state in (FlipState.DONE, FlipState.FAILED) for flip in settled), point
    is_done = [flip.state for flip in settled] == [FlipState.DONE]
    assert site.serving() == ({"green"} if is_done else {"blue"}), point
    after = await flips.flip(SHOP, None, "sora", "life goes on")
    assert after.state is FlipState.DONE, f"{point}: {after.error}"
    assert site.serving() == {after.to_colour.value}, point
    if after.to_colour.value == "green":
        back = await flips.undo(SHOP, "sora", "for the next point")
        assert back.state is FlipState.DONE, f"{point}: {back.error}"
