"""A stop is told over the session that followers share, and goes on without it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from devops_tui.domain.audit import CommandRecord
from devops_tui.transports.jobctl import JobctlRunner
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.recorded import RecordedTransport

DEAF = 'trap "echo asked >> {0}/asked" TERM; echo $$ > {0}/pid; while :; do sleep 0.05; done\n'


async def until(is_so: Callable[[], bool], patience_s: float = 20.0) -> None:
    ends = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < ends, "it did not come to be so"
        await asyncio.sleep(0.01)


def is_there(file: Path) -> bool:
    return file.exists() and bool(file.read_text().strip())


def lives(folder: Path) -> bool:
    with suppress(OSError):
        os.kill(int((folder / "pid").read_text()), 0)
        return True
    return False


@asynccontextmanager
async def runner_of(folder: Path, records: list[CommandRecord]) -> AsyncIterator[JobctlRunner]:
    """On this machine; its session is gone before the loop is."""
    here = LocalTransport()
    runner = JobctlRunner(RecordedTransport(here, records.append, str), str(folder / "spool"))
    try:
        yield runner
    finally:
        runner.close()
        await here.close()


async def test_it_costs_no_command_of_its_own_and_is_recorded(tmp_path: Path) -> None:
    records: list[CommandRecord] = []
    async with runner_of(tmp_path, records) as runner:
        await runner.start("deaf", DEAF.format(tmp_path), env={}, secrets={}, folder="")
        await until(lambda: is_there(tmp_path / "pid"))
        records.clear()
        stopped = await runner.stop("deaf", 1)
        assert (stopped.state, stopped.exit_code) == ("done", 137)
        assert (tmp_path / "asked").read_text() == "asked\n"
        assert [(r.command, r.exit_code) for r in records] == [("# stop 'deaf'", 0)]


async def test_others_are_answered_while_the_grace_passes(tmp_path: Path) -> None:
    async with runner_of(tmp_path, []) as runner:
        await runner.start("deaf", DEAF.format(tmp_path), env={}, secrets={}, folder="")
        await until(lambda: is_there(tmp_path / "pid"))
        stopping = asyncio.create_task(runner.stop("deaf", 30))
        await until(lambda: is_there(tmp_path / "asked"))
        await runner.start("other", "echo heard", env={}, secrets={}, folder="")
        heard = b"".join([piece async for piece in runner.follow("other", 0)])
        assert heard == b"heard\n"
        assert not stopping.done()
        os.kill(int((tmp_path / "pid").read_text()), 9)
        assert (await stopping).exit_code == 137


async def test_the_grace_outlives_the_link(tmp_path: Path) -> None:
    async with runner_of(tmp_path, []) as runner:
        await runner.start("deaf", DEAF.format(tmp_path), env={}, secrets={}, folder="")
        await until(lambda: is_there(tmp_path / "pid"))
        stopping = asyncio.create_task(runner.stop("deaf", 1))
        await until(lambda: is_there(tmp_path / "asked"))
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await stopping
        runner.close()
        await until(lambda: not lives(tmp_path))
