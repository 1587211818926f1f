"""What is typed before the question of an act is there answers that question, or does nothing."""

from __future__ import annotations

import threading

import pytest
from driving import Driver, driving
from fake_front import FakeFront
from sample_world import world
from textual import events

from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident
from devops_tui.tui import key_order
from devops_tui.tui.dialogs import Dialog


class SlowFront(FakeFront):
    """Says whether an act is possible only when the test lets it."""

    def __init__(self) -> None:
        super().__init__(world())
        self.may_answer = threading.Event()
        self.was_asked = threading.Event()

    def acknowledge(self, incident_id: IncidentId, why: str) -> Incident:
        assert self.may_answer.wait(60)
        return super().acknowledge(incident_id, why)

    def why_not(self, verb: Verb, subject: str) -> str | None:
        self.was_asked.set()
        assert self.may_answer.wait(60)
        return super().why_not(verb, subject)


def burst(driver: Driver, keys: str) -> None:
    """Keys of one packet: none waits for what the one before it did."""
    for key in keys:
        driver.app.post_message(events.Key({"\n": "enter"}.get(key, key), key))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy for a second drops no key of a test that is not about that."""
    monkeypatch.setattr(key_order, "HELD_FOR_AN_ACT_S", 60.0)


async def releases(driver: Driver) -> None:
    await driver.press("3")
    await driver.until(lambda: driver.table("service-rows").cursor_key == "shop", "the service")


async def flipping(driver: Driver, front: SlowFront) -> None:
    await releases(driver)
    burst(driver, "f")
    await driver.until(front.was_asked.is_set, "the act under way")


@pytest.mark.usefixtures("patience")
async def test_a_reason_typed_ahead_stands_in_the_dialog() -> None:
    async with driving() as driver:
        await driver.press("6")
        await driver.until(lambda: driver.table("incident-rows").cursor_key, "a problem")
        burst(driver, "axfluxu\n")
        await driver.until(lambda: driver.front.calls, "acknowledged")
        await driver.pilot.pause()
        assert driver.front.calls == [("acknowledge", "INC-31", "xfluxu")]


@pytest.mark.usefixtures("patience")
async def test_keys_wait_while_the_house_is_asked() -> None:
    front = SlowFront()
    async with driving(front) as driver:
        await flipping(driver, front)
        burst(driver, "u2")
        await driver.pilot.pause()
        assert not front.calls
        front.may_answer.set()
        await driver.until_shown("Flip shop to")
        await driver.pilot.pause()
        assert driver.app.view is not None
        assert driver.app.view.view_name == "releases"
        assert not front.calls


async def test_keys_of_an_act_that_gets_no_answer_are_dropped_out_loud() -> None:
    front = SlowFront()
    async with driving(front) as driver:
        await releases(driver)
        burst(driver, "fu2u")
        await driver.until_said("3 keys were not acted on")
        assert not front.calls
        await driver.press("2")
        await driver.until(
            lambda: driver.app.view and driver.app.view.view_name == "pipelines", "another view"
        )
        front.may_answer.set()
        await driver.until_shown("Flip shop to")
        assert not front.calls


@pytest.mark.usefixtures("patience")
async def test_after_the_answer_keys_go_on_while_the_house_works() -> None:
    front = SlowFront()
    async with driving(front) as driver:
        await driver.press("6")
        await driver.until(lambda: driver.table("incident-rows").cursor_key, "a problem")
        burst(driver, "ax")
        await driver.until_shown("Acknowledge INC-31")
        burst(driver, "\n")
        await driver.until(lambda: not isinstance(driver.app.screen, Dialog), "its answer")
        burst(driver, "2")
        await driver.until(
            lambda: driver.app.view and driver.app.view.view_name == "pipelines", "another view"
        )
        assert not front.calls
        front.may_answer.set()
        await driver.until(lambda: front.calls, "acknowledged")
    assert front.calls == [("acknowledge", "INC-31", "x")]
