"""Secret parameters reach the service that a load job starts, and what `up` starts: unseen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.haproxy import free_port
from support.job_bench import ARTIFACT, SERVER, SHOP, JobBench, command, shop_service

from devops_tui.domain.ids import RunId
from devops_tui.domain.parameter import Given
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.traffic import Colour, ServiceStatus
from devops_tui.domain.work import BringUp, MeasureLoad

SECRET = "hunter2-of-a-parameter"
GIVEN = (Given("token", f"plain:{SECRET}", is_secret=True), Given("size", "7"))
SAYS = 'echo "token is $PARAM_TOKEN, size $PARAM_SIZE"; printf %s "$PARAM_TOKEN" > '


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    (repo.folder / "server.py").write_text(SERVER)
    repo.commit("first")
    ports = (free_port(), free_port(), free_port(), free_port())
    bench = JobBench(tmp_path, repo, shop_service(tmp_path, ports))
    yield bench
    await bench.close()
    end_servers(tmp_path)


def end_servers(folder: Path) -> None:
    for file in folder.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)


async def to_end(bench: JobBench, *stages: tuple[Job, ...]) -> RunId:
    run_id = bench.add(*stages)
    run = bench.store.run(run_id)
    bench.store.save_run(replace(run, plan=replace(run.plan, parameters=GIVEN)), run.state)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    return run_id


def spool_of(bench: JobBench) -> bytes:
    """All that lies in the spool beside the commands' own output."""
    files = (f for f in (bench.folder / "spool").rglob("*") if f.is_file() and f.name != "output")
    return b"".join(file.read_bytes() for file in files)


async def test_the_service_under_load_gets_them(bench: JobBench) -> None:
    start = f"{SAYS}{bench.folder}/seen; exec {sys.executable} server.py"
    run_id = await to_end(bench, (Job("load", MeasureLoad(start, "/healthz", 0.5, 2)),))
    assert bench.record(run_id, "s0/load").state is State.OK
    assert (bench.folder / "seen").read_text() == SECRET
    assert bench.log(run_id, "s0/load") == b"token is ***, size 7\n"
    assert SECRET.encode() not in spool_of(bench)


async def test_what_a_release_starts_gets_them(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = bench.workspace.services[SHOP]
    up = f'{SAYS}"{bench.folder}/$HOST.seen"\n{service.up}'
    bench.workspace = replace(bench.workspace, services={SHOP: replace(service, up=up)})
    build = command("build", "mkdir dist && cp server.py dist/server.py")
    run_id = await to_end(
        bench, (replace(build, artifacts=(ARTIFACT,)),), (Job("up", BringUp(SHOP, "server.py")),)
    )
    assert bench.record(run_id, "s1/up").state is State.OK, bench.record(run_id, "s1/up").why
    for host in ("web1", "web2"):
        assert (bench.folder / f"{host}.seen").read_text() == SECRET
        assert bench.log(run_id, "s1/up", host).startswith(b"token is ***, size 7\nstarted ")
    assert SECRET.encode() not in spool_of(bench)


async def test_a_follower_that_begins_again_masks_the_same(bench: JobBench) -> None:
    """The log of a start whose worker died half-way has neither a gap nor the secret."""
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = bench.workspace.services[SHOP]
    slow = f'echo "a $PARAM_TOKEN"; while [ ! -e "{bench.folder}/go" ]; do sleep 0.05; done\n'
    more = 'echo "b $PARAM_TOKEN"\n'
    changed = replace(service, up=f"{slow}{more}{service.up}")
    bench.workspace = replace(bench.workspace, services={SHOP: changed})
    build = command("build", "mkdir dist && cp server.py dist/server.py")
    run_id = bench.add(
        (replace(build, artifacts=(ARTIFACT,)),), (Job("up", BringUp(SHOP, "server.py")),)
    )
    run = bench.store.run(run_id)
    bench.store.save_run(replace(run, plan=replace(run.plan, parameters=GIVEN)), run.state)
    await bench.engine.submit(run_id)
    await bench.until(lambda: b"a ***" in bench.log(run_id, "s1/up", "web1"))
    await bench.stop_worker()
    bench.start_worker()
    await asyncio.to_thread((bench.folder / "go").touch)
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s1/up").state is State.OK, bench.record(run_id, "s1/up").why
    assert bench.log(run_id, "s1/up", "web1").startswith(b"a ***\nb ***\nstarted ")
