"""The list of hosts goes back in time: loudly, with figures of then only, and comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import frame, world

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def row_of(driver: Driver, host: str) -> str:
    return next((row for row in driver.rows() if f" {host} " in row and "%" in row), "")


def level(at: datetime) -> str:
    """What the double tells of a minute."""
    return f"{10 + at.minute % 10} %"


async def go_back(driver: Driver, front: FakeFront, key: str = "comma") -> datetime:
    """Presses a key and waits until the figures of that minute stand there."""
    before = len(front.moments_asked)
    await driver.press(key)
    await driver.until(lambda: len(front.moments_asked) > before, "another minute is read")
    at = front.moments_asked[-1][1]
    await driver.until_shown(f"THE PAST: {at:%H:%M:%S}" if at.date() == _today() else "THE PAST: ")
    await driver.until(lambda: level(at) in row_of(driver, "web-07"), f"figures of {at}")
    return at


def _today() -> object:
    return world().at.date()


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_rows_are_those_of_then_and_say_so(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("connection lost")
        at = await go_back(driver, front)
        assert (at.second, {host for host, _ in front.moments_asked}) == (0, set(world().frames))
        assert timedelta(0) < world().at - at < 3 * MINUTE
        text = driver.text()
        assert "27 hosts" in text
        assert "● ok" in row_of(driver, "web-09")  # and not "live"
        for of_now in ("96 %", "connection lost", "disk 93 %", "1 hurt"):
            assert of_now not in text
        assert all(len(row) == size[0] for row in driver.rows())
        assert await go_back(driver, front) == at - MINUTE
        assert await go_back(driver, front, "less_than_sign") == at - MINUTE - HOUR
        assert await go_back(driver, front, "full_stop") == at - HOUR
        await driver.press("greater_than_sign", "greater_than_sign")
        await driver.until(lambda: "THE PAST" not in driver.text(), "on past the newest is now")
        await driver.until_shown("connection lost")
        assert "96 %" in driver.text()


@pytest.mark.parametrize("key", ["0", "escape"])
async def test_a_key_leads_back_to_now(key: str) -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await go_back(driver, front)
        await driver.press(key)
        await driver.until_shown("connection lost")
        assert "THE PAST" not in driver.text()
        assert driver.app.view is not None
        assert driver.app.view.view_name == "fleet"


async def test_news_of_now_are_not_mixed_in() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        at = await go_back(driver, front)
        made = world()
        news = {**made.frames, "web-07": frame("web-07", 0.77), "web-99": frame("web-99", 0.88)}
        front.set(replace(made, frames=news))
        await driver.until_shown("28 hosts")  # the host is new, its figures are of then
        assert level(at) in row_of(driver, "web-07")
        assert "77 %" not in driver.text()
        assert "88 %" not in driver.text()


async def test_what_nobody_saw_is_unknown_and_not_healthy() -> None:
    front = FakeFront(world())
    front.unseen = frozenset({"web-02", "db-01"})
    async with driving(front, (120, 40)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await go_back(driver, front)
        await driver.until_shown("? 2 not seen")
        rows = [row for row in driver.rows() if "no figures of that minute" in row]
        assert len(rows) == 2
        assert all("not seen" in row and "%" not in row for row in rows)
        await driver.press("ctrl+z")  # only what is wrong: that is not known to be well
        await driver.until(lambda: "web-07" not in driver.text(), "only what is wrong")
        assert "db-01" in driver.text()


async def test_a_machine_that_keeps_nothing_says_so() -> None:
    front = FakeFront(world())
    front.has_history = False
    front.unseen = frozenset(world().frames)
    async with driving(front, (120, 40)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("comma")
        await driver.until_shown("no figures are kept on this machine")
        await driver.until_shown("? 27 not seen")


async def test_nothing_is_done_to_hosts_from_the_past() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await go_back(driver, front)
        for key, label in (("S", "shell"), ("x", "run a command"), ("Q", "silence"), ("l", "logs")):
            await driver.press(key)
            await driver.until_said(f"{label}: this is the past")
        driver.app.clear_notifications()
        driver.app.command("exec uptime")
        await driver.until_said("run a command: this is the past")
        assert front.calls == []


async def test_a_query_is_asked_of_the_figures_of_then() -> None:
    front = FakeFront(world())
    front.unseen = frozenset({"web-03"})
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("slash")
        await driver.type("cpu < 20 and name = web-07")
        await driver.press("enter")
        await driver.until(lambda: not row_of(driver, "web-07"), "96 % is not below 20 %")
        await driver.press("comma")
        await driver.until(lambda: row_of(driver, "web-07"), "then it was")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_host_that_is_opened_from_the_past_opens_there(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        at = await go_back(driver, front, "less_than_sign")
        await driver.press("enter")
        await driver.until_shown("not live")
        asked = front.history_asked
        assert asked is not None
        assert asked[1] < at < asked[2]
        await driver.press("escape")
        await driver.until_shown("THE PAST")
        assert front.moments_asked[-1][1] == at


async def test_the_minute_stays_while_another_view_is_open() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        at = await go_back(driver, front)
        await driver.press("1")
        await driver.until(lambda: "THE PAST" not in driver.text(), "Home is live")
        await driver.press("5")
        await driver.until_shown("THE PAST")
        await driver.until(lambda: level(at) in row_of(driver, "web-07"), "read anew")
