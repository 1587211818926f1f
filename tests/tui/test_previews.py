from __future__ import annotations

import pytest
from driving import Driver, driving

WIDE = (200, 50)


async def test_a_wide_list_of_runs_shows_the_selected_one_beside_it() -> None:
    async with driving(size=WIDE) as driver:
        await driver.press("2")
        await driver.until_shown("Run ─ shop-412")
        for expected in ("most likely cause", "AssertionError", "2 of 318 failed", "212/s"):
            await driver.until_shown(expected)
        await driver.press("j")
        await driver.until_shown("waits for a person")
        assert "AssertionError" not in driver.text()


async def test_a_narrow_but_tall_list_of_runs_shows_it_below() -> None:
    async with driving(size=(100, 50)) as driver:
        await driver.press("2")
        await driver.until_shown("Run ─ shop-412")
        rows = driver.rows()
        first = next(i for i, row in enumerate(rows) if "Runs ─" in row)
        assert next(i for i, row in enumerate(rows) if "Run ─ shop" in row) > first


@pytest.mark.parametrize(
    ("key", "title"), [("2", "Run ─ "), ("4", "Card ─ SHOP-77"), ("5", "Host ─ web-07")]
)
async def test_p_hides_the_preview_and_shows_it_again(key: str, title: str) -> None:
    async with driving(size=WIDE) as driver:
        await driver.press(key)
        await driver.until_shown(title)
        assert all(len(row) == WIDE[0] for row in driver.rows())
        driver.table("preview-rows").focus()
        await driver.press("p")
        await driver.until(lambda: title not in driver.text(), "no preview")
        assert not driver.table("preview-rows").has_focus
        await driver.press("p")
        await driver.until_shown(title)


@pytest.mark.parametrize(("key", "room"), [("2", "160 columns or 40 rows"), ("5", "160 columns")])
async def test_where_there_is_no_room_p_says_what_it_needs(key: str, room: str) -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.press(key, "p", "p")
        await driver.until_said(f"a preview needs {room}")


@pytest.mark.parametrize("key", ["2", "4", "5"])
async def test_the_preview_zooms_and_goes_with_the_room(key: str) -> None:
    async with driving(size=WIDE) as driver:
        await driver.press(key)
        preview = driver.table("preview-rows")
        await driver.until(lambda: preview.rows, "a preview")
        preview.focus()
        await driver.press("plus")
        await driver.until(lambda: preview.size.width > 190, "the preview alone")
        await driver.press("underscore")
        await driver.until(lambda: preview.size.width < 150, "both again")
        await driver.pilot.resize_terminal(90, 24)
        await driver.until(lambda: not preview.parent.display, "no room")  # type: ignore[union-attr]


async def test_the_card_and_the_host_beside_follow_the_cursor() -> None:
    async with driving(size=WIDE) as driver:
        await driver.press("4")
        await driver.until_shown("Card ─ SHOP-77")
        await driver.press("j")
        await driver.until_shown("Card ─ SHOP-79")
        await driver.press("l")
        await driver.until_shown("Card ─ SHOP-40")
        await driver.press("5")
        await driver.until_shown("Host ─ web-07")
        await driver.press("j")
        await driver.until_shown("Host ─ web-03")


async def test_enter_in_the_preview_opens_the_run_at_that_job() -> None:
    async with driving(size=WIDE) as driver:
        await driver.press("2")
        await driver.until_shown("Run ─ shop-412")
        preview = driver.table("preview-rows")
        preview.cursor_key = "test/load"
        preview.focus()
        await driver.press("enter")
        await driver.until_shown("Log ─ test/load")


async def _footer(driver: Driver) -> str:
    await driver.pilot.pause()
    return driver.rows()[-1]


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6"])
@pytest.mark.parametrize("cells", [60, 79, 80, 81, 120])
async def test_the_keys_below_are_never_cut(key: str, cells: int) -> None:
    async with driving(size=(cells, 24)) as driver:
        await driver.press(key)
        shown = await _footer(driver)
        assert shown.rstrip().endswith("? help")


async def test_an_undo_is_offered_only_where_there_is_a_flip() -> None:
    async with driving(size=WIDE) as driver:
        await driver.press("3")
        assert "undo flip" not in await _footer(driver)
        await driver.press("j")
        await driver.until_shown("undo flip")
