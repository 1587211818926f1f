"""The order of cards, fifty at a time, and the sprint of a scrum board."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.jira_house import JiraHouse, filed, jira_house
from support.jira_site import RANK

from devops_tui.domain.board import Column

DAY_S = 86400.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path) as made:
        yield made


async def test_an_order_goes_out_by_fifty(house: JiraHouse) -> None:
    numbers = [filed(house, f"Issue {n:02}") for n in range(64)]
    await house.good_round()
    for number in numbers[1:]:
        top = house.store.cards()[0]
        house.boards.move(house.card_of(number).id, Column.BACKLOG, "minji", before=top.id)
    house.site.rank_refuses = {numbers[7]}
    await house.good_round()
    ranked = [a.body for a in house.double.asked if a.path.endswith("/rank")]
    assert [len(body["issues"]) for body in ranked] == [50, 13]
    assert [n for n in _order(house, numbers) if n != numbers[7]] == [
        n for n in reversed(numbers) if n != numbers[7]
    ]
    house.site.rank_refuses = set()
    await house.good_round()
    assert _order(house, numbers) == list(reversed(numbers))
    house.clock.move(2000)
    await house.good_round()
    assert house.store.cards()[0].title == "Issue 63"


def _order(house: JiraHouse, numbers: list[str]) -> list[str]:
    return sorted(numbers, key=lambda n: str(house.site.issue(n)[RANK]))


async def test_an_order_comes_in_by_the_rules(house: JiraHouse) -> None:
    numbers = [filed(house, f"Issue {n}") for n in range(4)]
    await house.good_round()
    house.clock.move(1000)
    house.site.rank([numbers[3]], before=numbers[0], by="acc-minji")
    await house.good_round()
    assert [c.title for c in house.store.cards()] == [f"Issue {n}" for n in (3, 0, 1, 2)]
    house.clock.move(1000)
    house.site.rank([numbers[2]], before=numbers[3], by="acc-sora")
    await house.good_round()
    assert [c.title for c in house.store.cards()] == [f"Issue {n}" for n in (3, 0, 1, 2)]
    order = sorted(numbers, key=lambda n: str(house.site.issue(n)[RANK]))
    assert order == [numbers[n] for n in (3, 0, 1, 2)]  # the board's order stands


async def test_planned_is_the_sprint_on_a_scrum_board(house: JiraHouse) -> None:
    house.site.board_type = "scrum"
    house.site.sprint = {"id": 7, "name": "Sprint 7", "state": "active", "goal": "Vouchers"}
    numbers = [filed(house, f"Issue {n}") for n in range(2)]
    house.site.to_sprint(numbers[0], "acc-minji", house.site.sprint)
    state = await house.good_round()
    assert state.sprint == "Sprint 7 · Vouchers"
    assert [house.card_of(n).column for n in numbers] == [Column.PLANNED, Column.BACKLOG]
    house.boards.move(house.card_of(numbers[0]).id, Column.BACKLOG, "minji")
    house.boards.move(house.card_of(numbers[1]).id, Column.PLANNED, "minji")
    await house.good_round()
    sprints = [house.site.issue(n)["customfield_10020"] for n in numbers]
    assert sprints == [None, [house.site.sprint]]
    assert all(house.copy_of(n).clashes == () for n in numbers)
