from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.errors import StoreLocked
from devops_tui.domain.event import Event
from devops_tui.domain.view import Overview
from devops_tui.tui.palette import plain_text

SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_all_four_panes_and_what_is_wrong_are_shown(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.until_shown("web-07")
        text = driver.text()
        for expected in (
            "shop · production", "Pipelines", "Board", "Fleet", "Traffic", "1 incident",
            "✕ failed", "test/unit failed", "release waits for approval", "3/3 full",
            "1 hurt", "1 stale", "disk 93 %", "blue 100 %", "enter open", "? help",
        ):  # fmt: skip
            assert expected in text
        assert all(len(row) == size[0] for row in driver.rows())


async def test_side_by_side_when_wide_and_under_one_another_when_narrow() -> None:
    async with driving(size=(120, 40)) as wide:
        first = next(row for row in wide.rows() if "Pipelines" in row)
        assert "Fleet" in first
    async with driving(size=(80, 24)) as narrow:
        first = next(row for row in narrow.rows() if "Pipelines" in row)
        assert "Fleet" not in first


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (5, 40), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("tab", "j", "plus", "underscore", "question_mark", "escape")
        assert driver.app.is_running


async def test_one_pane_at_a_time_when_low_and_all_again_when_it_grows() -> None:
    async with driving(size=(80, 10)) as driver:
        await driver.until_shown("Pipelines")
        assert "Fleet" not in driver.text()
        await driver.press("escape")
        assert "Fleet" not in driver.text()
        await driver.pilot.resize_terminal(80, 24)
        await driver.until_shown("Fleet")
        assert "Pipelines" in driver.text()


async def test_loading_and_empty_have_looks_of_their_own() -> None:
    front = FakeFront(Overview(world().at, 1))
    async with driving(front) as driver:
        await driver.until_shown("No pipelines yet")
        assert "No cards yet" in driver.text()
        assert "no workspace" in driver.text()
        front.set(world())
        await driver.until_shown("✕ failed")


async def test_a_store_that_cannot_be_read_is_said_and_old_data_is_marked_as_old() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        front.trouble = StoreLocked("the store is locked", "It is tried again.")
        await driver.until_said("the store is locked")
        assert driver.app.overview is not None
        driver.app.overview = replace(driver.app.overview, at=ago(30))
        assert driver.app.view is not None
        driver.app.view.redraw_frame()
        await driver.until_shown("old")
        front.trouble = None
        await driver.until_said("answers again")


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6"])
async def test_every_view_says_how_old_its_panes_are(key: str) -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        front.trouble = StoreLocked("the store is locked", "It is tried again.")
        await driver.until_said("the store is locked")
        await driver.press(key)
        assert driver.app.overview is not None
        driver.app.overview = replace(driver.app.overview, at=ago(32))
        assert driver.app.view is not None
        driver.app.view.redraw_bar()
        titles = [p for p in driver.app.view.panes() if p.display]
        await driver.until(
            lambda: all(" old" in str(plain_text(p.heading.lines[0])) for p in titles),
            "an age beside every title",
        )
        front.trouble = None
        front.set(world())
        await driver.until(
            lambda: not any(" old" in str(plain_text(p.heading.lines[0])) for p in titles),
            "live again",
        )


async def test_a_worker_that_says_nothing_for_long_is_said_in_the_bar() -> None:
    given = world()
    assert given.worker is not None
    silent = replace(given, worker=replace(given.worker, beat_at=ago(32)))
    for size in ((80, 24), (200, 50)):
        async with driving(silent, size=size) as driver:
            await driver.until_shown("worker ✕ silent 3")
            driver.front.set(world())
            await driver.until_shown("worker ● 2 runs")


def _happened() -> Overview:
    made = (
        Event("run.finished", "shop-412", ago(40), data={"state": "failed"}, seq=1),
        Event("card.moved", "SHOP-48", ago(30), "sora", data={"from": "InWork", "to": "Done",
              "title": "done 8"}, seq=2),
    )  # fmt: skip
    return replace(world(), events=made)


async def test_tall_terminals_tell_what_happened_last() -> None:
    async with driving(_happened(), size=(200, 50)) as driver:
        await driver.until_shown("SHOP-48 moved from InWork to Done: done 8")
        text = driver.text()
        assert text.index("SHOP-48 moved") < text.index("shop-412 ended failed")
        assert "last flips" in text
        await driver.pilot.resize_terminal(200, 24)
        await driver.until(lambda: "SHOP-48 moved" not in driver.text(), "no room for it")
        await driver.press("tab", "tab")
        assert driver.table("fleet-rows").has_focus
        await driver.press("plus", "underscore")
        assert "SHOP-48 moved" not in driver.text()
        await driver.pilot.resize_terminal(200, 50)
        await driver.until_shown("SHOP-48 moved")


async def test_enter_on_what_happened_opens_the_thing() -> None:
    async with driving(_happened(), size=(200, 50)) as driver:
        driver.table("activity-rows").focus()
        await driver.press("enter")
        await driver.until_shown("Card ─ SHOP-48")
        await driver.press("1")
        driver.table("activity-rows").focus()
        await driver.press("j", "enter")
        await driver.until_shown("shop ▸ #412")


async def test_live_data_is_drawn_without_a_key() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        calm = world()
        front.set(replace(calm, incidents=(), runs=calm.runs[1:]))
        await driver.until(lambda: "✕ failed" not in driver.text(), "the failure to go")
        assert "never ran" in driver.text()


async def test_paused_data_stays_until_it_goes_on() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("u")
        calm = world()
        version = driver.app.overview.version if driver.app.overview else -1
        front.set(replace(calm, runs=calm.runs[1:]))
        asked = await driver.app.bridge.ask(lambda f: f.version())
        assert asked > version
        assert "✕ failed" in driver.text()
        await driver.press("u")
        await driver.until(lambda: "✕ failed" not in driver.text(), "live data")


async def test_only_what_changed_is_drawn_again() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        fleet = driver.table("fleet-rows")
        await driver.until(lambda: len(fleet.rows) > 5)
        drawn = [fleet.render_line(y) for y in range(6)]
        now = world()
        hosts = dict(now.frames)
        sample = hosts["web-01"].sample
        assert sample is not None
        hosts["web-01"] = replace(hosts["web-01"], sample=replace(sample, cpu_ratio=0.5))
        front.set(replace(now, frames=hosts))
        await driver.until_shown("50 %")
        again = [fleet.render_line(y) for y in range(6)]
        same = [a is b for a, b in zip(drawn, again, strict=True)]
        assert same.count(False) <= 3  # the host itself, and the ages that moved on
        assert True in same[1:]


async def _open(driver: Driver, *keys: str) -> None:
    await driver.press(*keys)


async def test_the_acts_of_home_reach_the_house() -> None:
    async with driving() as driver:
        await _open(driver, "s")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls[0][:3] == ("file", "pipeline.run", "shop")
        await driver.press("R")
        await driver.until(lambda: len(driver.front.calls) == 2)
        assert driver.front.calls[1] == ("file", "run.rerun", "shop-412", "", {"mode": "failed"})
