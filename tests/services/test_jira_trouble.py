"""What goes wrong between the two, and what is kept over it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.jira_double import TOKEN
from support.jira_house import JiraHouse, filed, jira_house

from devops_tui.domain.jira import JiraKind
from devops_tui.services.tracker.questions import ask_for_round, status

DAY_S = 86400.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path) as made:
        yield made


async def test_it_is_left_alone_as_long_as_it_asks(house: JiraHouse) -> None:
    house.double.faults.busy = 1.0
    house.double.retry_after = "90"
    wait_s = await house.sync.step()
    assert wait_s == 90.0
    asked = len(house.double.asked)
    house.clock.move(60)
    house.again()  # a new worker keeps to it
    assert await house.sync.step() == 30.0
    assert len(house.double.asked) == asked
    house.double.faults.is_on = False
    house.clock.move(31)
    await house.good_round()


async def test_a_wrong_token_is_told_and_not_tried_again_at_once(
    house: JiraHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.double.token = "another"
    assert await house.sync.step() >= 600
    found = status(house.store, house.settings)
    assert "401" in found.state.error
    assert "token" in found.state.hint
    said = caplog.text + str(found) + str(house.store.events())
    assert TOKEN not in said


@pytest.mark.parametrize("kind", ["cloud", "server"])
async def test_the_other_edition_is_told(tmp_path: Path, kind: str) -> None:
    async with jira_house(tmp_path, is_cloud=kind == "cloud") as house:
        wrong = JiraKind.SERVER if kind == "cloud" else JiraKind.CLOUD
        house.settings = replace(house.settings, kind=wrong, user="bot")
        house.again()
        await house.sync.step()
        state = status(house.store, house.settings).state
        assert state.error
        if kind == "cloud":  # 410: the old search was taken away
            assert "kind: cloud" in state.hint


async def test_a_week_without_a_network(house: JiraHouse) -> None:
    numbers = [filed(house, f"Issue {n}") for n in range(6)]
    await house.good_round()
    house.double.is_away = True
    for day in range(7):
        house.clock.move(DAY_S)
        house.edit(house.card_of(numbers[day % 3]).id, comment=f"day {day}")
        house.site.edit(numbers[3 + day % 3], "acc-sora", {"summary": f"day {day}"}, {})
        state = await house.round()
        assert "does not answer" in state.error
    new = house.boards.add("Found on the way", "minji")
    house.double.is_away = False
    house.clock.move(400)
    await house.good_round()
    remarks = [len(house.site.issue(n)["comments"]) for n in numbers[:3]]
    assert sum(remarks) == 7
    assert [house.card_of(n).title for n in numbers[3:]] == ["day 6", "day 4", "day 5"]
    assert house.issue_of(new.id)["summary"] == "Found on the way"
    assert house.store.outbox() == []


async def test_an_issue_of_unknown_end_is_looked_for(house: JiraHouse) -> None:
    """It was made, no answer came, and the index does not show it for a while."""
    await house.good_round()
    house.site.lag_s = 200.0
    house.boards.add("Once", "minji")
    house.double.faults.cut_after = 1.0
    await house.round()
    house.double.faults.is_on = False
    made = [a for a in house.double.asked if a.method == "POST" and a.path.endswith("/issue")]
    if not made:  # the greeting was cut already
        await house.good_round()
    for _ in range(4):
        house.clock.move(120)
        await house.good_round()
    assert [i["summary"] for i in house.site.issues.values()] == ["Once"]
    assert len(house.store.cards()) == 1


async def test_another_project_begins_anew(house: JiraHouse) -> None:
    filed(house)
    await house.good_round()
    house.settings = replace(house.settings, project="OTHER")
    house.site.project = "OTHER"
    house.site.issues.clear()
    house.site._index.clear()
    house.again()
    await house.good_round()
    assert [i["key"][:5] for i in house.site.issues.values()] == ["OTHER"]


async def test_the_token_is_stored_nowhere(house: JiraHouse, tmp_path: Path) -> None:
    filed(house)
    house.boards.add("x", "minji")
    await house.good_round()
    assert house.double.logins
    files = await asyncio.to_thread(lambda: [f for f in tmp_path.rglob("*") if f.is_file()])
    assert files
    for file in files:
        assert TOKEN.encode() not in await asyncio.to_thread(file.read_bytes)


async def test_who_asks_for_a_round_gets_one_though_the_last_failed(house: JiraHouse) -> None:
    house.double.is_away = True
    await house.sync.step()
    house.double.is_away = False
    wish = ask_for_round(house.store)
    await house.sync.step()
    state = status(house.store, house.settings).state
    assert (state.answered, state.error) == (wish, "")


async def test_who_asks_for_a_round_is_told_that_jira_wants_none(house: JiraHouse) -> None:
    house.double.faults.busy = 1.0
    await house.sync.step()
    asked = len(house.double.asked)
    wish = ask_for_round(house.store)
    await house.sync.step()
    state = status(house.store, house.settings).state
    assert state.answered == wish
    assert "left alone" in state.error
    assert len(house.double.asked) == asked
