"""The board's keys over the double: form, undo, several cards, filter, lanes, links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import card, world

from devops_tui.domain.board import Card, Column, Link, LinkKind, Priority
from devops_tui.domain.card_change import CardChange, ChangeKind
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import RevisionConflict
from devops_tui.domain.event import Event
from devops_tui.domain.sprint import Sprint
from devops_tui.domain.view import Overview


def small(*more: Card) -> Overview:
    cards = (
        card(1, "export as CSV", Column.BACKLOG),
        card(2, "dark theme", Column.BACKLOG),
        card(3, "faster search", Column.PLANNED, "jun"),
        card(4, "card payments", Column.IN_WORK, "sora"),
        card(5, "cart rounds wrongly", Column.IN_WORK, "jun", blocked="waits for the bank"),
        *more,
    )
    return replace(world(), cards=cards)


async def on_board(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_form_changes_only_what_was_changed(size: tuple[int, int]) -> None:
    async with driving(small(), size=size) as driver:
        await on_board(driver)
        await driver.press("e")
        await driver.until_shown("Change SHOP-4")
        for label in ("assignees", "points", "waits for", "priority", "Markdown", "ctrl+s"):
            await driver.until_shown(label)
        await driver.press("tab", "tab")
        await driver.type("db")
        await driver.press("ctrl+s")
        await driver.until_said("SHOP-4 is changed")
        assert driver.front.calls == [("edit_card", "SHOP-4", CardEdit(labels="db"))]


async def test_a_form_stays_open_with_what_is_wrong() -> None:
    front = FakeFront(small())
    async with driving(front) as driver:
        await on_board(driver)
        await driver.press("e")
        await driver.until_shown("Change SHOP-4")
        await driver.press("tab", "tab", "tab")
        await driver.type("many")
        await driver.press("ctrl+s")
        await driver.until_shown("many is no estimate")
        assert front.calls == []
        await driver.press("backspace", "backspace", "backspace", "backspace", "8")
        front.refusal = RevisionConflict("SHOP-4 was changed meanwhile by sora", "Look at it.")
        await driver.press("ctrl+s")
        await driver.until_shown("changed meanwhile by sora")
        await driver.press("escape")
        await driver.until(lambda: driver.table("column-InWork").has_focus, "back on the board")


@pytest.mark.parametrize(("key", "call"), [("z", "undo_card"), ("Z", "redo_card")])
async def test_undo_and_redo_are_one_key(key: str, call: str) -> None:
    front = FakeFront(small())
    now = datetime.now(UTC)
    done = small().cards[3]
    front.taken_back = (CardChange("jun", done.id, ChangeKind.MOVE, now, done, done, 1, 2),)
    async with driving(front) as driver:
        await on_board(driver)
        await driver.press(key)
        await driver.until_said("move of SHOP-4")
        assert front.calls == [(call,)]


async def test_marked_cards_move_together_by_a_number() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("space", "space", "m")
        await driver.until_shown("2 cards")
        await driver.press("4")
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_cards", ("SHOP-4", "SHOP-5"), Column.DONE)]
        assert driver.table("column-InWork").marked == ()
        assert driver.app.view is not None
        assert driver.app.view.view_name == "board"


async def test_marked_cards_move_together_to_the_side() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("space", "space", "L")
        await driver.until(lambda: driver.front.calls, "a move")
        assert driver.front.calls == [("move_cards", ("SHOP-4", "SHOP-5"), Column.DONE)]


async def test_a_question_for_a_column_can_be_left() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("m")
        await driver.until_shown("to which column")
        await driver.press("escape")
        await driver.until(lambda: driver.table("column-InWork").has_focus, "back")
        assert driver.front.calls == []


async def test_a_query_filters_the_whole_board() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("slash")
        await driver.type("mine and not blocked")
        await driver.press("enter")
        await driver.until_shown("1 of 5")
        await driver.until(
            lambda: [
                r.key for c in Column for r in driver.table(f"column-{c.value}").rows
                if r.is_selectable
            ] == ["SHOP-3"],
            "one card",
        )  # fmt: skip
        await driver.press("escape")
        await driver.until_shown("SHOP-4")


async def test_a_mistake_in_a_query_is_said_with_its_column() -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("slash")
        await driver.type("assignee = ")
        await driver.until_shown("column 11")
        await driver.press("enter")
        await driver.until_said("column 11: the query ends too early")


async def test_a_kept_filter_is_chosen_again() -> None:
    front = FakeFront(small())
    front.filters = {"stuck": "blocked"}
    async with driving(front) as driver:
        await on_board(driver)
        await driver.press("F")
        await driver.until_shown("stuck")
        await driver.press("enter")
        await driver.until_shown("/ blocked")
        await driver.press("F", "j", "enter")
        await driver.until_shown("under which name")
        await driver.type("mine")
        await driver.press("enter")
        await driver.until_said("kept as mine")
        assert front.calls == [("save_filter", "mine", "blocked")]


async def test_lanes_part_the_cards_and_the_expedite_one_stands_above() -> None:
    rushed = replace(card(7, "bank is down", Column.PLANNED, "sora"), priority=Priority.EXPEDITE)
    async with driving(small(rushed), size=(200, 50)) as driver:
        await on_board(driver)
        await driver.press("s")
        await driver.until_shown("lanes by assignee")
        keys = [r.key for r in driver.table("column-Planned").rows if not r.key.startswith("SHOP")]
        names = [k.split(" ")[1].strip("#") for k in keys if k.count(" ") < 2 or "limit" in k]
        assert names[0] == "expedite"
        text = driver.text()
        assert text.index("no limit") < text.index("─ jun") < text.index("─ sora")
        heights = {len(driver.table(f"column-{c.value}").rows) for c in Column}
        assert len(heights) == 1  # the lanes of all columns begin in the same row


async def test_the_sprint_stands_above_the_columns() -> None:
    now = datetime.now(UTC)
    last = (now + timedelta(days=4)).date().isoformat()
    sprint = Sprint(14, "vouchers [/]", now, last, 12.0, "jun")
    async with driving(replace(small(), sprint=sprint), size=(80, 24)) as driver:
        await on_board(driver)
        await driver.until_shown("sprint 14 · 4 days left · 3 of 12 points left · vouchers [/]")


async def test_a_card_opens_what_it_is_linked_to_by_one_key() -> None:
    run = world().runs[0].run.id
    linked = replace(
        small(),
        cards=tuple(
            replace(c, links=(Link(LinkKind.RUN, run),)) if c.id == "SHOP-4" else c
            for c in small().cards
        ),
    )
    async with driving(linked) as driver:
        await on_board(driver)
        await driver.press("f")
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == "pipelines")
        await driver.until_shown(f"#{run.rsplit('-', 1)[1]}")
        await driver.press("c")
        await driver.until(lambda: driver.app.view and driver.app.view.view_name == "board")


async def test_a_card_shows_markdown_and_history_and_neither_acts() -> None:
    hostile = replace(
        card(4, "x", Column.IN_WORK, "sora"),
        text="# Why\n**bold** [@click=app.quit]y[/]\n- [x] done\n```\ncode  two\n```\n[a](js:b)",
    )
    told = Event("card.edited", "SHOP-4", datetime.now(UTC), "[/]jun", "", {"title": "x"}, 3)
    overview = replace(small(), cards=(hostile,), events=(told,))
    async with driving(overview) as driver:
        await on_board(driver)
        await driver.press("enter")
        for text in ("Why", "bold", "[@click=app.quit]y[/]", "● done", "code  two",
                     "a (js:b)", "history", "was changed by [/]jun"):  # fmt: skip
            await driver.until_shown(text)


@pytest.mark.parametrize(
    ("keys", "call"),
    [
        (("b",), ("edit_card", "SHOP-5", CardEdit(blocked=""))),
        (("A",), ("archive_card", "SHOP-5")),
    ],
)
async def test_a_card_is_unblocked_or_archived(
    keys: tuple[str, ...], call: tuple[object, ...]
) -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press("j", *keys)
        await driver.until(lambda: driver.front.calls, "an act")
        assert driver.front.calls == [call]


@pytest.mark.parametrize(("key", "field"), [("b", "blocked"), ("c", "comment")])
async def test_a_reason_or_a_remark_is_asked_for(key: str, field: str) -> None:
    async with driving(small()) as driver:
        await on_board(driver)
        await driver.press(key)
        await driver.until_shown("in one line (required)")
        await driver.type("because")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "an act")
        wanted = CardEdit(blocked="because") if field == "blocked" else CardEdit(comment="because")
        assert driver.front.calls == [("edit_card", "SHOP-4", wanted)]
