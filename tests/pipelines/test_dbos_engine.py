"""What the engine over DBOS adds to the contract: kept outcomes, a private file, rest, patience."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from support.engine_bench import Bench, fail, job, plan

from devops_tui.domain.errors import StoreLocked
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import JobRun, State
from devops_tui.engines.dbos_engine import DbosEngine


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, "dbos")
    yield bench
    await bench.close()


def rows(bench: Bench, sql: str) -> list[tuple[object, ...]]:
    link = sqlite3.connect(bench.folder / "dbos.db")
    try:
        return link.execute(sql).fetchall()
    finally:
        link.close()


STEPS = "SELECT function_id, function_name FROM operation_outputs ORDER BY function_id"


def is_up(bench: Bench) -> bool:
    assert isinstance(bench.engine, DbosEngine)
    return bench.engine._home._is_up


async def test_each_attempt_is_a_step_at_its_place_in_the_plan(bench: Bench) -> None:
    bench.acts.outcomes["bad"] = fail
    run_id = await bench.to_end(
        plan((job("a", "hang", timeout_s=0.1), job("b", "bad", retries=2), job("c")))
    )
    assert bench.states(run_id) == {
        "s0/a": State.TIMED_OUT,
        "s0/b": State.FAILED,
        "s0/c": State.OK,
    }
    # c ended first and a last
    assert rows(bench, STEPS) == [
        (1, "s0/a 1"),
        (2, "s0/b 1"),
        (3, "s0/b 2"),
        (4, "s0/b 3"),
        (5, "s0/c 1"),
    ]


async def test_what_is_kept_is_private_json_in_a_file_that_readers_do_not_block(
    bench: Bench,
) -> None:
    await bench.to_end(plan((job("a"),)))
    ((output, how),) = rows(bench, "SELECT output, serialization FROM operation_outputs")
    assert json.loads(str(output))["record"]["state"] == "ok"
    assert how == "devops_tui_json"
    assert rows(bench, "PRAGMA journal_mode") == [("wal",)]
    mode = (bench.folder / "dbos.db").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_an_outcome_that_is_kept_is_not_sought_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bench.store.save_job

    def save_job(record: JobRun, expected: State) -> None:
        if record.state is State.OK:
            raise StoreLocked("held by somebody")
        real(record, expected)

    monkeypatch.setattr(bench.store, "save_job", save_job)
    run_id = bench.add(plan((job("a"),), (job("b"),)))
    await bench.engine.submit(run_id)
    await bench.until(lambda: (bench.folder / "dbos.db").exists() and is_up(bench))
    await bench.until(lambda: rows(bench, STEPS) == [(1, "s0/a 1")])
    for task in asyncio.all_tasks():  # as when the worker breaks down
        if task.get_name() == f"{run_id} s0/a attempts":
            task.cancel()
    await bench.until(lambda: not bench.engine.active)
    monkeypatch.setattr(bench.store, "save_job", real)
    assert bench.states(run_id)["s0/a"] is State.RUNNING
    await bench.engine.hand_over()
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    assert bench.acts.begun == {f"{run_id} s0/a": 1, f"{run_id} s1/b": 1}


async def test_a_broken_file_of_dbos_stops_no_run(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    (bench.folder / "dbos.db").write_bytes(b"this is no database" * 100)
    run_id = await bench.to_end(plan((job("a"),), (job("b"),)))
    assert bench.store.run(run_id).state is State.OK
    assert f"{run_id} is walked without DBOS" in caplog.text


@pytest.mark.parametrize("when", ["before the run", "in a step"])
async def test_a_lock_on_the_file_of_dbos_holds_up_no_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr("devops_tui.engines.dbos_engine.BEGIN_S", 0.2)
    monkeypatch.setattr("devops_tui.engines.dbos_workflow.PATIENCE_S", 0.2)
    monkeypatch.setattr("devops_tui.engines.dbos_engine.TAIL_S", 0.2)
    await bench.to_end(plan((job("a"),), name="first"))
    holder = sqlite3.connect(bench.folder / "dbos.db", isolation_level=None)
    run_id = bench.add(plan((job("a", "hang"),), (job("b"),)))
    if when == "before the run":
        holder.execute("BEGIN IMMEDIATE")
    await bench.engine.submit(run_id)
    await bench.until(partial(is_running, bench, run_id))
    if when == "in a step":
        holder.execute("BEGIN IMMEDIATE")
    bench.acts.release.set()
    await bench.until(lambda: not bench.engine.active)
    holder.execute("ROLLBACK")
    holder.close()
    assert bench.store.run(run_id).state is State.OK
    assert bench.acts.begun[f"{run_id} s0/a"] == 1


def is_running(bench: Bench, run_id: RunId) -> bool:
    return bench.acts.begun[f"{run_id} s0/a"] == 1


async def test_it_rests_between_runs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devops_tui.engines.dbos_home.REST_S", 0.05)
    assert not is_up(bench)
    for name in ("one", "two"):
        run_id = bench.add(plan((job("a", "hang"),), name=name))
        bench.acts.release.clear()
        await bench.engine.submit(run_id)
        await bench.until(partial(is_running, bench, run_id))
        assert is_up(bench)
        bench.acts.release.set()
        await bench.until(lambda: not is_up(bench))
        assert bench.store.run(run_id).state is State.OK
        assert await asyncio.to_thread(threading.active_count)  # the loop has threads again


async def test_a_workflow_that_somebody_ended_is_begun_anew(bench: Bench) -> None:
    run_id = bench.add(plan((job("a", "hang"),)))
    await bench.engine.submit(run_id)
    await bench.until(partial(is_running, bench, run_id))
    await bench.engine.hand_over()
    link = sqlite3.connect(bench.folder / "dbos.db")
    with link:
        link.execute("UPDATE workflow_status SET status = 'CANCELLED'")
    link.close()
    bench.acts.release.set()
    await bench.another_engine().recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    keys = [str(k) for (k,) in rows(bench, "SELECT workflow_uuid FROM workflow_status")]
    assert sorted(k.endswith(".1") for k in keys) == [False, True]
