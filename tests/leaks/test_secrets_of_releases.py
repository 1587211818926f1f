"""Twenty secret parameters through the start of a release and of a load job."""

from __future__ import annotations

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
from support.leaks import COUNT, PRINTS, SECRETS, Sampler, leaks

from devops_tui.domain.parameter import Given
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.traffic import Colour, ServiceStatus
from devops_tui.domain.work import BringUp, MeasureLoad

# each looks at the arguments of every process: also at those that another one plants
pytestmark = pytest.mark.xdist_group("postgres")  # where the one of the team store is

GIVEN = tuple(
    Given(f"secret_{number}", f"plain:{secret}", is_secret=True)
    for number, secret in enumerate(SECRETS)
)
SAYS = PRINTS.replace('startswith("SECRET_")', 'startswith("PARAM_SECRET_")').partition("open(")[0]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", **{"server.py": SERVER, "says.py": SAYS})
    ports = (free_port(), free_port(), free_port(), free_port())
    bench = JobBench(tmp_path, repo, shop_service(tmp_path, ports), "dbos")
    yield bench
    await bench.close()
    end_servers(tmp_path)


def end_servers(folder: Path) -> None:
    for file in folder.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)


async def test_no_secret_of_a_start_is_found_anywhere(bench: JobBench) -> None:
    folder = bench.folder
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = bench.workspace.services[SHOP]
    says = f"{sys.executable} {folder}/repo/says.py"
    changed = replace(service, up=f"{says}\n{service.up}")
    bench.workspace = replace(bench.workspace, services={SHOP: changed})
    build = command("build", "mkdir dist && cp server.py dist/server.py")
    start = f"{says}; exec {sys.executable} server.py"
    run_id = bench.add(
        (replace(build, artifacts=(ARTIFACT,)),),
        (Job("load", MeasureLoad(start, "/healthz", 0.5, 2)),),
        (Job("up", BringUp(SHOP, "server.py")),),
    )
    run = bench.store.run(run_id)
    bench.store.save_run(replace(run, plan=replace(run.plan, parameters=GIVEN)), run.state)
    with Sampler() as sampler:
        await bench.engine.submit(run_id)
        await bench.until(lambda: not bench.engine.active)
    assert bench.store.run(run_id).state is State.OK, bench.store.job_runs(run_id)
    assert sampler.jobs_seen, "the sampler never saw a start with its secrets: it cannot fail"
    assert {found for found in sampler.found if not _is_service(found)} == set()
    for job, host in (("s1/load", "local"), ("s2/up", "web1"), ("s2/up", "web2")):
        log = bench.log(run_id, job, host)
        assert log.count(b"plain ***") == COUNT
        assert leaks(log) == set()
    # the plan holds the references, which here are the values behind "plain:"
    bare = [(f, _without_plans(f)) for f in folder.rglob("*") if f.is_file()]
    assert {str(f): leaks(data) for f, data in bare if leaks(data)} == {}


def _is_service(found: str) -> bool:
    """The service that was given them: `setsid` takes it out of the job, with its variables."""
    return found.startswith("environment of") and "server.py" in found


def _without_plans(file: Path) -> bytes:
    """What a file holds beside references."""
    data = file.read_bytes()
    for secret in SECRETS:
        for spelled in {secret, secret.replace("\\", "\\\\").replace('"', '\\"')}:
            data = data.replace(b"plain:" + spelled.encode(), b"")
    return data
