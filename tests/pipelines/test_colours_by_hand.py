"""Colours by hand: up by a pipeline's own deployment, in batches; down; warm for longer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import (
    ARTIFACT,
    SERVER,
    SHOP,
    WEB1,
    WEB2,
    JobBench,
    command,
    end_servers,
    free_ports,
    shop_service,
)

from devops_tui.domain.batches import HostCount
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import Job, Pipeline, Run, Stage, StageKind, State
from devops_tui.domain.switching import NginxConfig
from devops_tui.domain.traffic import Colour, Service, ServiceStatus
from devops_tui.domain.work import BringUp
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.services import colour_runs
from devops_tui.services.flips import Flips
from devops_tui.services.server_health import ask_servers
from devops_tui.services.traffic_hold import TrafficHold
from devops_tui.services.warm_time import WarmTime

BLUE, GREEN = Colour.BLUE, Colour.GREEN
LB = HostName("lb-1")


class Door:
    """A balancer that says what a test wants."""

    host = LB
    abilities = SwitchAbilities(True, True, False, True, True)

    def __init__(self, serves: Colour) -> None:
        self.reading = SwitchReading(serves, in_flight={"blue": 0, "green": 0})

    async def read(self) -> SwitchReading:
        return self.reading

    def plan(self, to: Colour) -> tuple[str, ...]:
        return ()

    async def prepare(self, to: Colour, fence: int) -> str:
        raise AssertionError("nobody flips here")

    async def commit(self, token: str) -> None:
        raise AssertionError("nobody flips here")

    async def abandon(self, token: str) -> None:
        raise AssertionError("nobody flips here")


class House(JobBench):
    """A service whose blue and green were both brought up by hand; green serves."""

    @property
    def service(self) -> Service:
        return self.workspace.services[SHOP]

    def status(self) -> ServiceStatus:
        return self.store.service_status(SHOP)

    def mark(self, **fields: object) -> None:
        self.store.save_service(replace(self.status(), **fields))  # type: ignore[arg-type]

    def change(self, **fields: object) -> None:
        service = replace(self.service, **fields)  # type: ignore[arg-type]
        self.workspace = replace(self.workspace, services={SHOP: service})

    async def up(self, colour: Colour | None = None, said: str = "", *sizes: int) -> Run:
        batches = [HostCount(size) for size in sizes]
        run = colour_runs.bring_up(
            self.store, self.clock, self.workspace, SHOP, colour, said, batches, "jun", "by hand"
        )
        return await self.ended(run)

    async def down(self, colour: Colour | None = None) -> Run:
        run = colour_runs.take_down(
            self.store, self.clock, self.workspace, SHOP, colour, "jun", "old"
        )
        return await self.ended(run)

    async def ended(self, run: Run) -> Run:
        await self.engine.submit(run.id)
        await self.until(lambda: not self.engine.active)
        return self.store.run(run.id)

    def why(self, run: Run) -> str:
        (record,) = self.store.job_runs(run.id)
        return record.why

    async def well(self, colour: Colour) -> set[str]:
        found = await ask_servers(self.links, self.clock, self.service, (colour,))
        return {server.host for server in found if server.is_healthy}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    repo = GitRepo(tmp_path / "repo")
    (repo.folder / "server.py").write_text(SERVER)
    repo.commit("first")
    down = f'kill "$(cat "{tmp_path}/$HOST.$COLOUR.pid")"; echo "stopped $VERSION on $PORT"'
    service = replace(
        shop_service(tmp_path, free_ports()), down=down, switch=NginxConfig((LB,), "/flag")
    )
    house = House(tmp_path, repo, service)
    build = replace(command("build", "mkdir dist && cp server.py dist/"), artifacts=(ARTIFACT,))
    deploy = Job("up", BringUp(SHOP, "server.py"), timeout_s=60.0)
    stages = (
        Stage("s0", StageKind.CODE, (build,)),
        Stage("s1", StageKind.BUILD, (deploy,)),
    )
    pipelines = {"shop": Pipeline("shop", None, stages)}
    house.workspace = replace(house.workspace, pipelines=pipelines)
    house.mark(live=GREEN)
    house.doors.append(Door(GREEN))
    await house.to_end((build,), (deploy,))
    house.mark(live=BLUE)
    house.doors[:] = [Door(BLUE)]
    yield house
    await house.close()
    end_servers(tmp_path)


async def test_a_colour_comes_up_by_the_deployment_of_the_pipeline(house: House) -> None:
    run = await house.up(GREEN, "server.py")
    assert run.state is State.OK, house.why(run)
    version = house.repo.git("rev-parse", "HEAD")[:7]
    assert house.why(run) == f"green is {version}"
    assert house.status().versions == {"blue": version, "green": version}
    assert await house.well(GREEN) == {WEB1, WEB2}
    assert run.plan.commit is not None
    assert [a.run_id for a in house.store.artifacts(run.id)] == [run.id]


async def test_the_colour_that_serves_is_never_touched(house: House) -> None:
    with pytest.raises(Refused, match="blue serves"):
        await house.up(BLUE)
    with pytest.raises(Refused, match="blue serves"):
        await house.down(BLUE)
    with pytest.raises(Refused, match="nobody knows what green of shop held"):
        await house.up()
    with pytest.raises(NotFound, match="no artifact ffffff"):
        await house.up(GREEN, "ffffff")
    late = replace(house.workspace.pipelines["shop"], stages=())
    house.workspace = replace(house.workspace, pipelines={"shop": late})
    with pytest.raises(Refused, match=r"no pipeline deploys server\.py to shop"):
        await house.up(GREEN, "server.py")


async def test_a_batch_begins_when_the_one_before_is_well(house: House) -> None:
    house.change(up=f'[ "$HOST" = web2 ] || exit 7\n{house.service.up}')
    run = await house.up(GREEN, "server.py", 1)
    assert run.state is State.FAILED
    assert house.why(run).startswith("green on web1: ")
    assert "1 host never had their turn" in house.why(run)
    (record,) = house.store.job_runs(run.id)
    assert [(o.host, o.state) for o in record.hosts] == [
        (WEB1, State.FAILED),
        (WEB2, State.SKIPPED),
    ]
    assert await house.well(GREEN) == set()
    assert "green" not in house.status().versions


async def test_a_colour_is_stopped_and_comes_up_again_as_it_was(house: House) -> None:
    await house.up(GREEN, "server.py")
    house.mark(warm_until=house.clock.now() + timedelta(hours=2))
    house.change(batches=(HostCount(1),))
    run = await house.down()
    assert run.state is State.OK, house.why(run)
    assert house.why(run) == "green of shop is stopped"
    assert await house.well(GREEN) == set()
    assert await house.well(BLUE) == {WEB1, WEB2}
    assert house.status().warm_until is None
    (event,) = house.events("colour.retired")
    assert (event.actor, event.why, event.data["colour"]) == ("jun", "old", "green")
    version = house.repo.git("rev-parse", "HEAD")[:7]
    port = house.service.colours[GREEN].port_of(WEB2)
    assert house.log(run.id, "down/shop", "web2").decode() == f"stopped {version} on {port}\n"
    again = await house.up()
    assert again.state is State.OK
    assert await house.well(GREEN) == {WEB1, WEB2}


async def test_one_that_still_answers_is_not_called_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.services.jobs.retire._STOP_PATIENCE_S", 0.3)
    await house.up(GREEN, "server.py")
    house.change(down="true")
    run = await house.down(GREEN)
    assert run.state is State.FAILED
    assert "it still answers on port" in house.why(run)
    assert house.events("colour.retired") == []


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (SwitchReading(BLUE, in_flight={"green": 3}), "green still answers 3 requests"),
        (SwitchReading(GREEN), "green still gets requests: lb-1 serves green"),
        (SwitchReading(None, green_percent=5), "green still gets requests: lb-1 gives green 5 %"),
    ],
)
async def test_what_still_gets_requests_is_not_stopped(
    reading: SwitchReading, said: str, house: House
) -> None:
    await house.up(GREEN, "server.py")
    house.doors[:] = [door := Door(BLUE)]
    door.reading = reading
    run = await house.down(GREEN)
    assert run.state is State.FAILED
    assert said in house.why(run)
    assert await house.well(GREEN) == {WEB1, WEB2}


async def test_the_last_healthy_colour_is_not_stopped(house: House) -> None:
    await house.up(GREEN, "server.py")
    end_servers_of(house, BLUE)
    run = await house.down(GREEN)
    assert run.state is State.FAILED
    assert "green may be the last healthy colour: blue is ill" in house.why(run)
    assert await house.well(GREEN) == {WEB1, WEB2}


def end_servers_of(house: House, colour: Colour) -> None:
    for file in house.folder.glob(f"*.{colour}.pid"):
        end_servers_folder = file.parent / f"{colour}-ended"
        end_servers_folder.mkdir(exist_ok=True)
        file.rename(end_servers_folder / file.name)
        end_servers(end_servers_folder)
        (end_servers_folder / file.name).unlink()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"canary": 5}, "green answers 5 % of the requests"),
        ({"set_aside": (LB,)}, "lb-1 set aside"),
        ({"live": None}, "nobody knows which colour"),
        ({"watching_until": "soon"}, "blue is watched until"),
    ],
)
async def test_what_may_be_needed_is_not_stopped(
    fields: dict[str, object], said: str, house: House
) -> None:
    if "watching_until" in fields:
        fields = {"watching_until": house.clock.now() + timedelta(minutes=9)}
    house.mark(**fields)
    with pytest.raises(Refused, match=said):
        await house.down(GREEN)


async def test_without_a_down_nothing_is_stopped(house: House) -> None:
    house.change(down="")
    with pytest.raises(Refused, match="nothing says how") as refused:
        await house.down(GREEN)
    assert "down:" in refused.value.hint


async def test_nobody_flips_while_a_colour_is_stopped(house: House) -> None:
    flips = Flips(house.store, house.clock, {SHOP: house.service}, house.switches, house.links)
    hold = TrafficHold(house.store, house.clock, SHOP, "jun", RunId("colours-1"), "stops green")
    async with hold:
        with pytest.raises(Refused, match=r"jun \(colours-1, by its run\) has it since"):
            await flips.flip(SHOP, GREEN, "sora", "release")
        await flips.recover()  # what a dead worker left is cleared away: this is none of it
        with pytest.raises(Refused, match="stops green"):
            await flips.flip(SHOP, GREEN, "sora", "release")
    lease = house.store.lease(f"traffic:{SHOP}")
    assert lease is not None
    assert lease.expires_at <= house.clock.now()


async def test_a_warm_time_that_is_over_stops_the_colour_once(house: House) -> None:
    await house.up(GREEN, "server.py")
    started: list[RunId] = []

    async def start(run_id: RunId) -> None:
        started.append(run_id)

    warm = WarmTime(house.store, house.clock, house.links, house.switches, house.workspace, start)
    house.mark(warm_until=house.clock.now() + timedelta(seconds=30))
    assert await warm.look(house.service) is None
    house.mark(warm_until=house.clock.now() - timedelta(seconds=1))
    house.doors[:] = [door := Door(BLUE)]
    door.reading = SwitchReading(BLUE, in_flight={"green": 1})
    assert await warm.look(house.service) is None  # a long request: it is waited for
    door.reading = SwitchReading(BLUE)
    run_id = await warm.look(house.service)
    assert await warm.look(house.service) is None
    assert started == [run_id]
    assert run_id is not None
    run = await house.ended(house.store.run(run_id))
    assert (run.state, run.actor) == (State.OK, "warm time")
    assert await house.well(GREEN) == set()


async def test_a_colour_is_kept_for_longer_and_never_for_less(house: House) -> None:
    with pytest.raises(Refused, match="no colour of shop is kept warm"):
        colour_runs.keep(house.store, house.clock, house.workspace, SHOP, 60, "jun")
    until = house.clock.now() + timedelta(hours=1)
    house.mark(warm_until=until)
    kept = colour_runs.keep(house.store, house.clock, house.workspace, SHOP, 60, "jun")
    assert kept.warm_until == until
    kept = colour_runs.keep(house.store, house.clock, house.workspace, SHOP, 7200, "jun", "sale")
    assert kept.warm_until is not None
    assert kept.warm_until > until
    assert [e.why for e in house.events("colour.kept")] == ["", "sale"]
