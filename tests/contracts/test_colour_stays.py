"""A reload and a restart one second after a flip: the colour stays, or the kind says it does not.

`DEVOPS_TUI_RELOADS` is how often each is done; 50 is the full count.
"""

from __future__ import annotations

import asyncio
import os

import pytest
from support.loopback import LoopbackTransport
from support.switch_doors import Door, colour_at, flip

from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.ports.switch import Switch

TIMES = int(os.environ.get("DEVOPS_TUI_RELOADS", "1"))
PAUSE_S = 1.0  # what is measured: logrotate comes a moment after a flip

pytestmark = pytest.mark.timeout(60 + 10 * TIMES)


@pytest.fixture
def switch(door: Door, link: LoopbackTransport) -> Switch:
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    service = Service(ServiceName("shop"), "test", colours, switch=door.config)
    return door.switch(link, service)


async def stays(switch: Switch, door: Door, colour: Colour, fence: int) -> None:
    reading = await switch.read()
    assert (reading.serves, reading.fence, reading.armed) == (colour, fence, None)
    assert [await colour_at(door) for _ in range(5)] == [colour.value] * 5


def colour_of(fence: int) -> Colour:
    return Colour.GREEN if fence % 2 else Colour.BLUE


async def test_a_restart_a_second_after_each_flip_keeps_the_colour(
    switch: Switch, door: Door
) -> None:
    if not switch.abilities.survives_restart:
        pytest.skip(f"{door.kind} says that it forgets")
    for fence in range(1, TIMES + 1):
        await flip(switch, colour_of(fence), fence)
        await asyncio.sleep(PAUSE_S)
        await asyncio.to_thread(door.stop)
        await asyncio.to_thread(door.start)
        await stays(switch, door, colour_of(fence), fence)


async def test_a_reload_a_second_after_each_flip_keeps_the_colour(
    switch: Switch, door: Door
) -> None:
    for fence in range(1, TIMES + 1):
        await flip(switch, colour_of(fence), fence)
        await asyncio.sleep(PAUSE_S)
        if not await asyncio.to_thread(door.reload):
            pytest.skip(f"{door.kind} has no reload")
        await stays(switch, door, colour_of(fence), fence)
