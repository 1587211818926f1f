"""A first guess stands while the job still runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.guess import GUESSED, guess_of
from devops_tui.domain.ids import THIS_MACHINE, JobId, RunId
from devops_tui.domain.pipeline import Job, JobRun, LogChunk, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.services.guesses import GuessWatch
from devops_tui.stores.sqlite.store import SqliteStore
from devops_tui.triage.ranking import LogRanking

RUN, UNIT = RunId("shop-1"), JobId("test/unit")
PLAN = Plan("shop", (Stage("test", StageKind.TEST, (Job("unit", RunCommand("x")),)),))
FILLER = b"INFO order 12 is booked in 4 ms by web-1\n"


class Bench:
    """A job that runs and writes."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock()
        self.store = SqliteStore.open(folder / "state.db")
        now = self.clock.now()
        self.store.add_run(Run(RUN, 1, PLAN, State.RUNNING, now, "jun"))
        self.job = JobRun(RUN, UNIT, State.RUNNING, started_at=now)
        self.store.save_job(self.job, State.WAITING)
        self.watch = GuessWatch(self.store, self.clock, LogRanking())
        self.bytes = 0

    def writes(self, data: bytes) -> None:
        now = self.clock.now()
        chunk = LogChunk(RUN, UNIT, 1, THIS_MACHINE, self.bytes, data, now)
        self.store.append_log([chunk])
        self.bytes += len(data)

    def told(self) -> list[tuple[str, object]]:
        return [(e.why, e.data["line"]) for e in self.store.events() if e.kind == GUESSED]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


async def test_a_guess_stands_before_the_job_ends(bench: Bench) -> None:
    bench.store.add_baseline("shop", UNIT, RunId("shop-0"), LogRanking().hash_log(FILLER))
    bench.writes(FILLER * 3000)
    await bench.watch.look()
    assert bench.told() == []
    bench.writes(b'Traceback (most recent call last):\n  File "a.py", line 3, in f\nKeyErr')
    await bench.watch.look()
    bench.writes(b"or: 'ledger'\n" + FILLER * 10)
    await bench.watch.look()
    await bench.watch.look()
    assert bench.told() == [("KeyError: 'ledger'", 3003)]
    found = guess_of(bench.store.events(), RUN, UNIT)
    assert found is not None
    assert (found.line, found.why[0]) == (3003, "new since success")


async def test_what_successes_show_too_is_no_guess(bench: Bench) -> None:
    noise = b"ERROR: metrics endpoint is not configured\n"
    bench.store.add_baseline("shop", UNIT, RunId("shop-0"), LogRanking().hash_log(noise + FILLER))
    bench.writes(noise + FILLER * 5)
    await bench.watch.look()
    assert bench.told() == []


async def test_another_attempt_is_read_anew_and_an_ended_job_no_more(bench: Bench) -> None:
    bench.writes(b"KeyError: 'old'\n")
    bench.store.save_job(replace(bench.job, attempt=2), State.RUNNING)
    await bench.watch.look()
    assert bench.told() == []
    ended = replace(bench.job, state=State.FAILED, attempt=2)
    bench.store.save_job(ended, State.RUNNING)
    bench.writes(b"Traceback (most recent call last):\nKeyError: 'late'\n")
    await bench.watch.look()
    assert bench.told() == []
