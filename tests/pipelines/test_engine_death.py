"""A worker is killed with -9 in the middle of jobs; another goes on."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from support import engine_process
from support.engine_bench import KINDS
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.work import RunCommand

LINES = 2000
STEP = 500  # after so many lines a command waits for a word of the test


@pytest.fixture(params=KINDS)
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bench = JobBench(tmp_path, repo, kind=request.param)
    yield bench
    await bench.close()


async def worker(bench: JobBench) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, engine_process.__file__, str(bench.folder), bench.kind
    )


def go_on(steps: Path, *numbers: int) -> None:
    steps.mkdir(exist_ok=True)
    for number in numbers:
        (steps / str(number)).touch()


def is_said(bench: JobBench, run_id: RunId, line: bytes) -> bool:
    return all(line in bench.log(run_id, f"s0/{name}") for name in ("plain", "masked"))


@pytest.mark.parametrize("kills", [1, 4])
async def test_commands_run_once_and_their_logs_are_whole(bench: JobBench, kills: int) -> None:
    steps = bench.folder / "steps"
    go_on(steps)

    def script(name: str) -> str:
        return f"""
            echo ran >> {bench.folder}/{name}.count
            i=0; while [ $i -lt {LINES} ]; do
              echo "{name} line $i $TOKEN"
              i=$((i + 1))
              [ $((i % {STEP})) -eq 0 ] || continue
              while [ ! -e {steps}/$((i / {STEP})) ]; do sleep 0.02; done
            done
        """

    plain = command("plain", script("plain"))
    masked = Job("masked", RunCommand(script("masked"), secrets={"TOKEN": "plain:hunter2secret"}))
    run_id = bench.add((plain, masked), (command("last", "echo end"),))
    for kill in range(kills):
        process = await worker(bench)
        line = f"line {kill * STEP + 100} ".encode()
        await bench.until(partial(is_said, bench, run_id, line))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        go_on(steps, kill + 1)
    go_on(steps, *range(kills, LINES // STEP + 1))
    process = await worker(bench)
    assert await process.wait() == 0
    assert bench.store.run(run_id).state is State.OK
    for name, shown in (("plain", ""), ("masked", "***")):
        assert (bench.folder / f"{name}.count").read_text() == "ran\n"
        expected = [f"{name} line {i} {shown}" for i in range(LINES)]
        assert bench.log(run_id, f"s0/{name}").decode().splitlines() == expected
    kinds = [e.kind for e in bench.store.events(subject=run_id)]
    assert kinds.count("run.started") == 1
    assert kinds.count("run.finished") == 1
    assert kinds.count("job.started") == 3
    assert kinds.count("job.reattached") == 2 * kills
