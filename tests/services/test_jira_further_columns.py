"""Columns beside the four, and the statuses of a Jira: with one of their own, or without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.jira_house import RULES, JiraHouse, filed, jira_house

from devops_tui.domain.board import Column, FurtherColumn, Step

READY = Step("Ready", Column.PLANNED)
REVIEW = Step("Review", Column.IN_WORK)


@pytest.fixture(params=["kanban", "scrum"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JiraHouse]:
    rules = replace(RULES, further=(FurtherColumn(READY), FurtherColumn(REVIEW)))
    async with jira_house(tmp_path, rules=rules) as made:
        made.site.board_type = request.param
        if request.param == "scrum":
            made.site.sprint = {"id": 7, "state": "active", "name": "Sprint 7"}
        made.settings = replace(
            made.settings, columns={"Review": ("Review",)}, further=(READY, REVIEW)
        )
        made.again()
        yield made


async def writes(house: JiraHouse) -> int:
    """Requests of a round that change something there."""
    before = len(house.double.asked)
    await house.good_round()
    return sum(1 for asked in house.double.asked[before:] if asked.is_write)


async def test_a_status_of_its_own_goes_both_ways(house: JiraHouse) -> None:
    number = filed(house)
    house.site.move(number, "acc-sora", "4")
    await house.good_round()
    card = house.card_of(number)
    assert card.place == REVIEW
    house.clock.move(3600)
    house.site.move(number, "acc-sora", "3")
    await house.good_round()
    assert house.card_of(number).place is Column.IN_WORK
    house.clock.move(3600)
    house.boards.move(card.id, REVIEW, "sora")
    assert await writes(house) > 0
    assert house.issue_of(card.id)["status"] == "4"
    house.clock.move(3600)
    assert await writes(house) == 0
    assert house.card_of(number).place == REVIEW
    assert house.store.outbox() == []


async def test_without_one_it_is_told_apart_here_alone(house: JiraHouse) -> None:
    card = house.boards.add("from here", "minji")
    house.boards.move(card.id, Column.PLANNED, "minji")
    for _ in range(3):
        await house.good_round()
        house.clock.move(3600)
    status = house.issue_of(card.id)["status"]
    house.boards.move(card.id, READY, "minji")
    for _ in range(3):
        await house.good_round()
        house.clock.move(3600)
    assert house.issue_of(card.id)["status"] == status
    assert house.store.card(card.id).place == READY
    assert house.store.outbox() == []
    assert await writes(house) == 0
    copy = house.store.issue_copy(card.id)
    assert copy is not None
    house.site.move(copy.issue_id, "acc-sora", "3")
    await house.good_round()
    assert house.store.card(card.id).place is Column.IN_WORK
