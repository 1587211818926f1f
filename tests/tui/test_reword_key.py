"""E changes one of the operator's own remarks on a card, or takes it away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, card, world

from devops_tui.domain.board import Column, Comment
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import RevisionConflict
from devops_tui.tui.choosing import Choice
from devops_tui.tui.remark_form import RemarkForm

ME = FakeFront(world()).actor


def said(*remarks: tuple[str, str]) -> FakeFront:
    """A house with one card in work on which that was said, by whom."""
    comments = tuple(Comment(ago(60), who, text) for who, text in remarks)
    one = replace(card(4, "card payments", Column.IN_WORK, "sora"), comments=comments)
    done = card(40, "done 0", Column.DONE, "jun")
    return FakeFront(replace(world(), cards=(one, done)))


async def on_board(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")


async def form(driver: Driver) -> None:
    await driver.until(lambda: isinstance(driver.app.screen, RemarkForm), "the form")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 50)])
async def test_the_only_remark_of_ones_own_is_changed(size: tuple[int, int]) -> None:
    async with driving(said(("sora", "no"), (ME, "line one\nline two")), size) as driver:
        await on_board(driver)
        await driver.press("E")
        await form(driver)
        for expected in ("Your remark 2 on SHOP-4", "line one", "line two", "ctrl+s saves"):
            assert expected in driver.text()
        await driver.type("!")
        await driver.press("ctrl+s")
        await driver.until_said("remark 2 on SHOP-4 was changed")
        edit = CardEdit(reword=(2, "line one\nline two!"))
        assert driver.front.calls == [("edit_card", "SHOP-4", edit)]


async def test_of_several_one_is_chosen_and_without_a_text_it_is_taken_away() -> None:
    async with driving(said((ME, "first"), ("sora", "no"), (ME, "second"))) as driver:
        await on_board(driver)
        await driver.press("E")
        await driver.until(lambda: isinstance(driver.app.screen, Choice), "which one")
        assert "3  second" in driver.text()
        assert "no" not in [row.strip("│▸ ") for row in driver.rows()]
        await driver.press("j", "enter")
        await form(driver)
        await driver.press(*["backspace"] * 6)
        await driver.press("ctrl+s")
        await driver.until_said("taken away; z brings it back")
        assert driver.front.calls == [("edit_card", "SHOP-4", CardEdit(reword=(3, "")))]


async def test_the_remark_under_the_cursor_of_the_open_card_is_meant() -> None:
    async with driving(said((ME, "first"), ("sora", "theirs"), (ME, "second"))) as driver:
        await on_board(driver)
        await driver.press("enter")
        await driver.until_shown("second")
        driver.table("card-rows").cursor_key = "comment 1.0#"
        await driver.press("E")
        await driver.until_said("remark 2 is sora's: only who said it changes it")
        driver.table("card-rows").cursor_key = "comment 2.0#"
        await driver.press("E")
        await form(driver)
        assert "Your remark 3 on SHOP-4" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, RemarkForm), "it is left")
        assert driver.front.calls == []


async def test_what_the_store_refuses_is_said_and_the_text_is_kept() -> None:
    front = said((ME, "first"))
    async with driving(front, (80, 24)) as driver:
        await on_board(driver)
        await driver.press("E")
        await form(driver)
        front.refusal = RevisionConflict("SHOP-4 was changed meanwhile by sora", "Look at it.")
        await driver.type(" and more")
        await driver.press("ctrl+s")
        await driver.until_shown("SHOP-4 was changed meanwhile by sora")
        assert "first and more" in driver.text()


async def test_who_said_nothing_is_told_how_to() -> None:
    async with driving(said(("sora", "no"))) as driver:
        await on_board(driver)
        await driver.press("E")
        await driver.until_said("no remark on SHOP-4 is yours; c writes one")


async def test_the_last_column_is_told_of_and_not_the_card_that_may_move_on() -> None:
    async with driving(said()) as driver:
        await on_board(driver)
        await driver.press("l")
        await driver.until(lambda: driver.table("column-Done").has_focus, "Done in focus")
        await driver.press("L")
        await driver.until_said("Done is the last column")
        assert not any("SHOP-40" in notice for notice in driver.notices())
