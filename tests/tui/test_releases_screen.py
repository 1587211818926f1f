from __future__ import annotations

from dataclasses import replace

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import FlipId, HostName, ServiceName
from devops_tui.domain.traffic import Balancer, Colour, Flip, FlipState, FlipStep
from devops_tui.domain.view import Overview

SIZES = [(80, 24), (120, 40), (200, 50)]


def flipping(state: FlipState, *steps: FlipStep) -> Overview:
    given = world()
    flip = Flip(
        FlipId("flip-58"), ServiceName("shop"), Colour.BLUE, Colour.GREEN, state, "jun",
        "fixes SHOP-91", 58, ago(3), steps=steps,
    )  # fmt: skip
    return replace(given, flips=(flip, *given.flips))


@pytest.mark.parametrize("size", SIZES)
async def test_lanes_doors_split_and_checks_are_shown(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("3")
        await driver.until_shown("front doors 1 of 1 read")
        text = driver.text()
        assert len(driver.table("service-rows").rows) == 3
        assert driver.table("service-rows").size.height == 4
        for expected in (
            "blue 1.4.1", "serves", "2 of 2 servers healthy", "web-01", "3.2 ms",
            "100 %", "1,842 req/s", "in flight 31", "is green ready? · 1 open",
            "the artifact on green is unknown",
        ):  # fmt: skip
            assert expected in text
        assert all(len(row) == size[0] for row in driver.rows())


async def test_the_selected_service_decides_the_detail() -> None:
    async with driving() as driver:
        await driver.press("3")
        await driver.until_shown("Release ─ shop")
        await driver.press("j")
        await driver.until_shown("Release ─ api")
        assert "blue 2.9.9 warm 01:4" in driver.text()


async def test_flip_shows_the_exact_commands_and_needs_the_typed_name() -> None:
    async with driving() as driver:
        await driver.press("3", "f")
        await driver.until_shown("lb-1  set map shop green")
        await driver.press("down", "enter")
        await driver.until_shown("type shop first")
        assert driver.front.calls == []
        await driver.type("shop")
        await driver.press("enter")
        await driver.type("1.4.2 is green")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        args = {"to": "green", "expected_live": "blue"}
        assert driver.front.calls == [("file", Verb.FLIP, "shop", "1.4.2 is green", args)]


async def test_escape_in_the_flip_dialog_leaves_all_as_it_is() -> None:
    async with driving() as driver:
        await driver.press("3", "f")
        await driver.until_shown("set map shop green")
        await driver.press("escape")
        await driver.until(lambda: "set map" not in driver.text(), "the dialog gone")
        assert driver.front.calls == []


async def test_a_flip_that_cannot_be_is_refused_with_the_reason() -> None:
    front = FakeFront(world())
    front.reasons[(Verb.FLIP, "shop")] = "green has no healthy server"
    async with driving(front) as driver:
        await driver.press("3", "f")
        await driver.until_said("green has no healthy server")
        assert front.calls == []


async def test_undo_is_one_key_and_asks_nothing() -> None:
    async with driving() as driver:
        await driver.press("3", "j", "u")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][1:3] == (Verb.UNDO, "api")


async def test_undo_works_while_look_only() -> None:
    async with driving(world(is_readonly=True)) as driver:
        await driver.press("3", "j", "u")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][1:3] == (Verb.UNDO, "api")


async def test_a_service_that_was_never_flipped_has_nothing_to_undo() -> None:
    async with driving() as driver:
        await driver.press("3", "u")
        await driver.until_said("never flipped")
        assert driver.front.calls == []


async def test_a_service_that_went_back_is_not_taken_forward_by_the_same_key() -> None:
    given = with_colours(last_flip=FlipId("flip-60"))
    back = Flip(
        FlipId("flip-60"), ServiceName("shop"), Colour.GREEN, Colour.BLUE, FlipState.DONE, "jun",
        "undo", 60, ago(60), undoes=FlipId("flip-59"),
    )  # fmt: skip
    async with driving(FakeFront(replace(given, flips=(back, *given.flips)))) as driver:
        await driver.press("3", "u")
        await driver.until_said("shop went back already; f goes forward again")
        assert driver.front.calls == []


