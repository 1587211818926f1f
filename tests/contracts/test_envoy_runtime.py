"""Envoy's colour over a restart: kept by a disk layer, or forgotten and said so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.door_programs import RealEnvoy, program
from support.loopback import LoopbackTransport
from support.switch_doors import flip

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.switches.envoy import EnvoySwitch
from devops_tui.switches.envoy_runtime import kept_values

BLUE, GREEN = Colour.BLUE, Colour.GREEN
COLOURS = {colour: Servers((HostName("web"),), 1) for colour in Colour}

Made = Callable[[bool], tuple[RealEnvoy, EnvoySwitch]]


@pytest.fixture
def made(tmp_path: Path, servers: dict[str, list[int]], link: LoopbackTransport) -> Iterator[Made]:
    program("envoy")
    doors: list[RealEnvoy] = []

    def make(is_kept: bool) -> tuple[RealEnvoy, EnvoySwitch]:
        door = RealEnvoy(tmp_path / "door", servers)
        door.is_kept = is_kept
        door.start()
        doors.append(door)
        config = door.config("lb-1")
        return door, EnvoySwitch(
            link, config, Service(ServiceName("shop"), "test", COLOURS, switch=config)
        )

    yield make
    for door in doors:
        door.stop()


@pytest.mark.real
async def test_without_a_disk_layer_it_says_that_it_forgets_and_does(made: Made) -> None:
    door, switch = made(False)
    assert not switch.abilities.survives_restart
    await flip(switch, GREEN, 1)
    assert (await switch.read()).serves is GREEN
    await asyncio.to_thread(door.stop)
    await asyncio.to_thread(door.start)
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (BLUE, 0)


@pytest.mark.real
async def test_a_share_stays_over_a_restart_and_an_older_change_is_refused_after_it(
    made: Made,
) -> None:
    door, switch = made(True)
    await switch.commit(await switch.weigh(GREEN, 25, 7))
    await asyncio.to_thread(door.stop)
    await asyncio.to_thread(door.start)
    reading = await switch.read()
    assert (reading.green_percent, reading.fence, reading.armed) == (25, 7, None)
    with pytest.raises(SwitchRefused, match="newer flip"):
        await switch.prepare(BLUE, 6)
    kept = [path.name for path in door.runtime.iterdir()]
    assert len(kept) == 3, kept  # the lock, the link and its folder: no older one stays


@pytest.mark.real
async def test_a_colour_set_behind_our_back_is_armed_to_go_away(
    made: Made, link: LoopbackTransport
) -> None:
    door, switch = made(True)
    await flip(switch, GREEN, 1)
    bare = replace(door.config("lb-1"), runtime="")
    service = Service(ServiceName("shop"), "test", COLOURS, switch=bare)
    await flip(EnvoySwitch(link, bare, service), BLUE, 2)
    reading = await switch.read()
    assert (reading.serves, reading.armed) == (BLUE, GREEN)


@pytest.mark.real
async def test_a_disk_layer_that_envoy_does_not_have_is_found_at_the_first_flip(
    made: Made, tmp_path: Path, link: LoopbackTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.switches.envoy._LOADS", 3)
    door, _ = made(False)
    (tmp_path / "runtime").mkdir()
    config = replace(door.config("lb-1"), runtime=str(tmp_path / "runtime"))
    service = Service(ServiceName("shop"), "test", COLOURS, switch=config)
    with pytest.raises(SwitchRefused, match="does not read"):
        await flip(EnvoySwitch(link, config, service), GREEN, 1)


def test_what_a_restart_keeps_is_every_layer_but_the_last() -> None:
    entries = {
        "a": {"layer_values": ["100", "", "0"], "final_value": "0"},
        "b": {"layer_values": ["100", "25", ""], "final_value": "25"},
        "c": {"layer_values": ["", "", "9"], "final_value": "9"},
    }
    assert kept_values({"entries": entries}) == {"a": "100", "b": "25"}
