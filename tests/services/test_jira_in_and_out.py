"""What changes in Jira arrives on the board, and the other way round, in both editions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.jira_house import JiraHouse, filed, jira_house, resolved, words_of
from support.jira_site import ESTIMATE

from devops_tui.domain.board import Column
from devops_tui.domain.tracker import ClashKind
from devops_tui.integrations.jira.adf import adf_of
from devops_tui.services.tracker.questions import MINE

DAY_S = 86400.0


@pytest.fixture(params=["cloud", "server"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path, is_cloud=request.param == "cloud") as made:
        yield made


async def test_the_first_look_takes_the_board_over_as_it_stands(house: JiraHouse) -> None:
    numbers = [filed(house, f"Issue {n}") for n in range(5)]
    house.double.page = 2
    house.site.edit(numbers[0], "acc-kim", {"description": words_of(house, "so **big**")}, {})
    house.site.move(numbers[1], "acc-sora", "4")
    house.site.comment(numbers[0], "acc-kim", words_of(house, "please"), {})
    house.site.rank([numbers[4]], before=numbers[0])
    await house.good_round()
    cards = house.store.cards()
    assert [c.title for c in cards] == [f"Issue {n}" for n in (4, 0, 2, 3, 1)]
    assert house.card_of(numbers[1]).column is Column.IN_WORK
    first = house.card_of(numbers[0])
    assert first.text in ("so **big**", "so *big*")
    assert [(c.actor, c.text) for c in first.comments] == [("jira:Kim Customer", "please")]
    assert house.store.tracked()[first.id].synced_rev == first.rev
    assert house.store.outbox() == []
    asked = len(house.double.asked)
    await house.good_round()
    assert not any(a.is_write for a in house.double.asked[asked:])


async def test_more_remarks_than_a_search_shows(house: JiraHouse) -> None:
    number = filed(house)
    for n in range(45):
        house.site.comment(number, "acc-kim", words_of(house, f"remark {n}"), {})
    await house.good_round()
    assert [c.text for c in house.card_of(number).comments] == [f"remark {n}" for n in range(45)]


async def test_what_changes_there_arrives(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    house.clock.move(3600)
    house.site.edit(number, "acc-sora", {"summary": "Now so", "duedate": "2026-05-01"}, {})
    house.site.edit(number, "acc-sora", {"priority": {"name": "Highest"}, ESTIMATE: 3.0}, {})
    await house.good_round()
    card = house.card_of(number)
    assert (card.title, card.due, card.estimate) == ("Now so", "2026-05-01", 3.0)
    assert card.priority.value == "high"  # what passes the limits is decided here alone
    told = house.store.events(subject=card.id, newest=True)[-1]
    assert (told.kind, told.actor) == ("card.edited", "sora")


async def test_an_index_that_lags_shows_it_later(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    house.site.lag_s = 300.0
    house.clock.move(3600)
    house.site.edit(number, "acc-sora", {"summary": "late"}, {})
    await house.good_round()
    assert house.card_of(number).title == "Vouchers"
    house.clock.move(400)
    await house.good_round()
    assert house.card_of(number).title == "late"


@pytest.mark.parametrize("skew_s", [-7200.0, 7200.0])
async def test_another_clock_over_there(house: JiraHouse, skew_s: float) -> None:
    house.site.skew_s = skew_s
    number = filed(house)
    state = await house.good_round()
    assert abs(state.skew_s - skew_s) < 2
    for n in range(3):
        house.clock.move(1200)
        house.site.edit(number, "acc-sora", {"summary": f"look {n}"}, {})
        await house.good_round()
        assert house.card_of(number).title == f"look {n}"


async def test_what_changes_here_arrives(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    card = house.card_of(number)
    house.edit(
        card.id, title="Ours", text="**so**", assignees="sora", labels="+db", due="2026-06-01"
    )
    house.edit(card.id, estimate="5", comment="done soon")
    house.boards.move(card.id, Column.PLANNED, "minji")
    await house.good_round()
    issue = house.site.issue(number)
    assert (issue["summary"], issue["assignee"], issue["labels"]) == ("Ours", "acc-sora", ["db"])
    assert (issue["duedate"], issue[ESTIMATE], issue["status"]) == ("2026-06-01", 5.0, "2")
    wanted = adf_of("**so**") if house.site.is_cloud else "*so*"
    assert issue["description"] == wanted
    assert len(issue["comments"]) == 1
    card = house.card_of(number)
    assert house.store.tracked()[card.id].synced_rev == card.rev
    assert [c.text for c in card.comments] == ["done soon"]


async def test_a_card_becomes_an_issue_once(house: JiraHouse) -> None:
    card = house.boards.add("Only here", "minji", text="as said")
    done = house.boards.add("Over", "minji", column=Column.BACKLOG)
    house.boards.move(done.id, Column.DONE, "minji")
    for _ in range(3):
        await house.good_round()
    assert [i["summary"] for i in house.site.issues.values()] == ["Only here"]
    assert house.issue_of(card.id)["description"] == words_of(house, "as said")
    assert len(house.store.cards()) == 2


async def test_fields_that_are_refused_leave_the_others_alone(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    card = house.card_of(number)
    house.edit(card.id, title="Taken", assignees="somebody")
    house.site.no_way_to = {"5"}
    house.boards.move(card.id, Column.PLANNED, "minji")
    house.boards.move(card.id, Column.DONE, "minji")
    await house.good_round()
    assert house.site.issue(number)["summary"] == "Taken"
    clashes = {c.field: c for c in house.copy_of(number).clashes}
    assert {n: c.kind for n, c in clashes.items()} == {
        "assignee": ClashKind.NOT_TAKEN,
        "column": ClashKind.NOT_TAKEN,
    }
    assert "people" in clashes["assignee"].why
    assert "Done" in clashes["column"].why
    writes = sum(a.is_write for a in house.double.asked)
    await house.good_round()
    assert sum(a.is_write for a in house.double.asked) == writes  # not again and again
    house.site.no_way_to = set()
    resolved(house, card.id, "column", MINE)
    await house.good_round()
    assert house.site.issue(number)["status"] == "5"
