"""Three keys from a problem to a started rollback; in production the typed name."""

from __future__ import annotations

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.audit import Verb
from devops_tui.domain.diagnosis import Contrast, Diagnosis, Kind, PastCase, Suspect
from devops_tui.domain.ids import IncidentId, RunId
from devops_tui.domain.pipeline import Commit
from devops_tui.domain.rollback import RollbackPlan, Way
from devops_tui.domain.traffic import Colour

COMMANDS = ("lb-1: set map shop green", "lb-1: read back")


def front(*, is_protected: bool) -> FakeFront:
    made = FakeFront(world(is_protected=is_protected))
    made.way_back = RollbackPlan(
        "shop", "production", is_protected, Way.UNDO, Colour.BLUE, "1.4.1", "1.4.2",
        commands=COMMANDS,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_three_keys_start_a_rollback_with_its_commands_shown(size: tuple[int, int]) -> None:
    async with driving(front(is_protected=False), size=size) as driver:
        driver.app.open("incidents", "INC-31")
        await driver.until_shown("most likely cause")
        await driver.press("b")
        await driver.until_shown("lb-1: set map shop green")
        await driver.press("down", "enter")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        expected = ("file", Verb.UNDO, "shop", "rollback", {"expected_live": "blue"})
        assert driver.front.calls == [expected]


async def test_production_wants_the_name_and_a_reason() -> None:
    async with driving(front(is_protected=True)) as driver:
        driver.app.open("incidents", "INC-31")
        await driver.until_shown("most likely cause")
        await driver.press("b")
        await driver.until_shown("type shop to be sure")
        await driver.press("down", "enter")
        await driver.until_shown("type shop first")
        assert driver.front.calls == []
        await driver.type("shop")
        await driver.press("enter")
        await driver.type("errors")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][3] == "errors"


async def test_without_a_way_back_it_says_why() -> None:
    made = front(is_protected=True)
    made.way_back = RollbackPlan(
        "shop", "production", True, Way.NONE, why_not="shop was never flipped", hint="Nothing."
    )
    async with driving(made) as driver:
        driver.app.open("incidents", "INC-31")
        await driver.until_shown("most likely cause")
        await driver.press("b")
        await driver.until_said("shop was never flipped")
        assert driver.front.calls == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_screen_says_what_is_known_beside_the_log(size: tuple[int, int]) -> None:
    made = FakeFront(world())
    now = made.overview().at
    made.known = Diagnosis(
        Kind.SEEN, "the same fingerprint", 2,
        (PastCase(IncidentId("INC-12"), now, 14.0, "jun", "77aa0c2 rounding mode"),),
        63, RunId("shop-411"), (RunId("shop-411"), RunId("shop-410")),
        (Suspect(Commit("abc1234" + "0" * 33, "cart", "sora"), ("tests/test_cart.py",)),),
        (Contrast("branch", "wild", ("main",)),), is_compared=True,
    )  # fmt: skip
    async with driving(made, size=size) as driver:
        driver.app.open("incidents", "INC-31")
        await driver.until_shown("SEEN · seen 2 times before · over in 14 m")
        await driver.until_shown("touches tests/test_cart.py")
        assert "baseline: last 2 successes: shop-411" in driver.text()
        assert all(len(row) == size[0] for row in driver.rows())
