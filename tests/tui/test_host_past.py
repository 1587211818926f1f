"""The charts' cursor goes back: what stands beside them is of that moment too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState


async def test_figures_and_problems_follow_the_cursor() -> None:
    made = world()
    began = made.at - timedelta(hours=3)
    old = Incident(
        IncidentId("INC-7"), "alert:cpu:web-07", "cpu: cpu 96 % on web-07",
        IncidentState.RESOLVED, began, began, host="web-07", resolved_at=made.at,
    )  # fmt: skip
    other = replace(old, id=IncidentId("INC-8"), host="web-03")
    front = FakeFront(replace(made, incidents=(old, other)))
    async with driving(front, (200, 50)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("enter")
        await driver.until_shown("5m 1h 24h 7d 30d · live")
        await driver.until_shown("96 %")
        await driver.press("comma")
        await driver.until_shown("0 is live again")
        await driver.until_shown("open then INC-7 cpu: cpu 96 %")
        assert "INC-8" not in driver.text()
        await driver.press("0")
        await driver.until(lambda: "0 is live again" not in driver.text(), "live again")
        assert "open then" not in driver.text()
