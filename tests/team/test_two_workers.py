"""Two worker processes on one PostgreSQL: claims, take-over, the fence, one release at a time.

`DEVOPS_TUI_TEAM_RUNS=200` runs the whole of what `make test` runs a sample of.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import Postgres
from support.team_house import PATIENCE_S, TeamHouse, two_at_once
from support.team_worker import ENVIRONMENTS

from devops_tui.domain.audit import WorkerState
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.work import RunCommand

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]
RUNS = int(os.environ.get("DEVOPS_TUI_TEAM_RUNS", "24"))
SEED = int(os.environ.get("DEVOPS_TUI_TEAM_SEED", "1"))
TAKEN_OVER_S = 15.0


@pytest.fixture(params=["inline", "dbos"])
def house(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> Iterator[TeamHouse]:
    house = TeamHouse(tmp_path, postgres.url, request.param)
    yield house
    house.close()


def long_job(house: TeamHouse) -> Job:
    """A command that ends when the test says so."""
    gate = house.folder / "go"
    script = f"echo began >> {house.folder}/count; while ! [ -e {gate} ]; do sleep 0.1; done"
    return Job("wait", RunCommand(script))


@pytest.mark.timeout(60 + 5 * RUNS)
def test_one_release_at_a_time_whoever_is_killed(house: TeamHouse) -> None:
    chance = random.Random(SEED)  # noqa: S311 - which worker is killed, not a secret
    kills = 4 if RUNS >= 100 else 2
    names = ["w1", "w2"]
    for name in names:
        house.start(name)
    runs: list[RunId] = []
    for wave in range(kills):
        share = RUNS * (wave + 1) // kills
        runs += [house.release(number) for number in range(len(runs) + 1, share + 1)]
        wanted = len(runs) - RUNS // kills + chance.randrange(1, RUNS // kills // 2)
        house.until(lambda: house.count_over() >= wanted, PATIENCE_S + 2 * RUNS)  # noqa: B023 - now
        house.kill(names.pop(chance.randrange(2)))
        names.append(f"w{wave + 3}")
        house.start(names[-1], waits=False)
    house.until(lambda: house.count_over() == RUNS, PATIENCE_S + 2 * RUNS)
    assert {house.store.run(r).state for r in runs} == {State.OK}
    built = Counter((house.folder / "built").read_text().split())
    assert built == {str(n): 1 for n in range(1, RUNS + 1)}
    acted: Counter[str] = Counter()
    for environment in ENVIRONMENTS:
        records = house.records(environment)
        assert two_at_once(records) == []
        acted.update(r.split()[1] for r in records if r.startswith("begin"))
    assert acted == {str(r): 1 for r in runs}


def test_a_killed_worker_of_this_machine_is_replaced_at_once(house: TeamHouse) -> None:
    house.start("w1")
    run = house.file(1, (long_job(house),))
    house.until((house.folder / "count").exists)
    house.start("w2")
    house.kill("w1")
    taken_s = house.until(lambda: house.store.owner(run).owner == "w2")
    assert taken_s < 5
    (house.folder / "go").touch()
    house.until(lambda: house.is_over(run))
    assert house.store.run(run).state is State.OK
    assert (house.folder / "count").read_text() == "began\n"
    assert house.state("w1") is WorkerState.FENCED
    kinds = [e.kind for e in house.store.events(subject="w1")]
    assert kinds[-1] == "worker.taken_over"


def test_a_frozen_worker_comes_back_and_may_do_nothing(house: TeamHouse) -> None:
    """Frozen in the middle of a job, taken over when silent, woken: it writes and acts no more."""
    house.start("w1", "there")
    other = house.file(1, (long_job(house),), (Job("late", RunCommand("true")),))
    house.until((house.folder / "count").exists)
    house.start("w2", "elsewhere")
    house.signal("w1", signal.SIGSTOP)
    taken_s = house.until(lambda: house.state("w1") is WorkerState.FENCED)
    assert taken_s < TAKEN_OVER_S
    house.until(lambda: house.is_over(other))
    record = house.store.job_run(other, house.store.run(other).plan.job_ids[0])
    assert record.state is State.LOST  # its command is on a machine that nobody sees
    assert "beside its worker on there" in record.why
    before = house.store.events(limit=10_000)
    house.signal("w1", signal.SIGCONT)
    assert house.wait("w1") == 0
    after = [e for e in house.store.events(limit=10_000)[len(before) :] if e.subject != "w2"]
    assert after == []
    assert "was taken over" in house.said("w1")
    assert house.state("w1") is WorkerState.FENCED
    # the command that it had started was not stopped by it either
    (house.folder / "go").touch()
    spool = house.folder / "there" / "spool"
    house.until(lambda: any(p.name == "verdict" for p in spool.rglob("*")))


def test_only_a_worker_with_the_labels_takes_a_run(house: TeamHouse) -> None:
    house.start("w1", labels=("linux",))
    run = house.file(1, (Job("a", RunCommand("true")),), labels=("linux", "region=eu"))
    house.until(lambda: "region=eu" in house.store.run(run).why_waiting)
    assert house.store.run(run).why_waiting == (
        "waits for a worker with linux, region=eu: none is alive"
    )
    house.start("w2", labels=("linux", "region=eu"))
    house.until(lambda: house.is_over(run))
    assert house.store.owner(run).owner == "w2"


def test_one_of_them_leads_and_another_one_after_it(house: TeamHouse) -> None:
    leaders = house.folder / "leaders"
    house.start("w1")
    house.until(leaders.exists)
    house.start("w2")
    house.kill("w1")
    start = time.monotonic()
    house.until(lambda: leaders.read_text().split() == ["w1", "w2"])
    assert time.monotonic() - start < TAKEN_OVER_S
