"""Four balancers, and a worker that dies, a balancer that freezes or is cut at every step.

A seeded sample by itself; everything with DEVOPS_TUI_FAULTS=full (`make faults`).
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.embedded import EmbeddedDoor
from support.fault_sweep import Say
from support.flip_once import flip_in_a_child
from support.flip_schedules import VERBS, AtWrite, against_the_model, history, play
from support.haproxy import BINARY
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import FlipState
from devops_tui.services.balancers import Balancers
from devops_tui.stores.sqlite.store import SqliteStore

Act = Callable[[], None]

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
SEED = int(os.environ.get("DEVOPS_TUI_FAULTS_SEED") or secrets.randbelow(10_000))
SCHEDULES = 200 if IS_FULL else 6
WRITES = 14
SETTLED_S = 10.0
LB_2 = HostName("lb-2")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(3600 if IS_FULL else 120),
]


def step(number: int) -> int:
    """The write of the journal that a test takes: each of them, or one of a sample."""
    chance = random.Random(SEED)  # noqa: S311 - a sample, no secret
    every = range(1, WRITES + 1)
    return every[number] if IS_FULL else chance.sample(every, WRITES)[number]


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", ("embedded",) * 4)
    yield made
    made.close()


@pytest.fixture
def weighted(tmp_path: Path) -> Iterator[Shop]:
    kind = "haproxy-weighted" if BINARY else "embedded-weighted"
    made = Shop(tmp_path / "shop", (kind,) * 4)
    yield made
    made.close()


async def test_two_operators_with_shares_end_at_one_state(
    weighted: Shop, tmp_path: Path, say: Say
) -> None:
    """Every balancer gives the share that the store says, and the history fits the model."""
    database = tmp_path / "state.db"
    SqliteStore.open(database).close()
    crashes = done = shares = refused = answers = 0
    for number in range(SCHEDULES if IS_FULL else 2):
        told = await play(weighted, database, SEED + number, (*VERBS, "weigh", "weigh"))
        store = SqliteStore.open(database)
        try:
            await weighted.flips(store).recover()
            live = against_the_model(history(store), BLUE)
            status = store.service_status(SHOP)
            readings = await Balancers(weighted.switches(weighted.service)).read()
            given = live.other.green_percent(status.canary)
            assert readings.all_give(given), (SEED + number, given, str(readings))
            if not status.canary:
                assert await weighted.colours() == {live.value}, SEED + number
        finally:
            store.close()
        assert told.wrong == [], SEED + number
        crashes, done, shares = crashes + told.crashes, done + told.done, shares + told.shares
        refused, answers = refused + told.refused, answers + told.answers
    say(
        f"{number + 1} schedules, {done} changes, {shares} of them shares, {refused} refused,"
        f" {crashes} crashes, {answers} answers of some colour, DEVOPS_TUI_FAULTS_SEED={SEED}"
    )
    assert answers > done


async def test_two_operators_end_at_one_colour(four: Shop, tmp_path: Path, say: Say) -> None:
    database = tmp_path / "state.db"
    SqliteStore.open(database).close()
    crashes = done = refused = answers = 0
    for number in range(SCHEDULES):
        told = await play(four, database, SEED + number)
        store = SqliteStore.open(database)
        try:
            await four.flips(store).recover()
            live = against_the_model(history(store), BLUE)
            assert await four.colours() == {live.value}, SEED + number
            assert store.service_status(SHOP).live in (live, None)
        finally:
            store.close()
        assert told.wrong == [], SEED + number
        crashes, done = crashes + told.crashes, done + told.done
        refused, answers = refused + told.refused, answers + told.answers
    say(
        f"{SCHEDULES} schedules, {done} flips, {refused} refused, {crashes} crashes,"
        f" {answers} answers of some colour, DEVOPS_TUI_FAULTS_SEED={SEED}"
    )
    assert done > 0
    assert answers > done


@pytest.mark.parametrize("number", range(WRITES if IS_FULL else 3))
async def test_kill_9_at_a_step_of_four_balancers(number: int, four: Shop, tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    store = SqliteStore.open(database)
    try:
        child = await asyncio.to_thread(flip_in_a_child, four, database, step(number))
        assert child.returncode == -9, child.stderr
        began = time.monotonic()
        settled = await four.flips(store).recover()
        assert time.monotonic() - began < SETTLED_S
        assert all(flip.state in (FlipState.DONE, FlipState.FAILED) for flip in settled)
        live = against_the_model(history(store), BLUE)
        assert await four.colours() == {live.value}
    finally:
        store.close()


@pytest.mark.parametrize("number", range(WRITES if IS_FULL else 3))
async def test_a_balancer_that_is_cut_at_a_step(number: int, four: Shop, tmp_path: Path) -> None:
    link = four.links.to(LB_2)

    def cut() -> None:
        link.is_cut = True

    def mend() -> None:
        link.is_cut = False

    await lose_one(four, tmp_path, step(number), cut, mend)


@pytest.mark.parametrize("number", range(WRITES if IS_FULL else 1))
async def test_a_balancer_that_freezes_at_a_step(number: int, four: Shop, tmp_path: Path) -> None:
    door = four.doors[LB_2]
    assert isinstance(door, EmbeddedDoor)
    assert door.child is not None
    pid = door.child.pid
    try:
        await lose_one(
            four,
            tmp_path,
            step(number),
            lambda: os.kill(pid, signal.SIGSTOP),
            lambda: os.kill(pid, signal.SIGCONT),
        )
    finally:
        os.kill(pid, signal.SIGCONT)


async def lose_one(four: Shop, folder: Path, count: int, lose: Act, back: Act) -> None:
    """Loses lb-2 at a write of the journal: said so at once, one colour once it is back."""
    store = AtWrite.open(folder / "state.db")
    assert isinstance(store, AtWrite)
    store.left, store.act = count, lose
    try:
        flips = four.flips(store)
        flip = await flips.flip(SHOP, GREEN, "jun", "release")
        store.act = None
        assert flip.state in (FlipState.DONE, FlipState.FAILED, FlipState.UNKNOWN)
        if flip.state is FlipState.UNKNOWN:
            assert "lb-2" in flip.error
            with pytest.raises(Refused):
                await flips.flip(SHOP, None, "sora", "another one")
        back()
        began = time.monotonic()
        await flips.recover()
        assert time.monotonic() - began < SETTLED_S
        live = against_the_model(history(store), BLUE)
        assert await four.colours() == {live.value}
        assert store.service_status(SHOP).live is live
    finally:
        store.close()
