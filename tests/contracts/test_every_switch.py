"""What every switch promises, whatever balancer it is for."""

from __future__ import annotations

import asyncio

import pytest
from support.loopback import LoopbackTransport
from support.switch_doors import Door, colour_at, flip

from devops_tui.bootstrap.switches import commands_of
from devops_tui.domain.errors import HostError, SwitchRefused
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.ports.switch import Switch, WiredSwitch
from devops_tui.services.http_probe import KeepAlive

BLUE, GREEN = Colour.BLUE, Colour.GREEN


@pytest.fixture
def switch(door: Door, link: LoopbackTransport) -> Switch:
    return a_switch(door, link)


def a_switch(door: Door, link: LoopbackTransport) -> Switch:
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    service = Service(ServiceName("shop"), "test", colours, switch=door.config)
    return door.switch(link, service)


async def test_reads_what_serves_at_first(switch: Switch, door: Door) -> None:
    reading = await switch.read()
    assert (reading.serves, reading.fence, reading.armed) == (BLUE, 0, None)
    assert await colour_at(door) == "blue"


async def test_a_balancer_that_tells_says_that_its_routes_look_at_the_switch(
    switch: Switch,
) -> None:
    if not isinstance(switch, WiredSwitch):
        pytest.skip("it tells nobody, or reading it fails where the lines are missing")
    assert await switch.unwired() is None


async def test_preparing_has_no_effect(switch: Switch, door: Door) -> None:
    await switch.prepare(GREEN, 1)
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (BLUE, 0)
    assert await colour_at(door) == "blue"


async def test_after_a_commit_no_connection_reaches_the_old_colour(
    switch: Switch, door: Door
) -> None:
    """Where open connections stay with their colour, and it says so, fresh ones alone."""
    held = KeepAlive(lambda: asyncio.open_connection("127.0.0.1", door.port))
    assert (await held.get("/", 5)).headers["x-colour"] == "blue"
    for fence, colour in enumerate((GREEN, BLUE, GREEN), start=1):
        await flip(switch, colour, fence)
        try:
            seen = (await held.get("/", 5)).headers["x-colour"]
        except HostError:  # a reload may close what is idle; the next one is fresh
            assert door.kind in ("nginx-include", "caddy")
            seen = (await held.get("/", 5)).headers["x-colour"]
        assert seen == (colour if switch.abilities.moves_held else BLUE)
        assert [await colour_at(door) for _ in range(5)] == [colour.value] * 5
        reading = await switch.read()
        assert (reading.serves, reading.fence, reading.armed) == (colour, fence, None)
    held.close()


async def test_a_restart_keeps_the_colour_where_that_is_promised(
    switch: Switch, door: Door
) -> None:
    await flip(switch, GREEN, 7)
    await asyncio.to_thread(door.stop)
    await asyncio.to_thread(door.start)
    reading = await switch.read()
    if switch.abilities.survives_restart:
        assert (reading.serves, reading.fence) == (GREEN, 7)
    assert await colour_at(door) == reading.serves


async def test_an_abandoned_change_cannot_be_committed(switch: Switch, door: Door) -> None:
    token = await switch.prepare(GREEN, 1)
    await switch.abandon(token)
    await switch.abandon(token)
    with pytest.raises(SwitchRefused):
        await switch.commit(token)
    assert await colour_at(door) == "blue"


async def test_an_older_change_is_refused_after_a_newer_one(
    door: Door, link: LoopbackTransport
) -> None:
    jun, sora = a_switch(door, link), a_switch(door, link)
    older, newer = await jun.prepare(GREEN, 5), await sora.prepare(BLUE, 6)
    await sora.commit(newer)
    with pytest.raises(SwitchRefused) as refused:
        await jun.commit(older)
    assert refused.value.hint
    with pytest.raises(SwitchRefused, match="newer flip"):
        await jun.prepare(GREEN, 5)
    reading = await jun.read()
    assert (reading.serves, reading.fence) == (BLUE, 6)
    assert await colour_at(door) == "blue"


async def test_of_many_at_once_the_last_committed_fence_and_colour_belong_together(
    door: Door, link: LoopbackTransport
) -> None:
    probe = a_switch(door, link)
    if not probe.abilities.is_fenced:
        pytest.skip(f"{door.kind} compares nothing by itself")
    won: list[int] = []

    async def one(fence: int) -> None:
        try:
            await flip(a_switch(door, link), GREEN if fence % 2 else BLUE, fence)
        except (SwitchRefused, HostError):
            return
        won.append(fence)

    await asyncio.gather(*(one(fence) for fence in range(1, 9)))
    reading = await probe.read()
    assert reading.fence in won
    assert reading.serves is (GREEN if reading.fence % 2 else BLUE)
    assert await colour_at(door) == reading.serves


async def test_a_lost_link_is_an_error_of_the_host(switch: Switch, link: LoopbackTransport) -> None:
    link.is_cut = True
    with pytest.raises(HostError):
        await switch.read()


def test_the_plan_is_the_same_with_and_without_a_link(switch: Switch, door: Door) -> None:
    plan = switch.plan(GREEN)
    assert plan == commands_of(door.config, "shop", GREEN)
    assert plan != switch.plan(BLUE)
    assert "FENCE" in "\n".join(plan)
    assert switch.abilities == door.config.abilities
