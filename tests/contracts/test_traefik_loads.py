"""A change of Traefik is done when its own file is loaded, not one from before like it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.loopback import LoopbackTransport
from support.switch_doors import Door, colour_at, flip

from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.switching import TraefikConfig
from devops_tui.domain.traffic import Colour, Servers, Service
from devops_tui.switches.traefik import traefik_text

pytestmark = pytest.mark.real


@pytest.mark.parametrize("door", ["traefik"], indirect=True)
async def test_a_file_that_is_loaded_late_does_not_serve_after_the_next_change(
    door: Door, link: LoopbackTransport
) -> None:
    config = door.config
    assert isinstance(config, TraefikConfig)
    colours = {colour: Servers((HostName("web"),), 1) for colour in Colour}
    switch = door.switch(link, Service(ServiceName("shop"), "test", colours, switch=config))
    for fence in (1, 3, 5):  # a change that hung in between, and the way back from it
        await asyncio.to_thread(arm, config, fence)
        await asyncio.sleep(0.02)  # Traefik reads it at once, and loads it up to 2 s later
        await flip(switch, Colour.BLUE, fence + 1)
        reading = await switch.read()
        assert (reading.serves, reading.armed, reading.fence) == (Colour.BLUE, None, fence + 1)
        for _ in range(10):
            assert await colour_at(door) == "blue"
            await asyncio.sleep(0.05)


def arm(config: TraefikConfig, fence: int) -> None:
    """Writes the file of another change, as its commit does, and waits for nothing."""
    file = Path(config.file)
    new = file.with_name("late")
    new.write_text(traefik_text(config, "shop", Colour.GREEN, fence))
    new.replace(file)
