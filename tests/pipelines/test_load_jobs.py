"""Load against a real service that the job starts and always stops."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import SERVER, JobBench

from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.work import LoadGate, MeasureLoad
from devops_tui.services.jobs.load_figures import breaches, summary

FIGURES = {
    "tps": 212.0,
    "mean_ms": 61.0,
    "p50_ms": 50.0,
    "p95_ms": 90.0,
    "p99_ms": 95.0,
    "max_ms": 99.0,
    "requests": 1000,
    "errors": 20,
    "error_ratio": 0.02,
}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    (repo.folder / "server.py").write_text(SERVER)
    repo.commit("first")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


def load(bench: JobBench, path: str = "/healthz", duration_s: float = 1.2, **gate: float) -> Job:
    start = f"echo $$ >> {bench.folder}/pids; exec {sys.executable} server.py"
    return Job("load", MeasureLoad(start, path, duration_s, 4, LoadGate(**gate)))


def pids(bench: JobBench) -> list[int]:
    return [int(x) for x in (bench.folder / "pids").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


async def test_figures_are_measured_and_the_service_is_stopped(bench: JobBench) -> None:
    run_id = await bench.to_end((load(bench),))
    record = bench.record(run_id, "s0/load")
    assert record.state is State.OK, record.why
    figures = record.figures
    assert figures["requests"] > 10
    assert figures["errors"] == 0
    assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"] <= figures["max_ms"]
    assert figures["tps"] == pytest.approx(figures["requests"] / 1.2, rel=0.5)
    said = bench.log(run_id, "s0/load", "load").decode()
    assert "4 connections ask /healthz for 1.2 s" in said
    assert "    1 s" in said
    assert said.endswith("0 errors (0 %)\n")
    assert [is_alive(p) for p in pids(bench)] == [False]


async def test_a_gate_that_is_not_reached_fails_with_its_figures(bench: JobBench) -> None:
    run_id = await bench.to_end((load(bench, max_mean_ms=0.0001, min_tps=1e9),))
    record = bench.record(run_id, "s0/load")
    assert record.state is State.FAILED
    assert "tps < 1e+09 tps; mean " in record.why
    assert record.figures["requests"] > 0


async def test_errors_count(bench: JobBench) -> None:
    run_id = await bench.to_end((load(bench, "/missing"),))
    record = bench.record(run_id, "s0/load")
    assert record.state is State.FAILED
    assert record.why == "100 % errors > 1 %"
    assert record.figures["error_ratio"] == 1.0


async def test_a_service_that_does_not_start_is_named(bench: JobBench) -> None:
    run_id = await bench.to_end((Job("load", MeasureLoad("echo broken; exit 9")),))
    record = bench.record(run_id, "s0/load")
    assert (record.state, record.exit_code) == (State.FAILED, 9)
    assert "exit code 9 at its start" in record.why
    assert bench.log(run_id, "s0/load") == b"broken\n"


async def test_cancel_stops_the_service(bench: JobBench) -> None:
    run_id = bench.add((load(bench, duration_s=600),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: b"connections ask" in bench.log(run_id, "s0/load", "load"))
    await bench.engine.cancel(run_id)
    assert bench.record(run_id, "s0/load").state is State.CANCELLED
    assert [is_alive(p) for p in pids(bench)] == [False]


async def test_after_a_restart_it_measures_anew_and_leaves_nothing(bench: JobBench) -> None:
    run_id = bench.add((load(bench, duration_s=2.0),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: b"connections ask" in bench.log(run_id, "s0/load", "load"))
    await bench.stop_worker()
    bench.start_worker()
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/load").state is State.OK, bench.record(run_id, "s0/load").why
    assert [is_alive(p) for p in pids(bench)] == [False, False]
    assert bench.log(run_id, "s0/load", "load").count(b"connections ask") == 2


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (LoadGate(max_error_ratio=0.02), []),
        (LoadGate(), ["2 % errors > 1 %"]),
        (LoadGate(min_tps=300, max_error_ratio=1), ["212 tps < 300 tps"]),
        (LoadGate(max_mean_ms=50, max_error_ratio=1), ["mean 61 ms > 50 ms"]),
        (LoadGate(max_p95_ms=80, max_error_ratio=1), ["p95 90 ms > 80 ms"]),
        (LoadGate(212, 61, 90, 0.02), []),
    ],
)
def test_breaches(gate: LoadGate, expected: list[str]) -> None:
    assert breaches(FIGURES, gate) == expected


def test_the_summary_reads_well() -> None:
    assert summary(FIGURES) == (
        "212 transactions/s, mean 61 ms\n"
        "p50 50  p95 90  p99 95  max 99 ms\n"
        "1000 requests, 20 errors (2 %)"
    )
