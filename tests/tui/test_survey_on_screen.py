"""An open host shows what it answered to slow questions, and is asked more while it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import DISKS, UNITS, Answer, Level, Reading, Survey


@pytest.mark.parametrize("size", [(80, 40), (200, 50)])
async def test_answers_stand_below_the_figures(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    at = world().at - timedelta(seconds=40)
    disk = Reading("/var", level=Level.WARNING, figures={"used_ratio": 0.93, "size_bytes": 1e9})
    unit = Reading("odd-1.service", "what it does", Level.CRITICAL)
    async with driving(front, size=size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        assert front.looks == ()  # nobody looks at one host yet
        await driver.press("enter")
        await driver.until(lambda: len(front.looks) > 0, "the host to be looked at")
        host = next(iter(front.looks), "")
        front.survey = Survey(
            HostName(host), (Answer(DISKS, at, (disk,)), Answer(UNITS, at, (unit,)))
        )
        front.set(replace(world(), at=world().at + timedelta(seconds=3)))
        await driver.until(lambda: len(front.looks) > 1, "the host to be looked at again")
        await driver.press("end")
        await driver.until_shown("odd-1.service")
        assert len(set(front.looks)) == 1
        assert all(len(row) == size[0] for row in driver.rows())
