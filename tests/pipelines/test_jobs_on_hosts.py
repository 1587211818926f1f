"""Jobs on hosts over real SSH: batches, what is kept of each host, who is tried again."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.host_bench import HostBench, host_bench, on

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.batches import HostCount
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.work import RunCommand
from devops_tui.services.pipelines import rerun
from devops_tui.services.repairs import rerun_job, resolve_lost

ONE, QUARTER, ALL = HostCount(1), HostCount(ratio=0.25), HostCount(ratio=1.0)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[HostBench]:
    async with host_bench(tmp_path, 6) as made:
        yield made


def in_batches(job: Job, *sizes: HostCount, max_failed: HostCount | None = None) -> Job:
    assert isinstance(job.work, RunCommand)
    work = replace(job.work, batches=sizes, max_failed=max_failed or HostCount())
    return replace(job, work=work)


async def test_batches_begin_one_after_the_other(bench: HostBench) -> None:
    job = in_batches(on(bench.names, "sleep 0.2"), ONE, QUARTER, ALL)
    run_id = await bench.to_end((job,))
    outcomes = bench.outcomes(run_id)
    assert [o.batch for o in outcomes.values()] == [1, 2, 2, 3, 3, 3]
    assert {o.state for o in outcomes.values()} == {State.OK}
    for o in outcomes.values():
        assert o.started_at is not None
        assert o.ended_at is not None
        assert (o.ended_at - o.started_at).total_seconds() >= 0.2
        assert o.exit_code == 0
    for earlier, later in ((1, 2), (2, 3)):
        ends = [o.ended_at for o in outcomes.values() if o.batch == earlier and o.ended_at]
        starts = [o.started_at for o in outcomes.values() if o.batch == later and o.started_at]
        assert max(ends) <= min(starts)
    assert all(bench.times(name) == 1 for name in bench.names)


async def test_the_first_failure_stops_the_batches_behind_it(bench: HostBench) -> None:
    script = "case $HOME in *web-2) exit 4 ;; esac"
    run_id = await bench.to_end((in_batches(on(bench.names, script), ONE, QUARTER, ALL),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.exit_code) == (State.FAILED, 4)
    assert record.why == "web-2: exit code 4; 3 hosts never had their turn"
    states = [o.state for o in record.hosts]
    assert states == [State.OK, State.FAILED, State.OK, *[State.SKIPPED] * 3]
    assert [bench.times(name) for name in bench.names] == [1, 1, 1, 0, 0, 0]


async def test_so_many_may_fail(bench: HostBench) -> None:
    script = "case $HOME in *web-[25]) exit 4 ;; esac"
    allowed = in_batches(on(bench.names, script), ONE, max_failed=HostCount(2))
    too_few = in_batches(on(bench.names, script), ONE, max_failed=HostCount(ratio=0.2))
    run_id = await bench.to_end((allowed,))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.OK
    assert record.why == "2 hosts failed, 2 may: web-2: exit code 4, web-5: exit code 4"
    run_id = await bench.to_end((too_few,), number=2)
    assert [o.state for o in bench.record(run_id, "s0/a").hosts][4:] == [
        State.FAILED,
        State.SKIPPED,
    ]


async def test_only_failed_hosts_are_tried_again(bench: HostBench) -> None:
    script = (
        'case $HOME in *web-[35]) [ -e "$HOME/again" ] || { : > "$HOME/again"; exit 75; };; esac'
    )
    job = on(bench.names, script, retries=2, backoff=Backoff(0.2, codes=(75,)))
    run_id = await bench.to_end((job,))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt) == (State.OK, 2)
    assert [bench.times(name) for name in bench.names] == [1, 1, 2, 1, 2, 1]
    assert [o.attempt for o in record.hosts] == [1, 1, 2, 1, 2, 1]
    assert bench.log(run_id, "s0/a", "web-3", attempt=2) == b""


async def test_other_exit_codes_are_not_tried_again(bench: HostBench) -> None:
    script = "case $HOME in *web-3) exit 75 ;; *web-5) exit 1 ;; esac"
    job = on(bench.names, script, retries=2, backoff=Backoff(codes=(75,)))
    run_id = await bench.to_end((job,))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt) == (State.FAILED, 1)


async def test_an_unreachable_host_is_tried_again_as_255(bench: HostBench) -> None:
    way = bench.ways[bench.names[1]]
    way.drop_next(100)
    job = on(bench.names[:2], "true", retries=1, backoff=Backoff(0.3, codes=(255,)))
    run_id = bench.add((job,))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.record(run_id, "s0/a").retry_at is not None)
    way.drop_next(0)
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt) == (State.OK, 2), record.why
    assert [bench.times(name) for name in bench.names[:2]] == [1, 1]


async def test_another_worker_goes_on_in_the_middle_of_a_batch(bench: HostBench) -> None:
    script = 'case $HOME in *web-1) ;; *) while [ ! -e "$HOME/go" ]; do sleep 0.05; done ;; esac'
    run_id = bench.add((in_batches(on(bench.names, script), ONE, HostCount(2), ALL),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.times(bench.names[2]) == 1)
    await bench.another_worker()
    for name in bench.names:
        (bench.home(name) / "go").touch()
    await bench.until(lambda: not bench.engine.active)
    outcomes = bench.outcomes(run_id)
    assert {o.state for o in outcomes.values()} == {State.OK}
    assert [bench.times(name) for name in bench.names] == [1] * 6


WEAK = 'case $HOME in *web-[35]) [ -e "$HOME/mended" ] || exit 4 ;; esac'


def mend(bench: HostBench) -> None:
    for name in bench.names:
        (bench.home(name) / "mended").touch()


async def test_a_rerun_of_what_failed_repeats_only_the_failed_hosts(bench: HostBench) -> None:
    first = await bench.to_end((in_batches(on(bench.names, WEAK), HostCount(3), ALL),))
    assert bench.store.next_run_number("shop") == 1  # the bench counts by itself
    mend(bench)
    run = rerun(bench.store, bench.clock, first, "failed", actor="jun")
    await bench.engine.submit(run.id)
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run.id, "s0/a")
    assert record.state is State.OK
    assert [o.attempt for o in record.hosts] == [0, 0, 1, 1, 1, 1]
    assert [bench.times(name) for name in bench.names] == [1, 1, 2, 1, 1, 1]
    assert run.plan == bench.store.run(first).plan


async def test_a_job_tried_again_in_its_run_repeats_only_the_failed_hosts(
    bench: HostBench,
) -> None:
    wait = 'while [ ! -e "$HOME/mended" ]; do sleep 0.05; done'
    run_id = bench.add((on(bench.names, WEAK), on(bench.names[:1], wait, name="b")))
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.record(run_id, "s0/a").state is State.FAILED)
    for name in bench.names[1:]:
        (bench.home(name) / "mended").touch()
    rerun_job(bench.store, bench.clock, run_id, JobId("s0/a"), "jun")
    await bench.until(lambda: bench.record(run_id, "s0/a").state is State.OK)
    assert bench.record(run_id, "s0/b").state is State.RUNNING
    mend(bench)
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK
    assert [o.attempt for o in bench.record(run_id, "s0/a").hosts] == [1, 1, 2, 1, 2, 1]
    assert [bench.times(name) for name in bench.names] == [2, 1, 2, 1, 2, 1]


async def test_batches_behind_a_lost_host_go_on_when_it_is_resolved(bench: HostBench) -> None:
    script = 'case $HOME in *web-1) echo "$PPID $$" > "$HOME/pids"; exec sleep 60 ;; esac'
    names = bench.names[:3]
    run_id = bench.add((in_batches(on(names, script), ONE, ALL),), (on(names, "true"),))
    await bench.engine.submit(run_id)
    pids = bench.home(names[0]) / "pids"
    await bench.until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    for pid in pids.read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run_id, "s0/a")
    assert [o.state for o in record.hosts] == [State.LOST, State.SKIPPED, State.SKIPPED]
    assert bench.store.run(run_id).state is State.LOST
    workspace = replace(bench.workspace, team=Team((Member("jun", (Role.MEMBER,)),)))
    job_id = JobId("s0/a")
    resolve_lost(bench.store, bench.clock, workspace, run_id, job_id, "jun", "it slept", is_ok=True)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK, bench.record(run_id, "s0/a").why
    assert [o.attempt for o in bench.record(run_id, "s0/a").hosts] == [1, 2, 2]
    assert [bench.times(name) for name in names] == [2, 2, 2]


async def test_a_host_that_failed_stays_failed_beside_one_that_is_resolved(
    bench: HostBench,
) -> None:
    script = """case $HOME in
        *web-1) echo "$PPID $$" > "$HOME/pids"; exec sleep 60 ;;
        *) exit 4 ;;
    esac"""
    run_id = bench.add((on(bench.names[:2], script),))
    await bench.engine.submit(run_id)
    pids = bench.home(bench.names[0]) / "pids"
    await bench.until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    for pid in pids.read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    await bench.until(lambda: not bench.engine.active)
    workspace = replace(bench.workspace, team=Team((Member("jun", (Role.MEMBER,)),)))
    job_id = JobId("s0/a")
    resolve_lost(bench.store, bench.clock, workspace, run_id, job_id, "jun", "it slept", is_ok=True)
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert record.why.startswith("web-2: exit code 4; jun says that it ended well")
    assert bench.store.run(run_id).state is State.FAILED