async def test_the_run_that_asks_for_this_service_is_approved_here() -> None:
    async with driving() as driver:
        await driver.press("3", "j")
        await driver.until_shown("approval   api-88 asks")
        await driver.press("a")
        await driver.until_shown("Approve api-88")
        await driver.type("looks good")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a decision")
        assert driver.front.calls == [("approve", "api-88", "looks good")]


async def test_the_journal_of_a_running_flip_stands_first_and_grows() -> None:
    prepared = FlipStep(ago(3), "prepare map on lb-1", True, 12.0)
    committing = FlipStep(ago(2), "commit map on lb-1", False)
    front = FakeFront(flipping(FlipState.PREPARED, prepared))
    async with driving(front, size=(80, 24)) as driver:
        await driver.press("3")
        await driver.until_shown("● prepare map on lb-1  12 ms")
        assert "◐ flip to green: prepared" in driver.text()
        front.set(flipping(FlipState.PREPARED, prepared, committing))
        await driver.until_shown("◐ commit map on lb-1")


async def test_a_flip_that_nobody_could_read_back_is_unknown() -> None:
    async with driving(flipping(FlipState.UNKNOWN)) as driver:
        await driver.press("3")
        await driver.until_shown("? unknown")


async def test_balancers_that_disagree_are_told() -> None:
    given = world()
    shop = given.services["shop"]
    other = Balancer(HostName("lb-2"), Colour.GREEN)
    drifted = replace(shop, balancers=(*shop.balancers, other))
    services = {**given.services, "shop": drifted}
    async with driving(replace(given, services=services)) as driver:
        await driver.press("3")
        await driver.until_shown("✕ balancers disagree: lb-1 serves blue, lb-2 serves green")


async def test_old_figures_are_marked_as_old() -> None:
    given = world()
    old = replace(given.services["shop"], observed_at=ago(65))
    services = {**given.services, "shop": old}
    async with driving(replace(given, services=services)) as driver:
        await driver.press("3")
        await driver.until_shown("~ 1 m old")
        assert "~ figures" in driver.text()


async def test_nothing_known_yet_is_not_drawn_as_healthy() -> None:
    async with driving(replace(world(), services={})) as driver:
        await driver.press("3")
        await driver.until_shown("? not read yet")
        assert "nobody knows yet what serves" in driver.text()
        assert "● ok" not in driver.text()


async def test_empty() -> None:
    async with driving(Overview(world().at, 1)) as driver:
        await driver.press("3")
        await driver.until_shown("the workspace has no services")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (300, 3)])
async def test_tiny_terminals_do_not_crash(size: tuple[int, int]) -> None:
    async with driving(size=size) as driver:
        await driver.press("3", "j", "tab", "j", "plus", "underscore", "escape")
        assert driver.app.is_running


async def test_escape_goes_from_the_detail_to_the_list() -> None:
    async with driving() as driver:
        await driver.press("3", "enter")
        await driver.until(lambda: driver.table("release-rows").has_focus, "the detail in focus")
        await driver.press("escape")
        await driver.until(lambda: driver.table("service-rows").has_focus, "the list in focus")
        assert driver.app.view is not None
        assert driver.app.view.view_name == "releases"


def with_colours(**fields: object) -> Overview:
    given = world()
    assert given.workspace is not None
    shop = ServiceName("shop")
    service = replace(
        given.workspace.services[shop],
        canary=(5, 50, 100),
        canary_step_s=30.0,
        up="start $COLOUR",
        down="stop $COLOUR",
    )
    services = {**given.workspace.services, "shop": service}
    status = replace(given.services[shop], **fields)  # type: ignore[arg-type]
    return replace(
        given,
        workspace=replace(given.workspace, services=services),
        services={**given.services, shop: status},
    )


