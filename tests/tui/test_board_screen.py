from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import card, world

from devops_tui.domain.board import Column
from devops_tui.domain.errors import LimitReached, RevisionConflict
from devops_tui.domain.ids import CardId
from devops_tui.domain.view import Overview

SIZES = [(80, 24), (120, 40), (200, 50)]


def small() -> Overview:
    """Few cards with ids of their own."""
    cards = (
        card(1, "export as CSV", Column.BACKLOG),
        card(2, "dark theme", Column.BACKLOG),
        card(3, "faster search", Column.PLANNED, "jun"),
        card(4, "card payments", Column.IN_WORK, "sora"),
        card(5, "cart rounds wrongly", Column.IN_WORK, "jun", blocked="waits for the bank"),
        card(6, "login page", Column.DONE, "sora"),
    )
    return replace(world(), cards=cards)


async def on_board(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")


@pytest.mark.parametrize("size", SIZES)
async def test_four_columns_with_limits_owners_and_ages(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await on_board(driver)
        text = driver.text()
        for expected in ("Backlog ─ 23", "Planned ─ 5/6", "3/3 full", "Done ─ 9", "✕ blocked",
                         "SHOP-79", "sora"):  # fmt: skip
            assert expected in text
        assert all(len(row) == size[0] for row in driver.rows())


@pytest.mark.parametrize(("key", "to"), [("H", Column.PLANNED), ("L", Column.DONE)])
async def test_keys_move_the_selected_card(key: str, to: Column) -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press(key)
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_card", "SHOP-4", to, None)]


async def test_a_card_moves_when_the_store_says_so_and_the_cursor_follows() -> None:
    front = FakeFront(small())
    async with driving(front) as driver:
        await on_board(driver)
        await driver.press("L")
        await driver.until(lambda: driver.front.calls, "a move")
        assert "SHOP-4" in [r.key for r in driver.table("column-InWork").rows]
        moved = tuple(
            replace(c, column=Column.DONE) if c.id == "SHOP-4" else c for c in small().cards
        )
        front.set(replace(small(), cards=moved))
        done = driver.table("column-Done")
        await driver.until(lambda: done.has_focus, "the cursor beside the card")
        await driver.until(lambda: done.cursor_key == "SHOP-4", "the card selected")


async def test_keys_reorder_within_a_column() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("j", "K")
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_card", "SHOP-5", Column.IN_WORK, "SHOP-4")]


async def test_a_refused_move_says_why_and_what_to_do() -> None:
    front = FakeFront(small())
    front.refusal = LimitReached("InWork is full (3/3)", "Ask jun to override with a reason.")
    async with driving(front) as driver:
        await on_board(driver)
        await driver.press("h")
        await driver.until(lambda: driver.table("column-Planned").has_focus, "Planned in focus")
        await driver.press("L")
        await driver.until_said("InWork is full (3/3)")
        await driver.until_said("Ask jun to override")
        assert driver.table("column-Planned").cursor_key == "SHOP-3"


async def test_an_override_takes_a_reason() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("h")
        await driver.until(lambda: driver.table("column-Planned").has_focus, "Planned in focus")
        await driver.press("o")
        await driver.until_shown("over its limit")
        await driver.press("enter")
        await driver.until_shown("a reason is needed")
        await driver.type("fire")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_card", "SHOP-3", Column.IN_WORK, None, "fire")]


async def test_a_new_card_is_filed_in_the_backlog() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("n")
        await driver.until_shown("New card")
        await driver.type("export [/] as pdf")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a card")
        assert driver.front.calls == [("add_card", "export [/] as pdf")]


async def test_columns_are_walked_by_h_and_l_and_the_ends_are_ends() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        for key, column in (
            ("l", "Done"), ("l", "Done"), ("h", "InWork"), ("h", "Planned"), ("h", "Backlog"),
            ("h", "Backlog"),
        ):  # fmt: skip
            await driver.press(key)
            table = driver.table(f"column-{column}")
            await driver.until(partial(getattr, table, "has_focus"), column)


async def test_enter_opens_a_card_and_its_text_does_nothing() -> None:
    hostile = replace(
        card(4, "[@click=app.quit]x[/] \x1b[2J", Column.IN_WORK), text="oops [/]\nsecond"
    )
    async with driving(replace(small(), cards=(hostile,))) as driver:
        await on_board(driver)
        await driver.press("enter")
        await driver.until_shown("oops [/]")
        assert "[@click=app.quit]x[/]" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: driver.table("column-InWork").has_focus, "back in the column")


async def test_a_card_is_dragged_to_another_column() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        source, target = driver.table("column-InWork"), driver.table("column-Done")
        await driver.pilot.mouse_down(source, offset=(5, 2))
        await driver.pilot.mouse_up(target, offset=(5, 0))
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_card", "SHOP-5", Column.DONE, "SHOP-6")]


async def test_a_card_dropped_on_itself_stays() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        source = driver.table("column-InWork")
        await driver.pilot.mouse_down(source, offset=(5, 0))
        await driver.pilot.mouse_up(source, offset=(7, 1))
        await driver.press("l")
        await driver.until(lambda: driver.table("column-Done").has_focus, "still alive")
        assert driver.front.calls == []


async def test_a_drop_that_came_too_late_is_told() -> None:
    front = FakeFront(small())
    front.refusal = RevisionConflict("SHOP-5 changed since you looked", "Look again.")
    async with driving(front) as driver:
        await on_board(driver)
        await driver.pilot.mouse_down(driver.table("column-InWork"), offset=(5, 2))
        await driver.pilot.mouse_up(driver.table("column-Done"), offset=(5, 10))
        await driver.until_said("SHOP-5 changed since you looked")
        assert front.calls == [("move_card", "SHOP-5", Column.DONE, None)]


async def test_the_board_needs_no_armed_environment() -> None:
    async with driving(replace(small(), workspace=world(is_readonly=True).workspace)) as driver:
        await on_board(driver)
        await driver.press("L")
        await driver.until(lambda: driver.front.calls, "a move")


async def test_a_card_is_opened_by_its_id() -> None:
    async with driving(small()) as driver:
        driver.app.open("board", "SHOP-6")
        await driver.until_shown("login page")
        await driver.until_shown("Card ─ SHOP-6")


async def test_a_card_that_vanished_is_said_to_be_gone() -> None:
    front = FakeFront(small())
    async with driving(front) as driver:
        driver.app.open("board", "SHOP-6")
        await driver.until_shown("Card ─ SHOP-6")
        front.set(replace(small(), cards=()))
        await driver.until_shown("this card is gone")


async def test_empty_columns_say_so() -> None:
    async with driving(replace(world(), cards=())) as driver:
        await on_board(driver)
        assert driver.text().count("no card") == 4


async def test_one_column_at_a_time_when_narrow() -> None:
    async with driving(small(), size=(40, 20)) as driver:
        await on_board(driver)
        await driver.until_shown("SHOP-4")
        assert "SHOP-3" not in driver.text()
        await driver.press("h")
        await driver.until_shown("SHOP-3")
        assert "SHOP-4" not in driver.text()


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("4", "h", "l", "j", "enter", "escape", "plus", "underscore")
        assert driver.app.is_running


def test_the_sample_ids_are_distinct() -> None:
    ids = [c.id for c in small().cards]
    assert len(set(ids)) == len(ids) == 6
    assert CardId("SHOP-4") in ids
