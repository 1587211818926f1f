"""An alert that fires is on Home at the next redraw, and gone when it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
async def test_an_alert_comes_and_goes(size: tuple[int, int]) -> None:
    calm = world()
    host = list(calm.frames)[-1]
    fired = Incident(
        IncidentId("INC-77"),
        f"alert:memory:{host}",
        f"memory: memory 97 % on {host}",
        IncidentState.OPEN,
        calm.at,
        calm.at,
        host=host,
    )
    front = FakeFront(calm)
    async with driving(front, size=size) as driver:
        await driver.until_shown("Fleet")
        assert "INC-77" not in driver.text()
        front.set(replace(calm, incidents=(*calm.incidents, fired)))
        await driver.until_shown("INC-77 memory: memory 97 %")
        over = replace(fired, state=IncidentState.RESOLVED)
        front.set(replace(calm, incidents=(*calm.incidents, over)))
        await driver.until(lambda: "INC-77" not in driver.text(), "the alert to be gone")
