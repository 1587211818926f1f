"""What a run built, on its own screen; and a log that retention removed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.ids import Digest, JobId, RunId
from devops_tui.domain.pipeline import Artifact

SIZES = [(80, 24), (120, 40), (200, 50)]


def built(name: str, letter: str, origin: str = "") -> Artifact:
    return Artifact(
        Digest(f"sha256:{letter * 64}"),
        name,
        12_345,
        RunId("shop-412"),
        JobId("build/build"),
        "4be1d2a",
        ago(60),
        origin=RunId(origin) if origin else None,
    )


async def into_run(driver: Driver) -> None:
    driver.app.open("pipelines", "shop-412")
    await driver.until_shown("▸ #412")


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_shows_what_it_built_in_one_line(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    front.built = (built("dist/shop.pyz", "a"), built("dist/[@click=app.quit]x", "b", "shop-411"))
    async with driving(front, size=size) as driver:
        await into_run(driver)
        await driver.until_shown("shop.pyz aaaaaaaaaaaa")
        assert "built " in driver.text()
        assert all(len(row) == size[0] for row in driver.rows())


async def test_a_run_without_artifacts_has_no_such_line() -> None:
    async with driving(FakeFront(world()), size=(120, 40)) as driver:
        await into_run(driver)
        assert "built " not in driver.text()


async def test_a_log_that_was_pruned_says_when() -> None:
    overview = world()
    runs = tuple(
        replace(view, run=replace(view.run, log_pruned_at=ago(86_400)))
        if view.run.id == "shop-412"
        else view
        for view in overview.runs
    )
    async with driving(FakeFront(replace(overview, runs=runs)), size=(120, 40)) as driver:
        await into_run(driver)
        await driver.until_shown("log pruned on ")