async def test_a_canary_shows_its_shares_and_is_filed_as_a_flip_of_shares() -> None:
    async with driving(FakeFront(with_colours())) as driver:
        await driver.press("3", "s")
        await driver.until_shown("5 %, 50 %, 100 % of the requests")
        assert "watched for 30 s" in driver.text()
        await driver.press("down", "enter")
        await driver.until_shown("type shop first")
        await driver.type("shop")
        await driver.press("enter")
        await driver.type("release 42")
        await driver.press("enter")
        await driver.until(lambda: bool(driver.front.calls))
        (call,) = driver.front.calls
        assert call[:3] == ("file", Verb.FLIP, "shop")
        args = {"to": "green", "expected_live": "blue", "canary": True}
        assert call[3:] == ("release 42", args)


async def test_a_canary_that_stands_goes_on_after_its_share() -> None:
    async with driving(FakeFront(with_colours(canary=5))) as driver:
        await driver.press("3", "s")
        await driver.until_shown("50 %, 100 % of the requests")
        assert "go on from 5 %" in driver.text()


async def test_a_service_without_shares_says_how_it_gets_them() -> None:
    async with driving() as driver:
        await driver.press("3", "s")
        await driver.until_said("shop has no canary")


@pytest.mark.parametrize(
    ("key", "shown", "verb"),
    [("x", "stop $COLOUR", Verb.SERVICE_DOWN), ("U", "start $COLOUR", Verb.SERVICE_UP)],
)
async def test_the_idle_colour_is_stopped_and_started_as_shown(
    key: str, shown: str, verb: Verb
) -> None:
    async with driving(FakeFront(with_colours(versions={"green": "1.4.0"}))) as driver:
        await driver.press("3", key)
        await driver.until_shown(shown)
        await driver.press("down", "enter")
        if verb is Verb.SERVICE_DOWN:
            await driver.until_shown("type shop first")
            await driver.type("shop")
            await driver.press("enter")
        else:
            await driver.until_shown("a reason is needed")
        await driver.type("not needed")
        await driver.press("enter", "enter")
        await driver.until(lambda: bool(driver.front.calls))
        (call,) = driver.front.calls
        assert call[:3] == ("file", verb, "shop")
        assert call[-1] == {"colour": "green"}


async def test_keeping_a_colour_warm_asks_nothing() -> None:
    async with driving(FakeFront(with_colours())) as driver:
        await driver.press("3", "K")
        await driver.until(lambda: bool(driver.front.calls))
        assert driver.front.calls[0][:3] == ("file", Verb.SERVICE_KEEP, "shop")


async def test_what_waits_for_a_person_is_seen_without_scrolling_on_a_small_screen() -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.press("3")
        await driver.until_shown("‖ api-88 asks")  # in the list, whichever service is selected
        await driver.press("j")
        await driver.until_shown("‖ api-88 · a approves  X rejects · release waits for approval")
        text = driver.text()
        for expected in (
            "is blue ready?",
            "‖ waits for a person, asked 4 m ago",
            "health     4 of 4",
        ):
            assert expected in text


async def test_drift_names_the_key_that_puts_it_right_and_that_asks_nothing() -> None:
    first, *rest = world().services[ServiceName("shop")].balancers
    other = first.serves.other if first.serves is not None else None
    strayed = replace(first, host=HostName("lb-9"), serves=other, green_percent=None)
    given = with_colours(balancers=(first, *rest, strayed))
    async with driving(FakeFront(given), size=(80, 24)) as driver:
        await driver.press("3")
        await driver.until_shown("puts it right")
        await driver.press("d")
        await driver.until(lambda: bool(driver.front.calls))
        assert driver.front.calls[0][:3] == ("file", Verb.REPAIR, "shop")


async def test_where_nothing_drifts_the_key_says_so() -> None:
    async with driving(FakeFront(with_colours())) as driver:
        await driver.press("3", "d")
        await driver.until_said("shop does not drift")


async def test_z_says_which_key_undoes_here() -> None:
    async with driving() as driver:
        await driver.press("3", "z")
        await driver.until_said("nothing but a flip can be undone here, by u")
