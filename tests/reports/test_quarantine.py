"""A test in quarantine fails no job until its day, and that is said in every place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.quarantine import QUARANTINED, Quarantine
from devops_tui.services.quarantines import end_quarantine, quarantine

GOOD = '<testcase classname="c" name="good"/>'
BAD = '<testcase classname="c" name="{}"><failure message="boom"/></testcase>'
WHY = "waits for SHOP-31"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    bench.quarantine.append(Quarantine("s::c::shaky", bench.clock.now() + timedelta(days=3), WHY))
    yield bench
    await bench.close()


def job_with(*names: str, end: str = "exit 1") -> Job:
    cases = GOOD + "".join(BAD.format(name) for name in names)
    script = f"cat > unit.xml <<'END'\n<testsuite name=\"s\">{cases}</testsuite>\nEND\n{end}"
    return replace(command("a", script), reports=("*.xml",))


async def test_a_quarantined_failure_fails_nothing_and_is_told(bench: JobBench) -> None:
    run_id = await bench.to_end((job_with("shaky"),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.exit_code) == (State.OK, 1)
    assert "1 failed test is in quarantine" in record.why
    assert record.figures[QUARANTINED] == 1
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert "QUARANTINED until" in said
    assert WHY in said
    assert bench.store.run(run_id).state is State.OK


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (job_with("shaky", "other"), "another test failed, too"),
        (job_with("shaky", end="exit 3"), "the command says that more is wrong"),
        (job_with("shaky", end="echo '<broken' > b.xml; exit 1"), "a report cannot be read"),
        (job_with(), "the command failed and no test did"),
    ],
)
async def test_anything_else_that_is_wrong_fails_it(bench: JobBench, job: Job, why: str) -> None:
    run_id = await bench.to_end((job,))
    assert bench.record(run_id, "s0/a").state is State.FAILED, why


async def test_from_its_end_on_the_test_counts_again(bench: JobBench) -> None:
    over = Quarantine("s::c::shaky", bench.clock.now() - timedelta(days=1), WHY)
    bench.quarantine[:] = [over]
    run_id = await bench.to_end((job_with("shaky"),))
    assert bench.record(run_id, "s0/a").state is State.FAILED
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert f"the quarantine of s::c::shaky ended on {over.until:%Y-%m-%d}" in said


async def test_of_another_pipeline_it_covers_nothing(bench: JobBench) -> None:
    bench.quarantine[:] = [replace(bench.quarantine[0], pipeline="elsewhere")]
    run_id = await bench.to_end((job_with("shaky"),))
    assert bench.store.job_run(run_id, JobId("s0/a")).state is State.FAILED


async def test_what_somebody_asks_for_covers_it_too(bench: JobBench) -> None:
    (asked,) = bench.quarantine
    bench.quarantine[:] = []
    quarantine(bench.store, bench.clock, replace(asked, actor="jun"))
    run_id = await bench.to_end((job_with("shaky"),))
    assert bench.record(run_id, "s0/a").state is State.OK


async def test_what_somebody_ended_covers_nothing(bench: JobBench) -> None:
    (asked,) = bench.quarantine
    bench.quarantine[:] = []
    quarantine(bench.store, bench.clock, replace(asked, actor="jun"))
    end_quarantine(bench.store, bench.clock, asked.test, "jun", "mended")
    run_id = await bench.to_end((job_with("shaky"),))
    assert bench.record(run_id, "s0/a").state is State.FAILED
