"""What every switch that can give shares promises, and what the others say."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from support.loopback import LoopbackTransport
from support.switch_doors import Door

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.ports.switch import WeightedSwitch
from devops_tui.services.http_probe import get

BLUE, GREEN = Colour.BLUE, Colour.GREEN
KINDS = (
    "embedded-weighted",
    pytest.param("haproxy-weighted", marks=pytest.mark.real),
    pytest.param("envoy", marks=pytest.mark.real),
    pytest.param("traefik", marks=pytest.mark.real),
    "alb",
    "route53",
)
REQUESTS = 200

pytestmark = pytest.mark.parametrize("door", KINDS, indirect=True)


@pytest.fixture
def switch(door: Door) -> WeightedSwitch:
    return a_switch(door)


def a_switch(door: Door) -> WeightedSwitch:
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    service = Service(ServiceName("shop"), "test", colours, switch=door.config)
    made = door.switch(LoopbackTransport("lb-1"), service)
    assert made.abilities.is_weighted
    assert isinstance(made, WeightedSwitch)
    return made


async def answers_of(door: Door) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(REQUESTS):
        answer = await get(
            lambda: asyncio.open_connection("127.0.0.1", door.port), "/", "shop", timeout_s=5
        )
        assert answer.status == 200
        found[answer.headers["x-colour"]] += 1
    return found


async def give(switch: WeightedSwitch, to: Colour, percent: int, fence: int) -> None:
    await switch.commit(await switch.weigh(to, percent, fence))


async def test_a_share_is_given_and_read_back(switch: WeightedSwitch, door: Door) -> None:
    await give(switch, GREEN, 25, 1)
    reading = await switch.read()
    assert (reading.serves, reading.green_percent, reading.share) == (None, 25, 25)
    assert reading.fence == 1
    seen = await answers_of(door)
    assert 15 <= seen["green"] <= 90  # of 200: fails by chance less than once in a million
    assert seen["blue"] + seen["green"] == REQUESTS


async def test_from_any_share_one_commit_goes_back_or_on(
    switch: WeightedSwitch, door: Door
) -> None:
    fence = 0
    for colour in (BLUE, GREEN, BLUE):
        for percent in (1, 50, 99):
            fence += 2
            await give(switch, colour.other, percent, fence)
            assert (await switch.read()).share == colour.other.green_percent(percent)
            await switch.commit(await switch.prepare(colour, fence + 1))
            reading = await switch.read()
            assert (reading.serves, reading.share) == (colour, colour.green_percent(100))
        assert await answers_of(door) == {colour.value: REQUESTS}


async def test_an_older_share_is_refused_after_a_newer_change(
    switch: WeightedSwitch, door: Door
) -> None:
    other = a_switch(door)
    older = await other.weigh(GREEN, 50, 5)
    await switch.commit(await switch.prepare(GREEN, 6))
    with pytest.raises(SwitchRefused):
        await other.commit(older)
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (GREEN, 6)


async def test_a_prepared_share_has_no_effect(switch: WeightedSwitch) -> None:
    token = await switch.weigh(GREEN, 50, 3)
    reading = await switch.read()
    assert (reading.serves, reading.share, reading.fence) == (BLUE, 0, 0)
    await switch.abandon(token)
    with pytest.raises(SwitchRefused):
        await switch.commit(token)


async def test_a_restart_keeps_the_share_where_that_is_promised(
    switch: WeightedSwitch, door: Door
) -> None:
    await give(switch, GREEN, 25, 4)
    await asyncio.to_thread(door.stop)
    await asyncio.to_thread(door.start)
    if switch.abilities.survives_restart:
        reading = await switch.read()
        assert (reading.share, reading.fence) == (25, 4)
