"""The worker is killed and a balancer is gone in the same flip: one colour, or a said "3 of 4".

Four balancers, real HAProxy where it is installed. A seeded sample by itself; every step
with DEVOPS_TUI_FAULTS=full.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.embedded import EmbeddedDoor
from support.fault_sweep import Say
from support.flip_once import flip_in_a_child
from support.flip_schedules import against_the_model, history
from support.haproxy import BINARY, RealHaproxy
from support.traffic import BLUE, SHOP, Shop

from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import FlipState
from devops_tui.stores.sqlite.store import SqliteStore

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
SEED = int(os.environ.get("DEVOPS_TUI_FAULTS_SEED") or secrets.randbelow(10_000))
WRITES = 14
SETTLED_S = 10.0
LB_2 = HostName("lb-2")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(120),
]


def step(number: int) -> int:
    """The write of the journal that a test takes: each of them, or one of a sample."""
    chance = random.Random(SEED)  # noqa: S311 - a sample, no secret
    every = range(1, WRITES + 1)
    return every[number] if IS_FULL else chance.sample(every, WRITES)[number]


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", ("haproxy" if BINARY else "embedded",) * 4)
    yield made
    made.close()


@pytest.mark.parametrize("number", range(WRITES if IS_FULL else 1))
async def test_killed_while_a_balancer_is_cut(
    number: int, four: Shop, tmp_path: Path, say: Say
) -> None:
    child = await asyncio.to_thread(flip_in_a_child, four, tmp_path / "state.db", step(number))
    assert child.returncode == -9, child.stderr
    four.links.to(LB_2).is_cut = True
    took_s = await settles(four, tmp_path, is_away=True)
    four.links.to(LB_2).is_cut = False
    await settles(four, tmp_path, is_away=False)
    say(f"killed at write {step(number)}, lb-2 cut: settled in {took_s:.1f} s")


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("number", range(WRITES if IS_FULL else 1))
async def test_killed_while_a_balancer_is_frozen(
    before: int, number: int, four: Shop, tmp_path: Path, say: Say
) -> None:
    """Frozen at the step of the kill, or one before it."""
    count = max(step(number), 1 + before)
    pid = _pid(four)
    try:
        child = await asyncio.to_thread(
            flip_in_a_child, four, tmp_path / "state.db", count, freeze=(count - before, pid)
        )
        assert child.returncode == -9, child.stderr
        took_s = await settles(four, tmp_path, is_away=True)
    finally:
        os.kill(pid, signal.SIGCONT)
    await settles(four, tmp_path, is_away=False)
    say(f"killed at write {count}, lb-2 frozen {before} before: settled in {took_s:.1f} s")


async def settles(four: Shop, folder: Path, *, is_away: bool) -> float:
    """Seconds until the restarted worker had settled it; what it came to is as it says."""
    store = SqliteStore.open(folder / "state.db")
    try:
        began = time.monotonic()
        settled = await four.flips(store).recover()
        took_s = time.monotonic() - began
        assert took_s < SETTLED_S
        assert all(flip.state in (FlipState.DONE, FlipState.FAILED) for flip in settled)
        live = against_the_model(history(store), BLUE)
        status = store.service_status(SHOP)
        left = [host for host in four.every_door if not (is_away and host == LB_2)]
        answers = [await four.ask(four.every_door[host].port, "/") for host in left]
        assert {answer.headers["x-colour"] for answer in answers} == {live.value}
        if settled and is_away:
            assert status.set_aside == settled[-1].set_aside == (LB_2,)
            told = [step.what for step in settled[-1].steps]
            assert any(text.startswith("3 of 4 balancers, lb-2 set aside") for text in told)
        if not is_away:
            assert status.set_aside == ()
    finally:
        store.close()
    return took_s


def _pid(four: Shop) -> int:
    door = four.doors[LB_2]
    process = door.process if isinstance(door, RealHaproxy) else None
    if process is not None:
        return process.pid
    assert isinstance(door, EmbeddedDoor)
    assert door.child is not None
    return door.child.pid
