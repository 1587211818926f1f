"""Q keeps alerts quiet for a while, with a reason; again it ends that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.silence import Silence
from devops_tui.tui.choosing import Choice
from devops_tui.tui.dialogs import Dialog


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_marked_hosts_are_silenced_with_a_reason(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("space", "space", "Q")
        await driver.until(lambda: isinstance(driver.app.screen, Choice), "how long")
        await driver.press("j", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, Dialog), "why")
        assert "web-03" in driver.text()
        await driver.press("enter")
        await driver.until_shown("a reason is needed")
        await driver.press(*"rack", "enter")
        await driver.until(lambda: len(front.calls) == 2, "both were silenced")
        assert front.calls == [("silence", "web-07", "rack"), ("silence", "web-03", "rack")]


async def test_what_is_quiet_is_told_and_ended() -> None:
    made = world()
    quiet = Silence("web-07", made.at + timedelta(days=1), "minji", "rack moves")
    front = FakeFront(replace(made, silences=(quiet,)))
    front.quiet = (quiet,)
    async with driving(front, (200, 50)) as driver:
        await driver.press("5")
        await driver.until_shown("1 silence")
        await driver.press("enter")
        await driver.until_shown("by minji: rack moves")
        await driver.press("Q")
        await driver.until_shown("end it now")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, Dialog), "why")
        await driver.press(*"done", "enter")
        await driver.until(lambda: bool(front.calls), "it ended")
        assert front.calls == [("end_silence", "web-07", "done")]
