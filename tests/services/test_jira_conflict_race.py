"""Somebody writes in Jira while a refused change is merged and sent again: nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.jira_double import Asked
from support.jira_faults import Faults
from support.jira_house import JiraHouse, filed, jira_house
from support.jira_site import ESTIMATE


class _Once(Faults):
    """The first change of an issue is refused with 409."""

    def pick(self, *, is_write: bool) -> str:
        if is_write and self.is_on:
            self.is_on = False
            return "conflict"
        return ""


def _writes_at(house: JiraHouse, number: str, nth: int) -> None:
    """Jun estimates the issue before the nth request after the refusal."""
    left = nth

    def between(_: Asked) -> None:
        nonlocal left
        if house.double.faults.is_on:
            return
        left -= 1
        if left == -1:
            house.site.edit(number, "acc-jun", {ESTIMATE: 18.0}, {})

    house.double.between = between


@pytest.mark.parametrize("nth", range(4))
async def test_nothing_is_lost_beside_a_conflict(tmp_path: Path, nth: int) -> None:
    async with jira_house(tmp_path) as house:
        number = filed(house)
        await house.good_round()
        card = house.card_of(number)
        house.edit(card.id, estimate="13")
        house.double.faults = _Once()
        _writes_at(house, number, nth)
        await house.good_round()
        house.double.between = None
        assert any(h["by"] == "acc-jun" for h in house.site.issue(number)["histories"])
        house.clock.move(60)
        await house.good_round()
        clash = house.copy_of(number).clash("estimate")
        if house.site.issue(number)[ESTIMATE] == 18.0 and house.card_of(number).estimate == 18.0:
            return  # it came after all of ours, and arrived
        assert clash is not None
        assert {clash.mine, clash.theirs} == {"13", "18"}
