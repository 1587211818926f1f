"""Breaking a rule with a reason by key: several cards, an undo; and cards of a template."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import card, world

from devops_tui.domain.board import Card, Column
from devops_tui.domain.card_change import CardChange, ChangeKind
from devops_tui.domain.card_template import CardTemplate
from devops_tui.domain.errors import LimitReached
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Workspace

FULL = LimitReached("InWork is full (3/3)", "Ask jun to override with a reason.")


def small(actor_roles: tuple[Role, ...] = (Role.SCRUM_MASTER,)) -> Overview:
    cards = (
        card(1, "export as CSV", Column.BACKLOG),
        card(3, "faster search", Column.PLANNED, "jun"),
        card(4, "card payments", Column.PLANNED, "sora"),
        card(5, "cart rounds wrongly", Column.IN_WORK, "jun"),
    )
    team = Team((Member("jun", actor_roles), Member("sora", (Role.SCRUM_MASTER,))))
    place = Workspace("shop", "/x", team=team, templates=(CardTemplate("restore", "Restore:"),))
    return replace(world(), cards=cards, workspace=place)


async def on_planned(driver: Driver) -> None:
    await driver.press("4")
    await driver.until(lambda: driver.table("column-InWork").has_focus, "InWork in focus")
    await driver.press("h")
    await driver.until(lambda: driver.table("column-Planned").has_focus, "Planned in focus")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_marked_cards_go_over_a_limit_together(size: tuple[int, int]) -> None:
    async with driving(small(), size=size) as driver:
        await on_planned(driver)
        await driver.press("space", "j", "space")
        await driver.until(
            lambda: len(driver.table("column-Planned").marked) == 2, "two marked cards"
        )
        await driver.press("o")
        await driver.until_shown("Move 2 cards to InWork over its limit")
        await driver.type("fire")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a move")
        (call,) = driver.front.calls
        assert call == ("move_cards", ("SHOP-3", "SHOP-4"), Column.IN_WORK, "fire")
        await driver.until(lambda: not driver.table("column-Planned").marked, "no mark left")


class Undone(FakeFront):
    """Takes back two cards, once it is told why."""

    def undo_card(self, override_why: str = "") -> tuple[CardChange, ...]:
        self._act("undo_card", override_why)
        if not override_why:
            raise FULL
        kept: tuple[Card, ...] = self.overview().cards
        return tuple(
            CardChange("jun", c.id, ChangeKind.MOVE, c.moved_at, c, c, 1, 2) for c in kept[:2]
        )


async def test_a_scrum_master_undoes_over_a_limit_with_a_reason() -> None:
    front = Undone(small())
    async with driving(front) as driver:
        await on_planned(driver)
        await driver.press("z")
        await driver.until_shown("The audit keeps who did it and why")
        await driver.type("they go on")
        await driver.press("enter")
        await driver.until_said("undone: move of SHOP-1 and 1 more")
        assert front.calls == [("undo_card", ""), ("undo_card", "they go on")]


async def test_a_member_is_not_asked_for_a_reason_that_would_not_count() -> None:
    front = Undone(small((Role.MEMBER,)))
    async with driving(front) as driver:
        await on_planned(driver)
        await driver.press("z")
        await driver.until_said("InWork is full (3/3)")
        assert front.calls == [("undo_card", "")]


async def test_a_new_card_may_begin_as_a_template_says() -> None:
    async with driving(small()) as driver:
        await on_planned(driver)
        await driver.press("n")
        await driver.until_shown("A card of which sort?")
        await driver.press("j", "enter")
        await driver.until_shown("New card in the Backlog of restore")
        await driver.type("orders")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a card")
        assert driver.front.calls == [("add_card_of", "restore", "orders")]
