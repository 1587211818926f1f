from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.audit import RequestState, Verb
from devops_tui.domain.errors import LimitReached
from devops_tui.domain.view import Overview
from devops_tui.tui.dialogs import Dialog


async def _in_traffic(driver: Driver) -> None:
    for _ in range(5):
        if not driver.table("traffic-rows").has_focus:
            await driver.press("tab")
    assert driver.app.focused is driver.table("traffic-rows")


async def test_a_flip_shows_the_exact_commands_and_begins_at_cancel() -> None:
    async with driving() as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_shown("Flip shop to green")
        text = driver.text()
        assert "lb-1  set map shop green" in text
        assert "lb-1  read back" in text
        assert "blue serves now" in text
        choices = driver.table("choices")
        assert driver.app.focused is choices
        assert choices.cursor_key == "cancel"
        await driver.press("enter")
        await driver.until(lambda: not isinstance(driver.app.screen, Dialog))
        assert not driver.front.calls


async def test_a_protected_environment_wants_the_typed_name_and_a_reason() -> None:
    async with driving(size=(80, 24)) as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_shown("type shop to be sure")
        await driver.press("j", "enter")
        await driver.until_shown("type shop first")
        assert not driver.front.calls
        await driver.type("shop")
        await driver.press("enter", "enter")
        await driver.until_shown("a reason is needed")
        await driver.type("fixes SHOP-91")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls == [
            ("file", Verb.FLIP, "shop", "fixes SHOP-91", {"to": "green", "expected_live": "blue"})
        ]


async def test_an_unprotected_flip_asks_without_typing() -> None:
    async with driving(world(is_protected=False)) as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_shown("may stay empty")
        assert "to be sure" not in driver.text()
        await driver.press("j", "enter")
        await driver.until(lambda: driver.front.calls)


async def test_what_the_house_forbids_is_said_before_any_question() -> None:
    front = FakeFront(world())
    front.reasons[Verb.FLIP, "shop"] = "green is not healthy: web-03 answers 503"
    async with driving(front) as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_said("web-03 answers 503")
        assert not isinstance(driver.app.screen, Dialog)
        assert not front.calls


async def test_undo_of_a_flip_asks_nothing() -> None:
    async with driving() as driver:
        await driver.press("colon")
        await driver.type("undo api")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls[0][:3] == ("file", Verb.UNDO, "api")
        assert driver.front.calls[0][-1] == {"expected_live": "green"}  # pressed twice: once
        await driver.press("colon")
        await driver.type("undo shop")
        await driver.press("enter")
        await driver.until_said("shop was never flipped")
        assert len(driver.front.calls) == 1


async def test_an_approval_shows_the_evidence_and_needs_a_reason() -> None:
    async with driving() as driver:
        await driver.press("j", "a")
        await driver.until_shown("Approve api-88")
        assert "digest     sha256:4be1d2" in driver.text()
        assert "waits for a person, asked 4 m ago" in driver.text()
        await driver.press("enter")
        await driver.until_shown("a reason is needed")
        await driver.type("looks good")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls == [("approve", "api-88", "looks good")]
        await driver.until_said("api-88 approved")


def _asking_with_evidence() -> Overview:
    """The evidence that a run of the real engine gathers."""
    given = world()
    evidence = {
        "commits": [{"id": "9f2c1d0" * 5, "author": "jun", "subject": "api: bump babel"}],
        "artifacts": [{"name": "api.pyz", "size_bytes": 2048, "digest": "sha256:" + "ab" * 32}],
        "load": {"test/load": {"tps": 212.0, "mean_ms": 38.0, "p95_ms": 1710.0}},
    }
    runs = tuple(
        replace(v, gates=tuple(replace(g, evidence=evidence) for g in v.gates)) for v in given.runs
    )
    return replace(given, runs=runs)


async def test_the_evidence_of_an_approval_has_units_and_leaves_room_to_say_why() -> None:
    async with driving(_asking_with_evidence(), size=(80, 24)) as driver:
        await driver.press("j", "a")
        await driver.until_shown("Approve api-88")
        text = driver.text()
        for expected in ("9f2c1d0 jun api: bump babel", "api.pyz  2.0 KiB  sha256:abababababab",
                         "212/s  mean 38 ms  p95 1.7 s", "why, in one line (required)",
                         "approve api-88"):  # fmt: skip
            assert expected in text
        assert "{" not in text
        assert driver.app.focused is driver.app.screen.query_one("#why")


async def test_escape_leaves_a_dialog_and_does_nothing() -> None:
    async with driving() as driver:
        await driver.press("C")
        await driver.until_shown("Cancel shop-412")
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, Dialog))
        assert not driver.front.calls


async def test_a_new_card_is_named_and_filed() -> None:
    async with driving() as driver:
        await driver.press("n")
        await driver.until_shown("New card in the Backlog")
        await driver.type("pay by phone")
        await driver.press("enter")
        await driver.until_said("SHOP-999 was filed in the Backlog")
        assert driver.front.calls == [("add_card", "pay by phone")]


async def test_a_refusal_of_the_house_says_why_and_what_to_do() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        front.refusal = LimitReached("InWork is full (3/3)", "Finish a card first.")
        await driver.press("s")
        await driver.until_said("InWork is full (3/3) — Finish a card first.")


async def test_what_became_of_a_wish_is_told() -> None:
    front = FakeFront(world())
    async with driving(front) as driver:
        await driver.press("s")
        await driver.until_said("run of shop: asked for")
        front.end_request(1, RequestState.DONE)
        await driver.until_said("run of shop: started")
        await driver.press("s")
        await driver.until(lambda: len(front.calls) == 2)
        front.end_request(2, RequestState.REFUSED, "no new commit", "Push one.")
        await driver.until_said("no new commit — Push one.")


async def test_without_a_workspace_the_mistakes_are_shown_and_followed() -> None:
    from devops_tui.domain.errors import Mistake

    mistake = Mistake("devops.yaml", 12, 3, "unknown key 'hots'", "did you mean hosts?")
    front = FakeFront(replace(world(), workspace=None, mistakes=(mistake,)))
    async with driving(front) as driver:
        await driver.until_shown("devops.yaml:12:3")
        assert "did you mean hosts?" in driver.text()
        front.set(world())
        await driver.until_shown("no mistakes: the configuration is in use")
        await driver.press("escape")
        await driver.until_shown("Pipelines")


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (50, 14)])
async def test_the_choices_of_a_dialog_stay_in_sight_and_what_it_says_can_be_scrolled(
    size: tuple[int, int],
) -> None:
    front = FakeFront(world())
    step = "lb-1: set map /etc/haproxy/colour.map shop green, step"
    front.plan = tuple(f"{step} {number}" for number in range(12))
    async with driving(front, size=size) as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_shown("type shop to be sure")
        text = driver.text()
        assert "Cancel (esc)" in text
        assert "flip shop to green" in text
        await driver.press("tab")  # from the choices to what is said, where that scrolls
        await driver.press(*["j"] * 30)
        await driver.until_shown("step 11")
        drawn = "".join(row.strip(" │▐▂▄▆▁") for row in driver.rows())
        assert "colour.map" in drawn  # nothing of a command lies below the scroll bar


async def test_a_dialog_that_became_small_still_shows_its_choices() -> None:
    async with driving(size=(120, 40)) as driver:
        await _in_traffic(driver)
        await driver.press("f")
        await driver.until_shown("type shop to be sure")
        await driver.pilot.resize_terminal(60, 16)
        await driver.until_shown("Cancel (esc)")
