"""The value stream on screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Commit
from devops_tui.domain.stream import Edge, Journey, ValueStream

AT = datetime(2026, 3, 1, tzinfo=UTC)
EDGES = (
    Edge("shop", "run", 60.0, 0.0, AT),
    Edge("shop", "test", 5.0, 50.0, AT),
    Edge("shop", "release", 3000.0, 9.0, AT, is_production=True),
)
LATEST = Journey(Commit("abc1234" * 5, "cart [/]", "Sora", AT), (RunId("shop-412"),), EDGES)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_v_draws_the_way_to_production(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    front.stream = ValueStream("", LATEST, EDGES, 3, 3124.0)
    async with driving(front, size=size) as driver:
        await driver.press("2")
        await driver.until(lambda: driver.table("run-rows").cursor_key, "a run is selected")
        await driver.press("v")
        await driver.until_shown("◂ longest wait")
        text = driver.text()
        for told in ("lead time 52 m 4 s", "● release", "50 m", "works 59 s (2 %)", "cart [/]"):
            assert told in text, text
        assert all(len(row) == size[0] for row in driver.rows())
        await driver.press("minus")
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == "pipelines")


async def test_a_pipeline_without_commits_says_so() -> None:
    async with driving(FakeFront(world())) as driver:
        driver.app.open("stream", "shop")
        await driver.until_shown("no commit of shop has been on its way yet")
