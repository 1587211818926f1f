"""What lies below the panes: one strip for all of its lines, in the colours of the theme."""

from __future__ import annotations

from driving import driving
from fake_front import FakeFront
from sample_world import world
from textual.geometry import Region

from devops_tui.tui.widgets.ground import GroundVertical


async def test_all_lines_of_the_ground_are_one_strip_of_its_width() -> None:
    async with driving(FakeFront(world())) as driver:
        ground = driver.app.screen.query(GroundVertical).first()
        drawn = ground.render_lines(Region(0, 0, 40, 9))
        assert len(drawn) == 9
        assert len({id(strip) for strip in drawn}) == 1
        assert drawn[0].text == " " * 40
        assert ground.render_lines(Region(0, 0, 12, 1))[0].cell_length == 12


async def test_the_ground_follows_the_theme() -> None:
    async with driving(FakeFront(world())) as driver:
        ground = driver.app.screen.query(GroundVertical).first()
        before = ground.render_lines(Region(0, 0, 4, 1))[0]
        await driver.until(lambda: "light" in driver.app.theme_names())
        driver.app.load_themes("light")
        await driver.until(lambda: driver.app.theme == "light")
        assert ground.render_lines(Region(0, 0, 4, 1))[0]._segments != before._segments


async def test_a_view_that_is_left_keeps_no_old_figures_and_draws_again() -> None:
    async with driving(FakeFront(world())) as driver:
        await driver.until_shown("web-")
        home = driver.app.view
        assert home is not None
        await driver.press("5")
        await driver.until(lambda: driver.app.view is not home)
        makers = [table for table in home.query("LineTable") if table._make_rows is not None]  # type: ignore[attr-defined]
        await driver.until(lambda: not [t for t in makers if t._make_rows is not None])  # type: ignore[attr-defined]
        await driver.press("1")
        await driver.until(lambda: driver.app.view is home)
        await driver.until(lambda: all(t._make_rows for t in home.query("LineTable")))  # type: ignore[attr-defined]
