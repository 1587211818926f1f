"""The board with columns beside the four: in small and large terminals, by key and mouse."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import card, world

from devops_tui.domain.board import Column, FurtherColumn, Step, WipLimit, put
from devops_tui.domain.view import Overview

REVIEW, TEST = Step("Review", Column.IN_WORK), Step("Test", Column.IN_WORK)


def wide(*steps: Step) -> Overview:
    """Cards in further columns; those of steps that are not given have lost theirs."""
    before = world()
    assert before.workspace is not None
    further = tuple(FurtherColumn(step, WipLimit(cards=1)) for step in steps)
    rules = replace(before.workspace.board, further=further)
    cards = (
        card(1, "export as CSV", Column.BACKLOG),
        card(3, "faster search", Column.PLANNED, "jun"),
        card(4, "card payments", Column.IN_WORK, "sora"),
        put(card(5, "cart rounds wrongly", Column.IN_WORK, "jun"), REVIEW),
        card(6, "login page", Column.DONE, "sora"),
    )
    return replace(before, cards=cards, workspace=replace(before.workspace, board=rules))


async def on_board(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")


def _is_focused(driver: Driver, column: str) -> bool:
    return driver.table(f"column-{column}").has_focus


async def test_six_columns_stand_side_by_side_where_there_is_room() -> None:
    async with driving(wide(REVIEW, TEST), size=(200, 50)) as driver:
        await on_board(driver)
        await driver.until_shown("Review ─ 1/1 full")
        for expected in ("Backlog ─ 1", "Test ─ 0/1", "Done ─ 1", "SHOP-5"):
            assert expected in driver.text()


async def test_at_80_columns_those_around_the_cursor_are_shown() -> None:
    async with driving(wide(REVIEW, TEST), size=(80, 24)) as driver:
        await on_board(driver)
        await driver.until_shown("Test, Done →")
        for name in ("Review", "Test", "Done"):
            await driver.press("l")
            await driver.until(partial(_is_focused, driver, name), name)
        await driver.until_shown("← Backlog, Planned")
        assert "login page"[:8] in driver.text()
        assert all(len(row) == 80 for row in driver.rows())
        await driver.press("h", "h", "h", "h", "h")
        await driver.until(lambda: driver.table("column-Backlog").has_focus, "Backlog in focus")
        await driver.until_shown("Test, Done →")


@pytest.mark.parametrize(("key", "to"), [("H", Column.IN_WORK), ("L", TEST)])
async def test_keys_move_a_card_through_them(key: str, to: Column | Step) -> None:
    async with driving(wide(REVIEW, TEST), size=(120, 40)) as driver:
        await on_board(driver)
        await driver.press("l")
        await driver.until(lambda: driver.table("column-Review").has_focus, "Review in focus")
        await driver.press(key)
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_card", "SHOP-5", to, None)]


async def test_a_digit_names_each_of_them() -> None:
    async with driving(wide(REVIEW, TEST)) as driver:
        await on_board(driver)
        await driver.press("m")
        await driver.until_shown("to which column?")
        await driver.until_shown("5 Test")
        await driver.press("9")
        await driver.press("4")
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_cards", ("SHOP-4",), REVIEW)]


async def test_columns_come_and_go_with_the_configuration() -> None:
    front = FakeFront(wide(REVIEW))
    async with driving(front, size=(120, 40)) as driver:
        await on_board(driver)
        await driver.press("l")
        await driver.until(lambda: driver.table("column-Review").has_focus, "Review in focus")
        front.set(wide())
        await driver.until_shown("no such column any more, shown in InWork")
        await driver.until(lambda: "SHOP-5" in [r.key for r in driver.table("column-InWork").rows],
                           "the card in InWork")  # fmt: skip
        assert "was Review" in driver.text()
        front.set(wide(REVIEW, TEST))
        await driver.until(lambda: len(driver.app.screen.query("#columns Pane")) == 6, "six")
        await driver.until(lambda: "SHOP-5" in [r.key for r in driver.table("column-Review").rows],
                           "the card is back")  # fmt: skip
        assert "was Review" not in driver.text()
