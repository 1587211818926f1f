"""Remarks that are changed or taken away, in Jira and here; files of issues."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.jira_house import JiraHouse, filed, jira_house, words_of

from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.services.board_history import BoardHistory
from devops_tui.services.tracker.book import read_state, save_state


@pytest.fixture(params=["cloud", "server"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JiraHouse]:
    async with jira_house(tmp_path, is_cloud=request.param == "cloud") as made:
        yield made


async def both_have(house: JiraHouse, text: str = "half of it") -> tuple[str, str]:
    """An issue with one remark of ours, which both sides have; the ids of both."""
    number = filed(house)
    await house.good_round()
    house.edit(house.card_of(number).id, comment=text)
    await house.good_round()
    return number, house.site.issue(number)["comments"][0]["id"]


def written(house: JiraHouse, text: str) -> object:
    """Markdown as the edition wants it."""
    return house.tracker._edition.write_text(text)


def here(house: JiraHouse, number: str) -> list[tuple[str, str]]:
    return [(c.actor, c.text) for c in house.card_of(number).comments]


def there(house: JiraHouse, number: str) -> list[object]:
    return [c["body"] for c in house.site.issue(number)["comments"]]


async def quiet(house: JiraHouse, number: str) -> None:
    """Nothing waits, and another round changes nothing."""
    await house.good_round()
    card = house.card_of(number)
    assert house.store.tracked()[card.id].synced_rev == card.rev
    assert house.store.outbox() == []
    asked = len(house.double.asked)
    house.clock.move(90000.0)
    await house.good_round()
    assert not any(a.is_write for a in house.double.asked[asked:])
    assert house.card_of(number) == card


async def test_a_remark_changed_in_jira_changes_here(house: JiraHouse) -> None:
    number = filed(house)
    made = house.site.comment(number, "acc-sora", words_of(house, "one"), {})
    await house.good_round()
    house.clock.move(3600)
    house.site.reword(number, "acc-jun", made["id"], words_of(house, "two"))
    await house.good_round()
    assert here(house, number) == [("sora", "two")]
    told = house.store.events(subject=house.card_of(number).id, newest=True)[-1]
    assert (told.kind, told.actor, told.data["remark"]) == ("card.edited", "jun", ["one", "two"])
    await quiet(house, number)


async def test_our_remark_changed_in_jira_keeps_who_said_it(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.site.reword(number, "acc-jun", remark, written(house, "**minji**: all of it"))
    house.clock.move(60)
    await house.good_round()
    assert here(house, number) == [("minji", "all of it")]
    await quiet(house, number)


async def test_a_remark_taken_away_in_jira_goes_here_and_stays_in_the_log(
    house: JiraHouse,
) -> None:
    number, remark = await both_have(house)
    house.clock.move(60)
    house.site.unsay(number, "acc-jun", remark)
    await house.good_round()
    assert here(house, number) == []
    told = house.store.events(subject=house.card_of(number).id, newest=True)[-1]
    assert told.data["remark"] == ["half of it", None]
    await quiet(house, number)


async def test_a_remark_changed_here_changes_in_jira(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.edit(house.card_of(number).id, reword=(1, "all of it"))
    await house.good_round()
    assert there(house, number) == [written(house, "**minji**: all of it")]
    assert house.site.issue(number)["comments"][0]["id"] == remark
    await quiet(house, number)


async def test_a_remark_taken_away_here_goes_in_jira(house: JiraHouse) -> None:
    number, _ = await both_have(house)
    house.edit(house.card_of(number).id, reword=(1, ""))
    await house.good_round()
    assert there(house, number) == []
    await quiet(house, number)


async def test_an_undo_takes_a_remark_away_and_a_redo_says_it_again(house: JiraHouse) -> None:
    number, _ = await both_have(house)
    history = BoardHistory(house.boards._ledger)
    history.undo("minji")
    await house.good_round()
    assert there(house, number) == []
    history.redo("minji")
    await house.good_round()
    assert there(house, number) == [written(house, "**minji**: half of it")]
    await quiet(house, number)


async def test_changed_on_both_sides_both_stay(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.clock.move(60)
    house.edit(house.card_of(number).id, reword=(1, "ours"))
    house.site.reword(number, "acc-jun", remark, written(house, "**minji**: theirs"))
    await house.good_round()
    await house.good_round()
    assert here(house, number) == [("minji", "theirs"), ("minji", "ours")]
    wanted = [written(house, f"**minji**: {text}") for text in ("theirs", "ours")]
    assert there(house, number) == wanted
    await quiet(house, number)


async def test_a_change_here_counts_more_than_a_removal_there(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.clock.move(60)
    house.edit(house.card_of(number).id, reword=(1, "still so"))
    house.site.unsay(number, "acc-jun", remark)
    await house.good_round()
    await house.good_round()
    assert here(house, number) == [("minji", "still so")]
    assert there(house, number) == [written(house, "**minji**: still so")]
    await quiet(house, number)


async def test_a_change_there_counts_more_than_a_removal_here(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.clock.move(60)
    house.edit(house.card_of(number).id, reword=(1, ""))
    house.site.reword(number, "acc-jun", remark, written(house, "**minji**: and yet"))
    await house.good_round()
    assert here(house, number) == [("minji", "and yet")]
    await quiet(house, number)


async def test_an_index_that_lags_takes_no_new_remark_away(house: JiraHouse) -> None:
    house.site.lag_s = 300.0
    number = filed(house)
    house.clock.move(400)
    await house.good_round()
    house.edit(house.card_of(number).id, comment="fresh")
    await house.good_round()
    for _ in range(3):  # the search shows the issue as it was before
        house.clock.move(60)
        await house.good_round()
        assert here(house, number) == [("minji", "fresh")]
    house.clock.move(400)
    await quiet(house, number)


async def test_a_lost_answer_to_a_change_and_to_a_removal(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.edit(house.card_of(number).id, reword=(1, "once"))
    house.double.cuts_after = f"/comment/{remark}"
    assert (await house.round()).error
    house.double.cuts_after = ""
    await quiet(house, number)
    assert there(house, number) == [written(house, "**minji**: once")]
    house.edit(house.card_of(number).id, reword=(1, ""))
    house.double.cuts_after = f"/comment/{remark}"
    assert (await house.round()).error
    house.double.cuts_after = ""
    await quiet(house, number)
    assert (there(house, number), here(house, number)) == ([], [])


async def test_a_remark_of_unknown_arrival_that_was_changed_there(house: JiraHouse) -> None:
    number = filed(house)
    await house.good_round()
    house.edit(house.card_of(number).id, comment="one")
    house.double.cuts_after = "/comment"
    assert (await house.round()).error
    house.double.cuts_after = ""
    house.clock.move(60)
    remark = house.site.issue(number)["comments"][0]["id"]
    house.site.reword(number, "acc-jun", remark, written(house, "**minji**: two"))
    await house.good_round()
    assert here(house, number) == [("minji", "two")]
    house.clock.move(7200)  # and it is in no look for changes any more
    await quiet(house, number)


@pytest.mark.parametrize("last", ["three", ""])
async def test_a_lost_answer_and_another_change_here_are_one_remark(
    house: JiraHouse, last: str
) -> None:
    number, remark = await both_have(house, "one")
    house.edit(house.card_of(number).id, reword=(1, "two"))
    house.double.cuts_after = f"/comment/{remark}"
    assert (await house.round()).error
    house.double.cuts_after = ""
    house.edit(house.card_of(number).id, reword=(1, last))
    await house.good_round()
    await house.good_round()
    assert here(house, number) == ([("minji", last)] if last else [])
    assert there(house, number) == ([written(house, f"**minji**: {last}")] if last else [])
    await quiet(house, number)


async def test_only_who_said_it_changes_it(house: JiraHouse) -> None:
    number = filed(house)
    house.site.comment(number, "acc-sora", words_of(house, "mine"), {})
    await house.good_round()
    card = house.card_of(number)
    for actor in ("minji", "jun"):
        with pytest.raises(NotAllowed, match="remark 1 is sora's"):
            house.boards.edit(card.id, CardEdit(reword=(1, "yours")), actor)
    with pytest.raises(Refused, match="there is no remark 2"):
        house.boards.edit(card.id, CardEdit(reword=(2, "what")), "sora")
    house.boards.edit(card.id, CardEdit(reword=(1, "mine now")), "sora")
    await house.good_round()
    assert there(house, number) == [words_of(house, "mine now")]  # Sora's own: no name in front
    await quiet(house, number)


async def test_files_are_listed_and_never_touched(house: JiraHouse) -> None:
    number = filed(house)
    first = house.site.attach(number, "acc-sora", "trace.txt", 2048)
    await house.good_round()
    (file,) = house.copy_of(number).attachments
    assert (file.name, file.size_bytes, file.by) == ("trace.txt", 2048, "sora")
    assert file.url.endswith(first)
    house.edit(house.card_of(number).id, title="Changed", comment="and said")
    house.clock.move(60)
    house.site.attach(number, "acc-kim", "\x1b[31mevil.png", 7)
    await house.good_round()
    assert [f.name for f in house.copy_of(number).attachments] == ["trace.txt", "\x1b[31mevil.png"]
    assert len(house.site.issue(number)["attachments"]) == 2
    house.clock.move(60)
    house.site.detach(number, first)
    await house.good_round()
    assert [f.size_bytes for f in house.copy_of(number).attachments] == [7]
    await quiet(house, number)


async def test_a_store_of_before_learns_of_files_and_remarks_by_itself(house: JiraHouse) -> None:
    number, remark = await both_have(house)
    house.site.attach(number, "acc-sora", "trace.txt", 2048)
    house.clock.move(60)
    await house.good_round()
    before = house.copy_of(number)
    house.store.save_issue_copy(replace(before, remarks={}, attachments=()))
    state = read_state(house.store, house.settings)
    save_state(house.store, replace(state, read_as=0))
    house.clock.move(86400.0 * 30)
    await house.good_round()
    assert house.copy_of(number) == before
    house.site.reword(number, "acc-jun", remark, written(house, "**minji**: all of it"))
    house.clock.move(60)
    await house.good_round()
    assert here(house, number) == [("minji", "all of it")]
