"""What follows an end is done, and once, whoever dies between the verdict and it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.engine_bench import Acts, Bench, engine_of, job, plan

from devops_tui.domain.errors import StoreLocked
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.engines.walking import WalkingEngine
from devops_tui.ports.engine import Leaving


class Told:
    """An Aftermath that notes what it is told, as the real one marks it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.said: list[str] = []
        self.errors: list[Exception] = []
        self.hangs = False

    async def job_ended(self, run: Run, record: JobRun) -> None:
        await self._tell(f"{record.job_id} {record.state}", run, record)

    async def run_ended(self, run: Run) -> None:
        await self._tell(f"{run.id} {run.state}", run, None)

    async def _tell(self, what: str, run: Run, record: JobRun | None) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.errors:
            raise self.errors.pop(0)
        with self.bench.store.transaction():
            if self.bench.store.tell(run.id, record.job_id if record else None):
                self.said.append(what)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    await bench.close()


def engine(bench: Bench, told: Told, name: str) -> WalkingEngine:
    leaving = Leaving()
    return engine_of(
        "inline", bench.folder, bench.store, Acts(leaving), leaving, worker_id=name, aftermath=told
    )


EXPECTED = ["s0/a ok", "s0/b ok", "shop-1 ok"]


async def test_what_a_dead_worker_owed_is_done_by_the_next(bench: Bench) -> None:
    told = Told(bench)
    told.hangs = True
    run_id = bench.add(plan((job("a"), job("b"))))
    first = engine(bench, told, "w1")
    await first.submit(run_id)
    await bench.until(lambda: len(bench.store.owed()) == 2)  # the worker stands in both hooks
    tasks = [t for t in asyncio.all_tasks() if t.get_name().startswith((str(run_id), "walk"))]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert told.said == []
    told.hangs = False
    await engine(bench, told, "w2").recover()
    await bench.until(lambda: bench.store.run(run_id).state is State.OK)
    await bench.until(lambda: not bench.store.owed())
    assert sorted(told.said) == EXPECTED


async def test_what_was_told_is_not_told_again(bench: Bench) -> None:
    told = Told(bench)
    run_id = await end(bench, told)
    assert sorted(told.said) == EXPECTED
    bench.store.owe(run_id)
    assert bench.store.tell(run_id)  # as a worker did that died before it cleared away
    await engine(bench, told, "w2").recover()
    await bench.until(lambda: not bench.store.owed())
    assert sorted(told.said) == EXPECTED


async def test_a_store_that_is_away_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.engines.follow_ups.RETRY_S", 0.01)
    told = Told(bench)
    told.errors = [StoreLocked("held"), StoreLocked("held")]
    await end(bench, told)
    assert sorted(told.said) == EXPECTED


async def test_a_defect_is_not_tried_for_ever(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told(bench)
    told.errors = [ZeroDivisionError()]
    run_id = await end(bench, told)
    assert bench.store.run(run_id).state is State.OK
    assert len(told.said) == 2
    assert "ZeroDivisionError" in caplog.text


async def test_a_run_that_was_cleared_away_owes_nothing(bench: Bench) -> None:
    bench.store.owe(RunId("gone-1"))
    await engine(bench, Told(bench), "w2").recover()
    await bench.until(lambda: not bench.store.owed())


async def end(bench: Bench, told: Told) -> RunId:
    run_id = bench.add(plan((job("a"), job("b"))))
    walking = engine(bench, told, "w1")
    await walking.submit(run_id)
    await bench.until(lambda: not walking.active and not bench.store.owed())
    return run_id
