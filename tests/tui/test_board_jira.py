"""The board beside a Jira: keys, what is not sent yet, what asks, and how it is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import ago, card, world

from devops_tui.domain.board import Column
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import (
    Clash,
    ClashKind,
    FieldBase,
    IssueCopy,
    RemoteValue,
    Tracked,
    TrackedCard,
)
from devops_tui.domain.view import Overview

HOSTILE = "[@click=app.quit]x[/] \x1b[31m"
CLASHING = CardId("SHOP-4")


def _overview() -> Overview:
    cards = (
        card(1, "only here", Column.BACKLOG),
        card(3, "faster search", Column.PLANNED, "jun"),
        card(4, "card payments", Column.IN_WORK, "sora"),
        card(5, "well known", Column.IN_WORK, "jun"),
    )
    known = {c.id: c for c in cards}
    tracked = {
        CardId("SHOP-3"): Tracked(CardId("SHOP-3"), "SH-3", known[CardId("SHOP-3")].rev - 1),
        CLASHING: Tracked(CLASHING, "SH-4", 0, 2),
        CardId("SHOP-5"): Tracked(CardId("SHOP-5"), "SH-5", known[CardId("SHOP-5")].rev),
    }
    return replace(world(), cards=cards, tracked=tracked)


def _front() -> FakeFront:
    front = FakeFront(_overview())
    clashes = (
        Clash("title", ClashKind.BOTH, "card payments", HOSTILE, "kim", ago(300), "on both sides"),
        Clash("column", ClashKind.RULE, "InWork", "Done", "jira:Kim", ago(60), "only sora"),
    )
    copy = IssueCopy(
        CLASHING,
        "10004",
        "SH-4",
        ago(60),
        base={"title": FieldBase("old", "old")},
        remote={"title": RemoteValue(HOSTILE, HOSTILE)},
        clashes=clashes,
    )
    url = "https://example.atlassian.net/browse/SH-4"
    front.issues = {CLASHING: TrackedCard(CLASHING, copy, url, ("due",), 1)}
    return front


async def _on_board(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_cards_say_how_they_stand_with_jira(size: tuple[int, int]) -> None:
    async with driving(_front(), size=size) as driver:
        await _on_board(driver)
        await driver.until_shown("✕ asks 2")
        text = driver.text()
        assert "↑ new" in text
        assert text.count("↑") >= 2
        assert ("SH-5" in text.replace("SHOP-5", "")) is (size[0] == 200)
        assert all(len(row) == size[0] for row in driver.rows())


async def test_the_sheet_says_what_differs_and_nothing_of_it_acts() -> None:
    async with driving(_front(), size=(120, 40)) as driver:
        await _on_board(driver)
        await driver.press("enter")
        await driver.until_shown("browse/SH-4")
        await driver.until_shown("not sent yet: due, 1 remark")
        await driver.until_shown("title: here “card payments”")
        text = driver.text()
        assert "by Kim" in text
        assert "x decides" in text
        assert "\x1b" not in text


@pytest.mark.parametrize(("downs", "call"), [(0, ("title", "mine")), (3, ("column", "theirs"))])
async def test_x_decides(downs: int, call: tuple[str, str]) -> None:
    async with driving(_front(), size=(100, 30)) as driver:
        await _on_board(driver)
        await driver.press("x")
        await driver.until_shown("What counts for")
        await driver.press(*["j"] * downs)
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a decision")
        assert driver.front.calls == [("resolve_clash", CLASHING, *call)]


async def test_x_says_where_nothing_asks() -> None:
    async with driving(_front(), size=(100, 30)) as driver:
        await _on_board(driver)
        await driver.press("j", "x")
        await driver.until_said("nothing differs")


async def test_a_board_without_jira_shows_nothing_of_it() -> None:
    async with driving(FakeFront(replace(_overview(), tracked=None))) as driver:
        await _on_board(driver)
        assert "↑" not in driver.text()
        await driver.press("x")
        await driver.until_said("no Jira")
