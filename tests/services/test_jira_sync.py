"""A board and its Jira, round by round, against a double of both editions."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.jira_double import TOKEN
from support.jira_house import JiraHouse, jira_house
from support.jira_site import ESTIMATE, RANK

from devops_tui.domain.board import Column
from devops_tui.domain.board_rules import can_override
from devops_tui.domain.errors import NotAllowed, NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import GONE, ClashKind
from devops_tui.integrations.jira.adf import adf_of
from devops_tui.services.tracker.questions import MINE, THEIRS, Questions, status

DAY_S = 86400.0


@pytest.fixture(params=["cloud", "server"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path, is_cloud=request.param == "cloud") as made:
        yield made


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path) as made:
        yield made


def _text(house: JiraHouse, words: str) -> object:
    return adf_of(words) if house.site.is_cloud else words


def _issue(house: JiraHouse, title: str = "Vouchers", by: str = "acc-kim") -> str:
    return house.site.create(by, {"summary": title}, {})


def _resolve(house: JiraHouse, card: CardId, name: str, take: str, by: str = "minji") -> None:
    Questions(house.boards._ledger).resolve(card, name, take, by)


# What comes in


async def test_the_first_look_takes_the_board_over_as_it_stands(house: JiraHouse) -> None:
    numbers = [_issue(house, f"Issue {n}") for n in range(5)]
    house.double.page = 2
    house.site.edit(numbers[0], "acc-kim", {"description": _text(house, "so **big**")}, {})
    house.site.move(numbers[1], "acc-sora", "4")
    house.site.comment(numbers[0], "acc-kim", _text(house, "please"), {})
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
    number = _issue(house)
    for n in range(45):
        house.site.comment(number, "acc-kim", _text(house, f"remark {n}"), {})
    await house.good_round()
    assert [c.text for c in house.card_of(number).comments] == [f"remark {n}" for n in range(45)]


async def test_what_changes_there_arrives(house: JiraHouse) -> None:
    number = _issue(house)
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
    number = _issue(house)
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
    number = _issue(house)
    state = await house.good_round()
    assert abs(state.skew_s - skew_s) < 2
    for n in range(3):
        house.clock.move(1200)
        house.site.edit(number, "acc-sora", {"summary": f"look {n}"}, {})
        await house.good_round()
        assert house.card_of(number).title == f"look {n}"


# What goes out


async def test_what_changes_here_arrives(house: JiraHouse) -> None:
    number = _issue(house)
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
    assert house.issue_of(card.id)["description"] == _text(house, "as said")
    assert len(house.store.cards()) == 2


async def test_fields_that_are_refused_leave_the_others_alone(house: JiraHouse) -> None:
    number = _issue(house)
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
    _resolve(house, card.id, "column", MINE)
    await house.good_round()
    assert house.site.issue(number)["status"] == "5"


async def test_a_text_that_holds_more_than_markdown_is_not_written_over(cloud: JiraHouse) -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": adf_of("note")["content"]}
    rich = {"version": 1, "type": "doc", "content": [panel]}
    number = cloud.site.create("acc-kim", {"summary": "Rich", "description": rich}, {})
    await cloud.good_round()
    card = cloud.card_of(number)
    cloud.edit(card.id, text="plain")
    await cloud.good_round()
    assert cloud.site.issue(number)["description"] == rich
    (clash,) = cloud.copy_of(number).clashes
    assert "panel" in clash.why
    _resolve(cloud, card.id, "text", MINE)
    await cloud.good_round()
    assert cloud.site.issue(number)["description"] == adf_of("plain")
    assert cloud.copy_of(number).clashes == ()


# Both


async def test_both_changed_a_scalar_and_a_person_decides(house: JiraHouse) -> None:
    numbers = [_issue(house, f"Issue {n}") for n in range(2)]
    await house.good_round()
    for number in numbers:
        house.edit(house.card_of(number).id, title="ours")
        house.site.edit(number, "acc-sora", {"summary": "theirs"}, {})
    await house.good_round()
    for number, take, wanted in zip(numbers, (MINE, THEIRS), ("ours", "theirs"), strict=True):
        (clash,) = house.copy_of(number).clashes
        assert (clash.kind, clash.mine, clash.theirs, clash.by) == (
            ClashKind.BOTH,
            "ours",
            "theirs",
            "sora",
        )
        card = house.card_of(number)
        assert house.store.tracked()[card.id].clashes == 1
        _resolve(house, card.id, "title", take)
        await house.good_round()
        assert house.card_of(number).title == house.site.issue(number)["summary"] == wanted
        assert house.copy_of(number).clashes == ()
    with pytest.raises(NotFound):
        _resolve(house, house.card_of(numbers[0]).id, "title", MINE)


async def test_sets_unite_and_remarks_append(house: JiraHouse) -> None:
    number = house.site.create("acc-kim", {"summary": "x", "labels": ["old", "both"]}, {})
    await house.good_round()
    card = house.card_of(number)
    house.edit(card.id, labels="-old,+here", comment="said here")
    house.site.edit(number, "acc-sora", {}, {"labels": [{"add": "there"}]})
    house.site.comment(number, "acc-sora", _text(house, "said there"), {})
    await house.good_round()
    card = house.card_of(number)
    assert set(card.labels) == {"both", "here", "there"} == set(house.site.issue(number)["labels"])
    assert {c.text for c in card.comments} == {"said here", "said there"}
    assert len(house.site.issue(number)["comments"]) == 2
    assert house.copy_of(number).clashes == ()


async def test_what_ours_has_replaced_in_the_last_moment_is_told(house: JiraHouse) -> None:
    number = _issue(house)
    await house.good_round()
    house.clock.move(60)
    card = house.card_of(number)
    house.edit(card.id, title="ours")
    was_asked = []

    def between(asked: object) -> None:
        if getattr(asked, "method", "") == "PUT" and not was_asked:
            was_asked.append(asked)
            house.site.edit(number, "acc-sora", {"summary": "in between"}, {})

    house.double.between = between
    await house.good_round()
    (clash,) = house.copy_of(number).clashes
    assert (clash.kind, clash.mine, clash.theirs) == (ClashKind.OVERTAKEN, "ours", "in between")
    _resolve(house, card.id, "title", THEIRS)
    await house.good_round()
    assert house.site.issue(number)["summary"] == house.card_of(number).title == "in between"


# By the rules


async def test_a_member_accepts_nothing_through_jira(house: JiraHouse) -> None:
    number = _issue(house)
    await house.good_round()
    house.clock.move(60)
    house.site.move(number, "acc-sora", "2")
    await house.good_round()
    card = house.card_of(number)
    assert card.column is Column.BACKLOG
    (clash,) = house.copy_of(number).clashes
    assert clash.kind is ClashKind.RULE
    assert "product owner" in clash.why
    with pytest.raises(NotAllowed):
        _resolve(house, card.id, "column", THEIRS, by="sora")
    with pytest.raises(NotAllowed):
        _resolve(house, card.id, "column", MINE, by="stranger")
    _resolve(house, card.id, "column", MINE, by="sora")
    await house.good_round()
    assert house.site.issue(number)["status"] == "1"
    assert house.card_of(number).column is Column.BACKLOG


async def test_the_product_owner_accepts_through_jira(house: JiraHouse) -> None:
    number = _issue(house)
    await house.good_round()
    house.clock.move(60)
    house.site.move(number, "acc-minji", "2")
    await house.good_round()
    assert house.card_of(number).column is Column.PLANNED
    house.clock.move(60)
    house.site.move(number, "acc-sora", "3")
    await house.good_round()
    assert house.card_of(number).column is Column.IN_WORK


async def test_an_issue_that_is_born_further_on_waits_in_the_backlog(house: JiraHouse) -> None:
    await house.good_round()
    house.clock.move(60)
    number = _issue(house, by="acc-sora")
    house.site.issues[number]["status"] = "3"
    house.site.edit(number, "acc-sora", {"summary": "sneaked in"}, {})
    await house.good_round()
    assert house.card_of(number).column is Column.BACKLOG
    assert house.copy_of(number).clashes[0].kind is ClashKind.RULE
    _resolve(house, house.card_of(number).id, "column", THEIRS, by="minji")
    assert house.card_of(number).column is Column.IN_WORK


@pytest.mark.parametrize("name", ["minji", "Minji"])
async def test_a_name_over_there_is_no_login(house: JiraHouse, name: str) -> None:
    house.site.users["acc-fake"] = name
    number = _issue(house)
    await house.good_round()
    house.clock.move(60)
    house.site.move(number, "acc-fake", "2")
    house.site.edit(number, "acc-fake", {"summary": "words are free"}, {})
    await house.good_round()
    card = house.card_of(number)
    assert (card.column, card.title) == (Column.BACKLOG, "words are free")
    assert house.store.events(subject=card.id, newest=True)[-1].actor == f"jira:{name}"
    assert not can_override(house.team, f"jira:{name}")


async def test_what_is_gone_asks_and_stays(house: JiraHouse) -> None:
    numbers = [_issue(house, f"Issue {n}") for n in range(2)]
    await house.good_round()
    cards = [house.card_of(number).id for number in numbers]
    for number in numbers:
        house.site.delete(number)
    house.clock.move(2 * DAY_S)
    await house.good_round()
    assert len(house.store.cards()) == 2
    assert house.copy_of(numbers[0]).clashes[0].field == GONE
    with pytest.raises(NotAllowed):  # what is in the Backlog is the product owner's
        _resolve(house, cards[0], GONE, THEIRS, by="sora")
    _resolve(house, cards[0], GONE, THEIRS)
    _resolve(house, cards[1], GONE, MINE)
    await house.good_round()
    assert [c.id for c in house.store.cards()] == [cards[1]]
    assert [i["summary"] for i in house.site.issues.values()] == ["Issue 1"]


async def test_an_archived_card_leaves_its_issue_alone(house: JiraHouse) -> None:
    number = _issue(house)
    await house.good_round()
    card = house.card_of(number)
    house.boards.archive(card.id, "minji")
    await house.good_round()
    house.clock.move(60)
    house.site.edit(number, "acc-sora", {"summary": "goes on"}, {})
    await house.good_round()
    assert house.store.cards() == []
    assert house.site.issue(number)["summary"] == "goes on"


# Order and sprints


async def test_an_order_goes_out_by_fifty(house: JiraHouse) -> None:
    numbers = [_issue(house, f"Issue {n:02}") for n in range(64)]
    await house.good_round()
    last = house.card_of(numbers[-1])
    for number in numbers[:60]:
        house.boards.move(house.card_of(number).id, Column.BACKLOG, "minji", before=last.id)
    house.site.rank_refuses = {numbers[7]}
    await house.good_round()
    ranked = [a.body for a in house.double.asked if a.path.endswith("/rank")]
    assert [len(body["issues"]) for body in ranked] == [50, 10]
    order = sorted(numbers, key=lambda n: str(house.site.issue(n)[RANK]))
    wanted = [*numbers[60:63], *(n for n in numbers[:60] if n != numbers[7]), numbers[63]]
    assert [n for n in order if n != numbers[7]] == wanted


async def test_an_order_comes_in_by_the_rules(house: JiraHouse) -> None:
    numbers = [_issue(house, f"Issue {n}") for n in range(4)]
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
    numbers = [_issue(house, f"Issue {n}") for n in range(2)]
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


# What goes wrong


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
    from dataclasses import replace

    from devops_tui.domain.jira import JiraKind

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
    numbers = [_issue(house, f"Issue {n}") for n in range(6)]
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
    from dataclasses import replace

    _issue(house)
    await house.good_round()
    house.settings = replace(house.settings, project="OTHER")
    house.site.project = "OTHER"
    house.site.issues.clear()
    house.site._index.clear()
    house.again()
    await house.good_round()
    assert [i["key"][:5] for i in house.site.issues.values()] == ["OTHER"]


async def test_the_token_is_stored_nowhere(house: JiraHouse, tmp_path: Path) -> None:
    _issue(house)
    house.boards.add("x", "minji")
    await house.good_round()
    assert house.double.logins
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes()
