"""Every key that a footer offers, on every view, small and large: it answers, and can be left."""

from __future__ import annotations

from functools import partial

import pytest
from driving import Driver, driving

from devops_tui.tui.actions import BY_ID
from devops_tui.tui.keys import live_keys
from devops_tui.tui.views import VIEWS
from devops_tui.tui.widgets.footer import ALWAYS, FooterBar

SIZES = ((80, 24), (200, 50))
LEAVES = "app.quit"
PLACES = [name for name in VIEWS if name != "mistakes"]  # that one shows a broken devops.yaml


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("place", PLACES)
async def test_every_key_of_the_footer_answers(place: str, size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await _open(driver, place)
        keys = _offered(driver)
        assert len(keys) >= len(ALWAYS)
        for action, key in keys.items():
            if action == LEAVES:
                continue
            before = _seen(driver)
            await driver.press(key)
            await driver.until(
                partial(_differs, driver, before), f"{key} ({action}) of {place} answers"
            )
            rows = driver.rows()
            assert {len(row) for row in rows} == {size[0]}, f"{key} of {place}"
            assert len(rows) == size[1]
            assert driver.app.is_running
            await _leave(driver)
            await _open(driver, place)


def _seen(driver: Driver) -> tuple[list[str], list[str], int]:
    """What an operator notices, without the bar that has the clock; and what was asked for."""
    return driver.rows()[1:], driver.notices(), len(driver.front.calls)


def _differs(driver: Driver, before: tuple[list[str], list[str], int]) -> bool:
    return _seen(driver) != before


def _offered(driver: Driver) -> dict[str, str]:
    """Action to key, of those that are drawn in the footer."""
    footer = driver.app.screen.query_one(FooterBar)
    drawn = driver.rows()[-1]
    keys = live_keys(driver.app.screen)
    return {
        name: keys[name][0]
        for name in (*footer._wanted, *ALWAYS)
        if keys.get(name) and f" {BY_ID[name].label}" in drawn
    }


async def _open(driver: Driver, place: str) -> None:
    view = driver.app.view
    if view is None or view.view_name != place:
        driver.app.action_open_view(place)
        await driver.until(
            lambda: driver.app.view is not None and driver.app.view.view_name == place, place
        )
    await driver.pilot.pause()


async def _leave(driver: Driver) -> None:
    """Closes whatever the key opened."""
    for _ in range(3):
        await driver.press("escape")
    await driver.until(lambda: len(driver.app.screen.query(FooterBar)) == 1, "a view again")
