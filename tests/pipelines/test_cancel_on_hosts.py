"""Cancel, time limits and silence on hosts: how soon, and what is said of those out of reach."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support.host_bench import QUICK, HostBench, host_bench, on

from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import State
from devops_tui.transports.limits import LinkLimits

STUBBORN = """\
trap '' TERM
sh -c 'trap "" TERM; echo $$ > "$HOME/child"; while :; do sleep 0.1; done' &
echo $$ > "$HOME/parent"
while :; do sleep 0.1; done
"""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[HostBench]:
    async with host_bench(tmp_path, 4) as made:
        yield made


def pids(bench: HostBench, name: HostName) -> list[int]:
    files = (bench.home(name) / "parent", bench.home(name) / "child")
    return [int(f.read_text()) for f in files if f.exists() and f.read_text().strip()]


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def begun(bench: HostBench, script: str = STUBBORN, timeout_s: float = 60.0) -> RunId:
    run_id = bench.add((on(bench.names, script, timeout_s=timeout_s),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: all(len(pids(bench, name)) == 2 for name in bench.names))
    return run_id


async def test_cancel_reaches_the_process_group_on_every_host(bench: HostBench) -> None:
    run_id = await begun(bench)
    everybody = [pid for name in bench.names for pid in pids(bench, name)]
    assert all(is_alive(pid) for pid in everybody)
    await bench.engine.cancel(run_id)
    async with asyncio.timeout(1):  # KILL was sent to all; a busy kernel takes a moment for it
        await bench.until(lambda: not any(is_alive(pid) for pid in everybody))
    assert {o.state for o in bench.outcomes(run_id).values()} == {State.CANCELLED}
    assert bench.store.run(run_id).state is State.CANCELLED


async def test_cancel_does_not_wait_for_ever_for_a_host_out_of_reach(bench: HostBench) -> None:
    run_id = await begun(bench)
    away = bench.names[2]
    bench.ways[away].hold()
    began = time.monotonic()
    await bench.engine.cancel(run_id)
    assert time.monotonic() - began < 30
    record = bench.record(run_id, "s0/a")
    assert (record.state, bench.store.run(run_id).state) == (State.LOST, State.LOST)
    assert "nobody knows whether" in record.why
    outcomes = bench.outcomes(run_id)
    assert outcomes[away].state is State.LOST
    assert "did not answer" in outcomes[away].why or "does not answer" in outcomes[away].why
    others = {o.state for o in outcomes.values() if o.host != away}
    assert others == {State.CANCELLED}
    for name in bench.names:
        assert [is_alive(p) for p in pids(bench, name)] == [name == away] * 2
    for pid in pids(bench, away):
        os.kill(pid, 9)


async def test_a_time_limit_ends_it_on_every_host(bench: HostBench) -> None:
    run_id = await begun(bench, timeout_s=4.0)
    deadline = bench.record(run_id, "s0/a").deadline_at
    started = bench.record(run_id, "s0/a").started_at
    assert deadline is not None
    assert started is not None
    assert (deadline - started).total_seconds() == 4.0
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (State.TIMED_OUT, "took longer than 4 s")
    assert {o.state for o in record.hosts} == {State.TIMED_OUT}
    assert not any(is_alive(p) for name in bench.names for p in pids(bench, name))


async def test_a_silent_host_is_named_with_since_when(bench: HostBench) -> None:
    run_id = await begun(bench)
    away = bench.names[1]
    bench.ways[away].hold()
    await bench.until(lambda: f"{away} does not answer" in bench.store.run(run_id).why_waiting)
    outcome = bench.outcomes(run_id)[away]
    assert outcome.silent_since is not None
    assert bench.store.run(run_id).why_waiting.startswith("s0/a: web-2 does not answer since ")
    assert [o.host for o in bench.outcomes(run_id).values() if o.silent_since] == [away]
    bench.ways[away].let_go()
    bench.ways[away].cut()
    await bench.until(lambda: bench.store.run(run_id).why_waiting == "")
    assert bench.outcomes(run_id)[away].silent_since is None
    await bench.engine.cancel(run_id)
    assert bench.store.run(run_id).state is State.CANCELLED


async def test_a_refused_link_says_when_it_is_tried_again(bench: HostBench) -> None:
    run_id = await begun(bench)
    away = bench.names[0]
    bench.ways[away].drop_next(10_000)
    bench.ways[away].cut()
    await bench.until(lambda: "tried again at" in bench.store.run(run_id).why_waiting)
    assert bench.outcomes(run_id)[away].next_try_at is not None
    bench.ways[away].drop_next(0)
    await bench.until(lambda: bench.store.run(run_id).why_waiting == "")
    await bench.engine.cancel(run_id)


def test_a_dead_link_is_given_up_within_twenty_seconds() -> None:
    limits = LinkLimits()
    assert limits.keepalive_s * (limits.keepalive_misses + 1) == 20.0
    assert replace(QUICK, keepalive_s=5.0).keepalive_s == limits.keepalive_s
