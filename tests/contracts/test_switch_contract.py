"""What is special about the versioned map, in HAProxy and in the embedded front door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from support.embedded import EmbeddedDoor
from support.haproxy import RealHaproxy, skip_without_haproxy
from support.loopback import LoopbackTransport
from support.switch_doors import colour_at, flip

from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, HaproxyConfig, Servers, Service
from devops_tui.ports.switch import Switch
from devops_tui.services.http_probe import get
from devops_tui.switches.haproxy import HaproxySwitch

BLUE, GREEN = Colour.BLUE, Colour.GREEN


class Door(Protocol):
    """What RealHaproxy and EmbeddedDoor have in common."""

    port: int
    socket: Path
    map: Path

    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture(params=["embedded", pytest.param("haproxy", marks=pytest.mark.real)])
def door(
    request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, list[int]]
) -> Iterator[Door]:
    made: Door
    if request.param == "haproxy":
        skip_without_haproxy()
        made = RealHaproxy(tmp_path / "a door", "shop", servers)
    else:
        made = EmbeddedDoor(tmp_path / "a door", "shop", servers)
    made.map.parent.mkdir(exist_ok=True)
    made.map.write_text("# by hand\nshop blue\nother a b; c\n")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def switch(door: Door, link: LoopbackTransport) -> Switch:
    return a_switch(door, link)


def a_switch(door: Door, link: LoopbackTransport, key: str = "shop") -> Switch:
    config = HaproxyConfig(
        (link.host,), str(door.socket), str(door.map), key, "shop_{colour}", door.port
    )
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    return HaproxySwitch(link, config, Service(ServiceName("shop"), "test", colours))


async def test_reads_what_the_map_says(switch: Switch) -> None:
    reading = await switch.read()
    assert reading.serves is BLUE
    assert reading.fence == 0
    assert reading.in_flight == {"blue": 0, "green": 0}


async def test_keeps_the_other_entries_of_the_map(
    switch: Switch, door: Door, link: LoopbackTransport
) -> None:
    await flip(switch, GREEN, 1)
    shown = await link.exchange(str(door.socket), f"show map {_escaped(door)}\n".encode())
    assert b"other a b; c" in shown
    assert "other a b; c" in door.map.read_text()


async def test_a_commit_that_arrives_late_is_refused_by_the_door(
    door: Door, link: LoopbackTransport
) -> None:
    slow = a_switch(door, link)
    token = await slow.prepare(GREEN, 1)
    sent: list[bytes] = []

    async def hold(data: bytes) -> None:
        if data.startswith(b"commit"):
            sent.append(data)
            raise HostUnreachable("held back on its way")

    link.before_exchange = hold
    with pytest.raises(HostUnreachable):
        await slow.commit(token)
    link.before_exchange = None
    await flip(a_switch(door, link), BLUE, 2)
    late = await link.exchange(str(door.socket), sent[0])
    assert b"out of range" in late
    assert await colour_at(door) == "blue"


async def test_two_services_of_one_map_do_not_undo_one_another(
    door: Door, link: LoopbackTransport
) -> None:
    shop, other = a_switch(door, link), a_switch(door, link, key="other")
    for_shop = await shop.prepare(GREEN, 1)
    for_other = await other.prepare(GREEN, 1)
    await shop.commit(for_shop)
    await other.commit(for_other)
    assert (await shop.read()).serves is GREEN
    assert (await other.read()).serves is GREEN
    assert {"shop green", "other green"} <= set(door.map.read_text().splitlines())


async def test_counts_what_is_in_flight_and_what_failed(
    switch: Switch, door: Door, servers: dict[str, list[int]]
) -> None:
    before = await switch.read()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"GET /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    await writer.drain()
    while (await switch.read()).in_flight["blue"] == 0:
        assert not reader.at_eof()
    await reader.read()
    writer.close()
    broken = await get(
        lambda: asyncio.open_connection("127.0.0.1", door.port), "/drop", "shop", timeout_s=5
    )
    assert broken.status >= 500
    after = await switch.read()
    assert after.in_flight == {"blue": 0, "green": 0}
    assert after.requests["blue"] - before.requests["blue"] == 2
    assert after.errors["blue"] - before.errors["blue"] == 1
    assert after.requests["green"] == before.requests["green"]


async def test_an_unknown_map_and_a_missing_socket_say_what_to_do(
    door: Door, link: LoopbackTransport
) -> None:
    door.map = door.map.with_name("nothing.map")
    with pytest.raises(SwitchRefused, match="Unknown map") as refused:
        await a_switch(door, link).read()
    assert refused.value.hint
    door.socket = door.socket.with_name("nothing.sock")
    with pytest.raises(HostUnreachable):
        await a_switch(door, link).read()


async def test_a_large_map_is_carried_over_whole(
    switch: Switch, door: Door, link: LoopbackTransport
) -> None:
    name = _escaped(door)
    for part in range(10):
        lines = "".join(f"k{part}-{n} {'v' * 90}\n" for n in range(100))
        await link.exchange(str(door.socket), f"add map {name} <<\n{lines}\n".encode())
    await flip(switch, GREEN, 1)
    assert len(door.map.read_text().splitlines()) == 1000 + len(["#", "shop", "fence", "other"])


def test_the_plan_names_every_command(switch: Switch) -> None:
    plan = json.dumps(switch.plan(GREEN))
    for word in ("prepare map", "add map @VERSION", "commit map @VERSION", "show map", "write"):
        assert word in plan


@pytest.mark.parametrize("key", ["a b", "a;b", "a\nb", "", "@1", "#1", "a<<\n", "\x1b[0m"])
def test_a_name_can_never_become_a_command(key: str, tmp_path: Path) -> None:
    config = HaproxyConfig((HostName("lb"),), "/s", "/m", key)
    service = Service(ServiceName("shop"), "test", {})
    with pytest.raises(SwitchRefused):
        HaproxySwitch(LoopbackTransport("lb"), config, service)


@pytest.mark.parametrize("name", ["a b", "a;shutdown", "a\nb"])
def test_a_service_can_never_become_a_command(name: str) -> None:
    config = HaproxyConfig((HostName("lb"),), "/s", "/m", "shop")
    with pytest.raises(SwitchRefused):
        HaproxySwitch(LoopbackTransport("lb"), config, Service(ServiceName(name), "test", {}))


@pytest.mark.parametrize("path", ["/m;x", "/m\nx", "@1 /m", "/m<<"])
def test_a_path_can_never_become_a_command(path: str) -> None:
    config = HaproxyConfig((HostName("lb"),), "/s", path, "shop")
    with pytest.raises(SwitchRefused):
        HaproxySwitch(LoopbackTransport("lb"), config, Service(ServiceName("shop"), "test", {}))


def _escaped(door: Door) -> str:
    return str(door.map).replace(" ", "\\ ")
