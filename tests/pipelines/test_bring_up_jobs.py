"""An artifact goes to real folders and real servers of the idle colour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import (
    ARTIFACT,
    SERVER,
    SHOP,
    WEB1,
    JobBench,
    command,
    end_servers,
    free_ports,
    shop_service,
)

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.traffic import Balancer, Colour, ServiceStatus
from devops_tui.domain.work import BringUp
from devops_tui.services import pipelines
from devops_tui.stores.repository import FileRepository
from devops_tui.transports.local import LocalTransport


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    (repo.folder / "server.py").write_text(SERVER)
    repo.commit("first")
    bench = JobBench(tmp_path, repo, shop_service(tmp_path, free_ports()))
    yield bench
    await bench.close()
    end_servers(tmp_path)


def build() -> Job:
    job = command("build", "mkdir dist && cp server.py dist/server.py")
    return replace(job, artifacts=(ARTIFACT,))


def up(name: str = "server.py", timeout_s: float = 60.0) -> Job:
    return Job("up", BringUp(SHOP, name), timeout_s=timeout_s)


async def test_the_idle_colour_gets_the_artifact_and_becomes_the_version(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE, versions={"blue": "old"}))
    run_id = await bench.to_end((build(),), (up(),))
    record = bench.record(run_id, "s1/up")
    version = bench.repo.git("rev-parse", "HEAD")[:7]
    assert record.state is State.OK, record.why
    assert record.why == f"green is {version}"
    status = bench.store.service_status(SHOP)
    (artifact,) = bench.store.artifacts(run_id)
    assert status.live is Colour.BLUE
    assert status.digests == {"green": artifact.digest}
    assert status.versions == {"blue": "old", "green": version}
    assert bench.log(run_id, "s1/up", "web2").decode() == f"started {version} on web2\n"
    installed = bench.events("artifact.installed")
    assert sorted(e.data["host"] for e in installed) == ["web1", "web2"]
    for event in installed:
        assert event.data["path"] == str(bench.folder / "install" / "green" / "server.py")
    assert (bench.folder / "install" / "green" / "server.py").read_text() == SERVER
    assert not list(bench.folder.glob("*.blue.pid"))


async def test_again_on_the_other_colour_after_a_flip(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    await bench.to_end((build(),), (up(),))
    bench.store.save_service(replace(bench.store.service_status(SHOP), live=Colour.GREEN))
    bench.repo.commit("second")
    run_id = await bench.to_end((build(),), (up(),), number=2)
    assert bench.record(run_id, "s1/up").state is State.OK
    versions = bench.store.service_status(SHOP).versions
    assert versions["blue"] == bench.repo.git("rev-parse", "HEAD")[:7]
    assert versions["green"] == bench.repo.git("rev-parse", "HEAD~1")[:7]


async def test_without_a_known_live_colour_nothing_is_touched(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.services.jobs.bring_up._READ_PATIENCE_S", 0.1)
    run_id = await bench.to_end((build(),), (up(),))
    assert bench.record(run_id, "s1/up").state is State.FAILED
    assert "nobody knows which colour" in bench.record(run_id, "s1/up").why
    drifted = ServiceStatus(SHOP, live=Colour.BLUE, balancers=(Balancer(WEB1, Colour.GREEN),))
    bench.store.save_service(drifted)
    again = await bench.to_end((build(),), (up(),), number=2)
    assert "green does" in bench.record(again, "s1/up").why
    assert not (bench.folder / "install").exists()


async def test_a_colour_that_a_canary_gives_requests_to_is_not_touched(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE, canary=25))
    run_id = await bench.to_end((build(),), (up(),))
    why = bench.record(run_id, "s1/up").why
    assert "green answers 25 % of the requests of shop" in why
    assert not (bench.folder / "install").exists()


async def test_a_host_that_does_not_become_well_is_named_with_its_answer(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.services.jobs.bring_up._HEALTH_PATIENCE_S", 2.0)
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE, versions={"green": "older"}))
    service = bench.workspace.services[SHOP]
    wrong = service.up.replace('echo "started', 'echo "').replace("setsid", "VERSION=wrong setsid")
    bench.workspace = replace(bench.workspace, services={SHOP: replace(service, up=wrong)})
    run_id = await bench.to_end((build(),), (up(),))
    record = bench.record(run_id, "s1/up")
    assert record.state is State.FAILED
    assert record.why.startswith("green on web1: not well after 2 s, it says: version wrong, not")
    assert bench.store.service_status(SHOP).versions == {}


async def test_a_start_that_fails_is_named(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = replace(bench.workspace.services[SHOP], up="echo no room; exit 5")
    bench.workspace = replace(bench.workspace, services={SHOP: service})
    run_id = await bench.to_end((build(),), (up(),))
    record = bench.record(run_id, "s1/up")
    assert record.state is State.FAILED
    told = "its start ended with exit code 5"
    assert record.why == f"green on web1: {told}, web2: {told}"
    assert [(o.host, o.state, o.exit_code, o.why) for o in record.hosts] == [
        (host, State.FAILED, 5, told) for host in ("web1", "web2")
    ]


async def test_an_artifact_that_the_run_did_not_build(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    run_id = await bench.to_end((build(),), (up("other"),))
    why = bench.record(run_id, "s1/up").why
    assert why == "no stage before built other in shop-1. What it has: dist/server.py."


async def test_a_link_that_breaks_during_the_upload_is_waited_for(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.services.jobs.bring_up._LINK_AGAIN_S", 0.01)
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    put, puts = LocalTransport.put, 0

    async def break_twice(self: LocalTransport, source: Path, target: str, mode: int) -> None:
        nonlocal puts
        puts += 1
        if puts <= 2:
            raise HostUnreachable("the link broke")
        await put(self, source, target, mode)

    monkeypatch.setattr(LocalTransport, "put", break_twice)
    run_id = await bench.to_end((build(),), (up(),))
    assert bench.record(run_id, "s1/up").state is State.OK
    assert puts == 4
    assert len(bench.events("artifact.installed")) == 2


async def test_a_host_that_stays_away_ends_the_wait(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.services.jobs.bring_up._LINK_AGAIN_S", 0.01)
    monkeypatch.setattr("devops_tui.services.jobs.bring_up._LINK_PATIENCE_S", 0.1)
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))

    async def break_always(self: LocalTransport, source: Path, target: str, mode: int) -> None:
        raise HostUnreachable(f"{self.host} does not answer", "Is it up?")

    monkeypatch.setattr(LocalTransport, "put", break_always)
    run_id = await bench.to_end((build(),), (up(),))
    record = bench.record(run_id, "s1/up")
    assert record.state is State.FAILED
    assert record.why == "green on web1: web1 does not answer, web2: web2 does not answer"
    assert all(o.is_unreached for o in record.hosts)
    assert bench.store.service_status(SHOP).digests == {}


async def rerun(bench: JobBench, run_id: RunId) -> RunId:
    """What failed is repeated, by a new run."""
    bench.store.next_run_number("shop")  # the bench counts by itself
    run = pipelines.rerun(bench.store, bench.clock, run_id, "failed", actor="jun")
    await bench.engine.submit(run.id)
    await bench.until(lambda: not bench.engine.active)
    return run.id


async def test_only_the_failed_host_is_touched_again(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = bench.workspace.services[SHOP]
    gate = bench.folder / "open"
    head = f'echo "$HOST" >>"{bench.folder}/ups"; [ $HOST = web1 ] || [ -e "{gate}" ] || exit 7\n'
    bench.workspace = replace(
        bench.workspace, services={SHOP: replace(service, up=head + service.up)}
    )
    run_id = await bench.to_end((build(),), (up(),))
    record = bench.record(run_id, "s1/up")
    assert record.why == "green on web2: its start ended with exit code 7"
    assert [(o.host, o.state) for o in record.hosts] == [
        ("web1", State.OK),
        ("web2", State.FAILED),
    ]
    assert bench.store.service_status(SHOP).digests == {}

    gate.touch()
    again = await rerun(bench, run_id)
    record = bench.record(again, "s1/up")
    assert record.state is State.OK, record.why
    assert [(o.host, o.state, o.attempt) for o in record.hosts] == [
        ("web1", State.OK, 0),
        ("web2", State.OK, 1),
    ]
    assert (bench.folder / "ups").read_text().split() in (
        ["web1", "web2", "web2"],
        ["web2", "web1", "web2"],
    )
    assert bench.store.service_status(SHOP).versions["green"]


async def test_a_host_that_fell_ill_since_is_brought_up_again(bench: JobBench) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    service = bench.workspace.services[SHOP]
    gate = bench.folder / "open"
    head = f'echo "$HOST" >>"{bench.folder}/ups"; [ $HOST = web1 ] || [ -e "{gate}" ] || exit 7\n'
    bench.workspace = replace(
        bench.workspace, services={SHOP: replace(service, up=head + service.up)}
    )
    run_id = await bench.to_end((build(),), (up(),))
    end_servers(bench.folder)
    gate.touch()
    record = bench.record(await rerun(bench, run_id), "s1/up")
    assert record.state is State.OK, record.why
    assert [(o.host, o.attempt) for o in record.hosts] == [("web1", 1), ("web2", 1)]
    assert sorted((bench.folder / "ups").read_text().split()) == ["web1"] * 2 + ["web2"] * 2


async def test_a_file_of_another_worker_s_machine_is_told_in_the_verdict(
    bench: JobBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    for name, machine in (("bench", "ops-1"), ("other", "ops-2")):
        now, state = bench.clock.now(), WorkerState.WORKING
        worker = Worker(WorkerId(name), machine, 7, "1", state, now, now, place=f"{machine}:/s")
        bench.store.save_worker(worker)
    first = await bench.to_end((build(),))
    assert bench.record(first, "s0/build").state is State.OK
    (artifact,) = bench.store.artifacts(first)
    await bench.stop_worker()
    bench.repository = FileRepository(bench.folder / "elsewhere")
    bench.start_worker()
    monkeypatch.setattr(bench.shelf, "_worker", "other")
    job = Job("up", BringUp(SHOP, "server.py", pipeline="shop"))
    second = await bench.to_end((job,), number=2)
    record = bench.record(second, "s0/up")
    assert record.state is State.FAILED
    digest = artifact.digest[:19]
    assert record.why.startswith(f"{ARTIFACT} ({digest}) lies on ops-1, with the worker that")
    assert "Keep artifacts where all workers reach them" in record.why
