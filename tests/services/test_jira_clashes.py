"""Where both sides changed, and what the rules of the board let nobody do through Jira."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.jira_house import JiraHouse, filed, jira_house, resolved, words_of

from devops_tui.domain.board import Column
from devops_tui.domain.board_rules import can_override
from devops_tui.domain.errors import NotAllowed, NotFound
from devops_tui.domain.tracker import GONE, ClashKind
from devops_tui.integrations.jira.adf import adf_of
from devops_tui.services.tracker.questions import MINE, THEIRS

DAY_S = 86400.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path) as made:
        yield made


async def test_both_changed_a_scalar_and_a_person_decides(house: JiraHouse) -> None:
    numbers = [filed(house, f"Issue {n}") for n in range(2)]
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
        resolved(house, card.id, "title", take)
        await house.good_round()
        assert house.card_of(number).title == house.site.issue(number)["summary"] == wanted
        assert house.copy_of(number).clashes == ()
    with pytest.raises(NotFound):
        resolved(house, house.card_of(numbers[0]).id, "title", MINE)


async def test_sets_unite_and_remarks_append(house: JiraHouse) -> None:
    number = house.site.create("acc-kim", {"summary": "x", "labels": ["old", "both"]}, {})
    await house.good_round()
    card = house.card_of(number)
    house.edit(card.id, labels="-old,+here", comment="said here")
    house.site.edit(number, "acc-sora", {}, {"labels": [{"add": "there"}]})
    house.site.comment(number, "acc-sora", words_of(house, "said there"), {})
    await house.good_round()
    card = house.card_of(number)
    assert set(card.labels) == {"both", "here", "there"} == set(house.site.issue(number)["labels"])
    assert {c.text for c in card.comments} == {"said here", "said there"}
    assert len(house.site.issue(number)["comments"]) == 2
    assert house.copy_of(number).clashes == ()


async def test_what_ours_has_replaced_in_the_last_moment_is_told(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    house.clock.move(60)
    card = house.card_of(number)
    house.edit(card.id, title="ours")
    was_asked: list[object] = []

    def between(asked: object) -> None:
        if getattr(asked, "method", "") == "PUT" and not was_asked:
            was_asked.append(asked)
            house.site.edit(number, "acc-sora", {"summary": "in between"}, {})

    house.double.between = between
    await house.good_round()
    (clash,) = house.copy_of(number).clashes
    assert (clash.kind, clash.mine, clash.theirs) == (ClashKind.OVERTAKEN, "ours", "in between")
    resolved(house, card.id, "title", THEIRS)
    await house.good_round()
    assert house.site.issue(number)["summary"] == house.card_of(number).title == "in between"


async def test_a_text_that_holds_more_than_markdown_is_not_written_over(house: JiraHouse) -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": adf_of("note")["content"]}
    rich = {"version": 1, "type": "doc", "content": [panel]}
    number = house.site.create("acc-kim", {"summary": "Rich", "description": rich}, {})
    await house.good_round()
    card = house.card_of(number)
    house.edit(card.id, text="plain")
    await house.good_round()
    assert house.site.issue(number)["description"] == rich
    (clash,) = house.copy_of(number).clashes
    assert "panel" in clash.why
    resolved(house, card.id, "text", MINE)
    await house.good_round()
    assert house.site.issue(number)["description"] == adf_of("plain")
    assert house.copy_of(number).clashes == ()


async def test_a_member_accepts_nothing_through_jira(house: JiraHouse) -> None:
    number = filed(house)
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
        resolved(house, card.id, "column", THEIRS, by="sora")
    with pytest.raises(NotAllowed):
        resolved(house, card.id, "column", MINE, by="stranger")
    resolved(house, card.id, "column", MINE, by="sora")
    await house.good_round()
    assert house.site.issue(number)["status"] == "1"
    assert house.card_of(number).column is Column.BACKLOG


async def test_the_product_owner_accepts_through_jira(house: JiraHouse) -> None:
    number = filed(house)
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
    number = filed(house, by="acc-sora")
    house.site.issues[number]["status"] = "3"
    house.site.edit(number, "acc-sora", {"summary": "sneaked in"}, {})
    await house.good_round()
    assert house.card_of(number).column is Column.BACKLOG
    assert house.copy_of(number).clashes[0].kind is ClashKind.RULE
    resolved(house, house.card_of(number).id, "column", THEIRS, by="minji")
    assert house.card_of(number).column is Column.IN_WORK


@pytest.mark.parametrize("name", ["minji", "Minji"])
async def test_a_name_over_there_is_no_login(house: JiraHouse, name: str) -> None:
    house.site.users["acc-fake"] = name
    number = filed(house)
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
    numbers = [filed(house, f"Issue {n}") for n in range(2)]
    await house.good_round()
    cards = [house.card_of(number).id for number in numbers]
    for number in numbers:
        house.site.delete(number)
    house.clock.move(2 * DAY_S)
    await house.good_round()
    assert len(house.store.cards()) == 2
    assert house.copy_of(numbers[0]).clashes[0].field == GONE
    with pytest.raises(NotAllowed):  # what is in the Backlog is the product owner's
        resolved(house, cards[0], GONE, THEIRS, by="sora")
    resolved(house, cards[0], GONE, THEIRS)
    resolved(house, cards[1], GONE, MINE)
    await house.good_round()
    assert [c.id for c in house.store.cards()] == [cards[1]]
    assert [i["summary"] for i in house.site.issues.values()] == ["Issue 1"]


async def test_an_archived_card_leaves_its_issue_alone(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    card = house.card_of(number)
    house.boards.archive(card.id, "minji")
    await house.good_round()
    house.clock.move(60)
    house.site.edit(number, "acc-sora", {"summary": "goes on"}, {})
    await house.good_round()
    assert house.store.cards() == []
    assert house.site.issue(number)["summary"] == "goes on"
