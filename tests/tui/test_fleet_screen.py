from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, frame, world

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.view import Overview
from devops_tui.presentation import fleet
from devops_tui.presentation.rows import Row

SIZES = [(80, 24), (120, 40), (200, 50)]


def order(driver: Driver) -> list[str]:
    return [row.key for row in driver.table("host-rows").rows]


@pytest.mark.parametrize("size", SIZES)
async def test_what_hurts_stands_first_with_figures(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        text = driver.text()
        for expected in ("27 hosts · ✕ 1 hurt · ~ 1 stale", "✕ hurt", "96 %", "disk 93 %",
                         "connection lost", "● live"):  # fmt: skip
            assert expected in text
        assert order(driver)[:2] == ["web-07", "web-03"]
        assert all(len(row) == size[0] for row in driver.rows())


async def test_sort_by_a_column_and_again_the_other_way() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("state↓")
        await driver.press("C")
        await driver.until_shown("cpu↓")
        assert order(driver)[0] == "web-07"
        await driver.press("C")
        await driver.until_shown("cpu↑")
        assert order(driver)[-1] == "web-07"
        await driver.press("N")
        await driver.until_shown("host↑")
        assert order(driver)[0] == "db-01"


async def test_the_cursor_stays_with_the_host_when_the_order_changes() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("j")
        assert driver.table("host-rows").cursor_key == "web-03"
        await driver.press("N")
        await driver.until_shown("host↑")
        assert driver.table("host-rows").cursor_key == "web-03"


async def test_only_what_is_wrong() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("ctrl+z")
        await driver.until_shown("only what is wrong")
        assert order(driver) == ["web-07", "web-03"]
        await driver.press("ctrl+z")
        await driver.until(lambda: len(order(driver)) == 27, "all hosts again")


async def test_filter_stays_visible_and_escape_clears_it() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("slash")
        await driver.type("db-")
        await driver.press("enter")
        await driver.until(lambda: order(driver) == ["db-01", "db-02"], "two hosts")
        await driver.until_shown("/db-")
        await driver.press("escape")
        await driver.until(lambda: len(order(driver)) == 27, "all hosts again")


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_a_host_with_all_figures(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("enter")
        await driver.until_shown("Host ─ web-07")
        text = driver.text()
        for expected in ("10.0.0.7", "cpu trend", "of 4 cores", "swap        unknown",
                         "disk used      93 %", "psi cpu"):  # fmt: skip
            assert expected in text
        await driver.press("escape")
        await driver.until_shown("Fleet")
        assert driver.table("host-rows").cursor_key == "web-07"


async def test_figures_are_live() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until_shown("96 %")
        frames = {**world().frames, "web-07": frame("web-07", 0.42)}
        front.set(replace(world(), frames=frames))
        await driver.until_shown("42 %")
        await driver.until(lambda: "96 %" not in driver.text(), "the old figure gone")


async def test_figures_that_nobody_renews_are_not_drawn_as_live() -> None:
    old = {h: replace(f, at=ago(60)) for h, f in world().frames.items()}
    async with driving(replace(world(), frames=old)) as driver:
        await driver.press("5")
        await driver.until_shown("27 stale")
        assert "● live" not in driver.text()


async def test_a_changed_key_and_a_host_that_was_never_reached_have_their_looks() -> None:
    given = {
        "wall": Frame(HostName("wall"), LinkState.KEY_CHANGED, ago(1), why="SHA256:aa is not bb"),
        "new": Frame(HostName("new"), LinkState.CONNECTING, ago(1)),
    }
    async with driving(replace(world(), frames=given)) as driver:
        await driver.press("5")
        await driver.until_shown("✕ key changed")
        assert "SHA256:aa is not bb" in driver.text()
        assert "○ connecting" in driver.text()
        await driver.press("enter")
        await driver.until_shown("No figures yet.")


async def test_a_host_is_opened_by_name_and_anything_else_filters() -> None:
    async with driving() as driver:
        driver.app.open("fleet", "web-05")
        await driver.until_shown("Host ─ web-05")
        driver.app.open("fleet", "lb")
        await driver.until_shown("/lb")
        await driver.until(lambda: order(driver) == ["lb-1"], "one host")


async def test_hostile_names_and_reasons_do_nothing() -> None:
    name = "[@click=app.quit]x[/]\x1b[2J"
    bad = Frame(HostName(name), LinkState.UNREACHABLE, ago(1), why="oops [/] \x9b31m")
    async with driving(replace(world(), frames={name: bad})) as driver:
        await driver.press("5")
        await driver.until_shown("✕ unreachable")
        assert "[@click=app" in driver.text()
        assert not any(ord(c) < 0x20 and c != "\n" for c in driver.text())


async def test_empty() -> None:
    async with driving(replace(world(), frames={})) as driver:
        await driver.press("5")
        await driver.until_shown("no figures yet")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("5", "j", "C", "enter", "j", "escape", "plus", "underscore")
        assert driver.app.is_running


async def test_of_a_thousand_hosts_only_the_visible_changed_rows_are_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = {f"h-{n:04d}": frame(f"h-{n:04d}", 0.1) for n in range(1000)}
    given: Overview = replace(world(), frames=frames)
    made: list[str] = []
    real = fleet.row

    def counted(of: Frame, *rest: object, quiet: str = "") -> Row:
        made.append(of.host)
        return real(of, *rest, quiet=quiet)  # type: ignore[arg-type,misc]

    monkeypatch.setattr(fleet, "row", counted)
    front = FakeFront(given)
    async with driving(front) as driver:
        await driver.press("5")
        await driver.until(lambda: len(order(driver)) == 1000, "a thousand rows")
        await driver.until_shown("h-0003")
        assert 0 < len(set(made)) < 100
        # the bar that came with a thousand rows took a column: once more for its width
        made.clear()
        front.set(replace(given, frames={**frames, "h-0003": frame("h-0003", 0.55)}))
        await driver.until_shown("55 %")
        made.clear()
        changed = {"h-0003": frame("h-0003", 0.77), "h-0900": frame("h-0900", 0.66)}
        front.set(replace(given, frames={**frames, **changed}))
        await driver.until_shown("77 %")
        assert "h-0900" not in made
        await driver.press("G")
        assert driver.table("host-rows").cursor_key == order(driver)[-1]
