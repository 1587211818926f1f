"""Columns are chosen by name, kept for the operator, and the usual ones come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.session import open_session
from devops_tui.domain.errors import Refused
from devops_tui.presentation import fleet
from devops_tui.presentation.fleet_columns import MORE, checked

CHOSEN = ["host", "up", "cores", "cpu"]


def titles(driver: Driver) -> list[str]:
    heading = next(row for row in driver.rows() if row.split()[:1] == ["host"])
    return heading.replace("↓", "").replace("↑", "").split()


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_columns_are_chosen_and_kept(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press(":")
        await driver.type("columns up cores cpu")
        await driver.press("enter")
        await driver.until(
            lambda: titles(driver)[:4] == ["host", "up", "cores", "cpu"], "the columns"
        )
        assert front.columns == ("up", "cores", "cpu")
    async with driving(front, size) as driver:  # another screen, later
        await driver.press("5")
        await driver.until(
            lambda: titles(driver)[:4] == ["host", "up", "cores", "cpu"], "the columns"
        )
        await driver.press(":")
        await driver.type("columns usual")
        await driver.press("enter")
        await driver.until(lambda: "state" in titles(driver), "the usual ones")
        assert list(front.columns) == []
        await driver.press(":")
        await driver.type("columns cpu colour")
        await driver.press("enter")
        await driver.until_said("no column colour")
        assert "state" in titles(driver)


async def test_the_key_opens_the_line_with_the_columns_of_now() -> None:
    front = FakeFront(world())
    front.columns = ("temp", "cpu")
    async with driving(front, (120, 40)) as driver:
        await driver.press("5")
        await driver.until(lambda: titles(driver)[:3] == ["host", "°C", "cpu"], "the columns")
        await driver.press("o")
        await driver.until_shown("columns temp cpu")


def test_every_column_fits_and_the_first_stay_longest() -> None:
    names = [*(field.name for field in fleet.FIELDS), *MORE]
    assert checked(", ".join(names), fleet.FIELDS) == tuple(names)
    with pytest.raises(Refused, match="no column x"):
        checked("cpu x", fleet.FIELDS)
    for cells in (20, 80, 200):
        grid = fleet.grid(cells, ["gpu", "updates", "cpu"])
        assert grid.has("name")
        assert len(grid.fields) == (2 if cells == 20 else 4)
    assert fleet.grid(26, ["gpu", "why"]).has("gpu")


def test_the_choice_lasts_and_is_the_operators_own(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    paths = paths_of(tmp_path / "devops.yaml", environ)
    first = open_session(paths, "jun")
    first.keep_fleet_columns(["cpu", "temp"])
    first.close()
    for actor, expected in (("jun", ("cpu", "temp")), ("minji", ())):
        again = open_session(paths, actor)
        assert tuple(again.fleet_columns()) == expected
        again.close()
