"""A sprint that is begun or ended on one side is so on the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.jira_house import TEAM, JiraHouse, filed, jira_house

from devops_tui.domain.board import Column
from devops_tui.domain.sprint import Sprint
from devops_tui.services.sprints import Sprints, read_sprint
from devops_tui.services.tracker.questions import status

LAST = "2026-03-20"


@pytest.fixture(params=["cloud", "server"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path, is_cloud=request.param == "cloud") as made:
        made.site.board_type = "scrum"
        yield made


def here(house: JiraHouse) -> Sprint | None:
    return read_sprint(house.store)


def ours(house: JiraHouse) -> Sprints:
    return Sprints(house.store, house.clock, TEAM)


def begun_there(house: JiraHouse, goal: str = "Vouchers") -> dict[str, object]:
    end = f"{LAST}T18:00:00.000+0000"
    sprint = house.site.plan_sprint("Sprint 7", goal=goal)
    return house.site.change_sprint(
        str(sprint["id"]), {"state": "active", "startDate": end, "endDate": end}
    )


async def test_a_sprint_begun_there_runs_here_and_ends_with_it(house: JiraHouse) -> None:
    await house.good_round()
    sprint = begun_there(house)
    await house.good_round()
    found = here(house)
    assert found is not None
    assert (found.goal, found.last_day) == ("Vouchers", LAST)
    house.site.change_sprint(
        str(sprint["id"]), {"goal": "All vouchers", "endDate": "2026-03-25T09:00:00.000+0000"}
    )
    await house.good_round()
    changed = here(house)
    assert changed is not None
    assert (changed.number, changed.goal) == (found.number, "All vouchers")
    assert changed.last_day == "2026-03-25"
    house.site.change_sprint(str(sprint["id"]), {"state": "closed"})
    await house.good_round()
    assert here(house) is None
    kinds = [e.kind for e in house.store.events(subject="sprint")]
    assert kinds == ["sprint.started", "sprint.changed", "sprint.ended"]
    await house.good_round()
    assert here(house) is None


async def test_a_sprint_begun_here_runs_there_with_its_cards_and_ends_with_it(
    house: JiraHouse,
) -> None:
    first, second = filed(house, "In it"), filed(house, "Not in it")
    await house.good_round()
    house.boards.move(house.card_of(first).id, Column.PLANNED, "minji")
    ours(house).start("Vouchers", LAST, "jun")
    await house.good_round()
    (there,) = house.site.sprints
    assert (there["state"], there["goal"], there["endDate"][:10]) == ("active", "Vouchers", LAST)
    assert there["name"] == "SHOP sprint 1"
    assert house.site.issue(first)["customfield_10020"] == [there]
    assert house.site.issue(second)["customfield_10020"] is None
    assert house.card_of(first).column is Column.PLANNED
    ours(house).end("jun")
    await house.good_round()
    assert there["state"] == "closed"
    assert here(house) is None
    assert house.card_of(first).column is Column.PLANNED  # what it left open stays planned
    assert house.copy_of(first).clashes == ()
    ours(house).start("The next", "2026-04-03", "jun")
    await house.good_round()
    assert [s["state"] for s in house.site.sprints] == ["closed", "active"]
    assert house.card_of(first).column is Column.PLANNED
    assert house.copy_of(first).clashes == ()


async def test_the_next_one_that_is_planned_there_is_the_one_that_begins(
    house: JiraHouse,
) -> None:
    planned = house.site.plan_sprint("Sprint 8")
    await house.good_round()
    ours(house).start("Vouchers", LAST, "jun")
    await house.good_round()
    assert (planned["state"], planned["goal"]) == ("active", "Vouchers")
    assert len(house.site.sprints) == 1


async def test_two_that_run_already_are_one(house: JiraHouse) -> None:
    ours(house).start("As we said", LAST, "jun")
    begun_there(house, "As Jira says")
    await house.good_round()
    found = here(house)
    assert found is not None
    assert (found.number, found.goal) == (1, "As Jira says")
    assert len(house.site.sprints) == 1


@pytest.mark.parametrize("path", ["/sprint", "/issue", ""])
async def test_lost_answers_begin_and_end_it_once(house: JiraHouse, path: str) -> None:
    number = filed(house)
    await house.good_round()
    house.boards.move(house.card_of(number).id, Column.PLANNED, "minji")
    ours(house).start("Vouchers", LAST, "jun")
    cut = path or str(int(house.site.issue(number)["id"]) + 1)
    house.double.cuts_after = cut
    assert (await house.round()).error
    house.double.cuts_after = ""
    await house.good_round()
    (there,) = house.site.sprints
    assert there["state"] == "active"
    ours(house).end("jun")
    house.double.cuts_after = str(there["id"])
    assert (await house.round()).error
    house.double.cuts_after = ""
    await house.good_round()
    assert (there["state"], here(house)) == ("closed", None)


async def test_a_jira_that_does_not_let_us_is_told_and_the_rest_goes_on(house: JiraHouse) -> None:
    house.site.may_run_sprints = False
    number = filed(house)
    await house.good_round()
    ours(house).start("Vouchers", LAST, "jun")
    house.edit(house.card_of(number).id, title="Sent all the same")
    await house.good_round()
    assert house.site.issue(number)["summary"] == "Sent all the same"
    assert "403" in status(house.store, house.settings).state.sprint
    house.site.may_run_sprints = True
    await house.good_round()
    assert [s["state"] for s in house.site.sprints] == ["active"]


async def test_a_board_without_sprints_leaves_ours_alone(house: JiraHouse) -> None:
    house.site.board_type = "kanban"
    ours(house).start("Vouchers", LAST, "jun")
    await house.good_round()
    assert (house.site.sprints, here(house) is not None) == ([], True)
