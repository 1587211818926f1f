"""Charts of a host: spans, a cursor that goes back in time, never old figures as if live."""

from __future__ import annotations

from datetime import timedelta

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import world


async def open_charts(driver: Driver) -> None:
    await driver.press("5")
    await driver.until_shown("web-07")
    await driver.press("enter")
    await driver.until_shown("cpu trend")
    await driver.press("t")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_charts_take_the_place_of_the_figures_and_give_it_back(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("5", "enter")
        await driver.until_shown("cpu trend")
        await driver.press("t")
        await driver.until_shown("5m 1h 24h 7d 30d · live")
        await driver.until(lambda: "cpu trend" not in driver.text(), "the figures to be hidden")
        text = driver.text()
        assert "100 %┤" in text
        assert "peak" in text
        assert all(len(row) == size[0] for row in driver.rows())
        await driver.press("t")
        await driver.until_shown("cpu trend")


async def test_a_wide_screen_shows_both_and_two_columns_of_charts() -> None:
    async with driving(size=(200, 50)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("enter")
        await driver.until_shown("5m 1h 24h 7d 30d · live")
        await driver.until_shown("pressure io")
        assert "cpu trend" in driver.text()
        assert any("cpu" in row and "memory" in row and "peak" in row for row in driver.rows())


async def test_the_span_is_chosen_and_asked_for() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await open_charts(driver)
        await driver.until_shown("live")
        for key, hours in ((")", 24), (")", 24 * 7), (")", 24 * 30), (")", 24 * 30), ("(", 24 * 7)):
            await driver.press(key)
            await driver.until(
                lambda hours=hours: _asked_span(front) == timedelta(hours=hours),  # type: ignore[misc]
                f"{hours} h are asked for",
            )


def _asked_span(front: FakeFront) -> timedelta:
    assert front.history_asked is not None
    _, start, end, _ = front.history_asked
    return end - start


async def test_the_cursor_goes_back_in_time_says_so_and_comes_back() -> None:
    async with driving() as driver:
        await open_charts(driver)
        await driver.until_shown("live")
        await driver.press("<", ",")
        await driver.until_shown("ago not live")
        assert "mean" not in driver.text()  # values of that moment instead
        assert "15 m ago" in driver.text()
        await driver.press(".", ".", ">", ">")
        await driver.until_shown("· live")
        await driver.press("<")
        await driver.until_shown("not live")
        await driver.press("0")
        await driver.until_shown("· live")


async def test_going_back_beyond_the_window_moves_it() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await open_charts(driver)
        await driver.until_shown("live")
        before = front.history_asked
        assert before is not None
        await driver.press("<", "<", "<", "<", "<", "<")
        await driver.until_shown("1 h ago not live")
        await driver.until(
            lambda: front.history_asked is not None and front.history_asked[1] < before[1],
            "an older window is asked for",
        )


async def test_a_machine_that_keeps_nothing_says_so() -> None:
    front = FakeFront(world())
    front.has_history = False
    async with driving(front) as driver:
        await open_charts(driver)
        await driver.until_shown("No figures are kept on this machine")
