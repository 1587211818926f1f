"""What changed, on screen: by key from a run, and between two marked runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.change import Changes, FileChange, KeyChange
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Commit
from devops_tui.domain.source_state import SourceState

FOUND = Changes(
    "shop-411",
    RunId("shop-412"),
    "the last success",
    commits=(Commit("abc1234" * 5, "cart: [@click=app.quit]round[/]", "Sora"),),
    settings=(KeyChange("test/unit: script", "make test", "make check"),),
    files=(FileChange("dist/shop", "sha256:aa", "sha256:bb"),),
)


def front() -> FakeFront:
    made = FakeFront(world())
    made.changes = FOUND
    return made


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_d_shows_what_a_run_brings(size: tuple[int, int]) -> None:
    async with driving(front(), size=size) as driver:
        await driver.press("2")
        await driver.until(lambda: driver.table("run-rows").cursor_key, "a run is selected")
        run = driver.table("run-rows").cursor_key
        await driver.press("d")
        await driver.until_shown("since shop-411")
        text = driver.text()
        for told in (run, "[@click=app.quit]round[/]", "make check", "dist/shop", "Sora"):
            assert told in text
        assert ("what_changed", run, "last-success") in driver.front.calls
        assert all(len(row) == size[0] for row in driver.rows())
        await driver.press("d")
        await driver.until(
            lambda: ("what_changed", run, "production") in driver.front.calls, "since production"
        )


async def test_two_marked_runs_are_compared_older_first() -> None:
    async with driving(front()) as driver:
        await driver.press("2")
        await driver.until(lambda: len(driver.table("run-rows").rows) > 2, "runs")
        await driver.press("=")
        await driver.until_said("mark two runs")
        first = driver.table("run-rows").cursor_key
        await driver.press("space")
        second = driver.table("run-rows").cursor_key
        assert second != first
        await driver.press("space", "=")
        await driver.until(
            lambda: ("what_changed", first, second) in driver.front.calls, "compared"
        )


async def test_a_source_that_cannot_be_read_stands_on_home_and_pipelines() -> None:
    overview = world()
    state = SourceState("shop", unreadable_since=ago(720), why="git: fatal: [/] no route to host")
    async with driving(replace(overview, sources={"shop": state}), size=(200, 50)) as driver:
        await driver.until_shown("source unreadable since")  # with the date, when it was yesterday
        assert "12 m ago: git: fatal: [/]" in driver.text()
        await driver.press("2")
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == "pipelines")
        await driver.until_shown("shop ✕ source unreadable since")
