"""Flow and delivery on screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.board import Column
from devops_tui.domain.card_story import CardStory, Spell
from devops_tui.domain.dora import Deliveries, Dora, dora
from devops_tui.domain.event import Event
from devops_tui.domain.flow import Flow, daily, flow
from devops_tui.domain.forecast import how_many, when
from devops_tui.domain.ids import CardId

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SINCE = NOW - timedelta(days=90)


def sample_flow() -> Flow:
    stories = []
    for number in range(40):
        filed = SINCE + timedelta(days=number * 2, hours=number)
        begun, ended = filed + timedelta(days=3), filed + timedelta(days=4 + number % 7)
        stays = ((Column.BACKLOG, Spell(filed, begun)), (Column.IN_WORK, Spell(begun, ended)))
        done = (*stays, (Column.DONE, Spell(ended)))
        stories.append(CardStory(CardId(f"SHOP-{number}"), "cart [/]", "", filed, done))
    open_ = (Column.IN_WORK, Spell(NOW - timedelta(days=20)))
    stories.append(CardStory(CardId("SHOP-99"), "old [@click=app.quit]x[/]", "", SINCE, (open_,)))
    found = flow(stories, SINCE, NOW)
    past = daily(found.done, SINCE, NOW)
    return replace(found, when=when(past, 6), how_many=how_many(past, 30))


def sample_dora() -> list[Dora]:
    deliveries = Deliveries()
    at = NOW - timedelta(days=3)
    changes = [["a", (at - timedelta(hours=5)).isoformat()]]
    facts = {"flip": "f1", "run": "shop-412", "undoes": None}
    deliveries.take(
        [
            Event("run.created", "shop-412", at, data={"changes": changes}),
            Event("flip.committed", "shop", at, data=facts),
            Event("flip.finished", "shop", at, data=facts),
        ]
    )
    return [dora(deliveries, name, SINCE, NOW) for name in ("pay", "shop")]


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_7_draws_flow_and_delivery(size: tuple[int, int]) -> None:
    front = FakeFront(world())
    front.flow_figures, front.dora_figures = sample_flow(), sample_dora()
    async with driving(front, size=size) as driver:
        await driver.press("7")
        await driver.until_shown("no deployment in this period")
        assert front.days_asked == 90
        text = driver.text()
        for told in ("cycle time  50 %", "flow efficiency  ", "older than 85 % of what was done"):
            assert told in text, text
        assert all(len(row) == size[0] for row in driver.rows())
        await driver.press("p")
        await driver.until(lambda: front.days_asked == 365, "another period is read")
        await driver.until_shown("the last 365 days")
        await driver.press("tab", "plus")
        await driver.until_shown("change lead time")
        for told in ("median 5 h", "1 deployment)", "recovery time", "unknown"):
            assert told in driver.text(), driver.text()


async def test_an_empty_board_says_so() -> None:
    async with driving(FakeFront(world())) as driver:
        await driver.press("7")
        await driver.until_shown("no card was done in this period")
        assert "no service is defined" in driver.text()
