from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.event import Event
from devops_tui.domain.view import Overview

EVENTS = (
    Event("run.created", "shop-412", ago(400), "source", seq=1),
    Event("gate.approved", "api-87", ago(300), "minji", "fixes [/] SHOP-80", seq=2),
    Event("flip.finished", "api", ago(200), "worker", data={"ms": 812.0}, seq=3),
)


def happened(*events: Event) -> Overview:
    return replace(world(), events=events)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_who_did_what_when_and_why_newest_first(size: tuple[int, int]) -> None:
    async with driving(happened(*EVENTS), size=size) as driver:
        await driver.press("8")
        await driver.until_shown("gate.approved")
        text = driver.text()
        assert "“fixes [/] SHO" in text
        assert "812 ms" in text
        assert text.index("flip.finished") < text.index("gate.approved") < text.index("run.created")
        assert all(len(row) == size[0] for row in driver.rows())


async def test_new_events_appear() -> None:
    front = FakeFront(happened(*EVENTS))
    async with driving(front) as driver:
        await driver.press("8")
        await driver.until_shown("3 events")
        front.set(happened(*EVENTS, Event("card.moved", "SHOP-77", ago(1), "sora", seq=4)))
        await driver.until_shown("card.moved")


async def test_filter_and_open_with_a_thing() -> None:
    async with driving(happened(*EVENTS)) as driver:
        driver.app.open("audit", "minji")
        await driver.until_shown("/minji")
        await driver.until(lambda: len(driver.table("event-rows").rows) == 1, "one event")
        await driver.press("escape")
        await driver.until(lambda: len(driver.table("event-rows").rows) == 3, "all events")


async def test_the_selected_event_is_copied() -> None:
    async with driving(happened(*EVENTS)) as driver:
        await driver.press("8")
        await driver.until_shown("flip.finished")
        await driver.press("y")
        await driver.until_said("flip.finished")


async def test_empty() -> None:
    async with driving(happened()) as driver:
        await driver.press("8")
        await driver.until_shown("nothing happened yet")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(happened(*EVENTS), size=size) as driver:
        await driver.press("8", "j", "plus", "underscore", "escape")
        assert driver.app.is_running
