"""From the list of problems to the cause, and to a rollback that a real worker carries out."""

from __future__ import annotations

import signal

import pytest
from support.story import Story

from devops_tui.domain.diagnosis import Kind
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import FlipState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def broken(story: Story) -> Incident | None:
    found = story.front.overview().incidents
    return next((i for i in found if i.run_id and i.run_id.startswith("billing-")), None)


def breaks(story: Story) -> Incident:
    """The world pushes by itself a commit that breaks a test, after one success."""
    story.until("billing fails", lambda: broken(story))
    found = broken(story)
    assert found is not None
    return found


def test_two_keys_from_the_screen_to_the_cause(story: Story) -> None:
    incident = breaks(story)
    known = story.front.diagnosis(incident.id)
    assert (known.kind, known.streak) == (Kind.NEW, 1)
    assert known.baselines == ("billing-1",)
    assert [s.commit.author for s in known.suspects] == ["jun"]
    screen = story.screen(80, 24)
    try:
        screen.wait_for("Pipelines", patience_s=60)
        screen.forget()
        screen.press("6")
        screen.wait_for("Incidents", incident.id)
        screen.press("\r")
        screen.wait_for("most likely cause", "NEW", "baseline: last success")
        assert screen.end(signal.SIGTERM) == 128 + signal.SIGTERM
    finally:
        screen.close()


def test_a_rollback_in_production_takes_the_name_and_is_done_by_the_worker(story: Story) -> None:
    run = story.at_the_gate()
    story.front.approve(run, "fixes SHOP-7")
    story.reaches(run, State.OK)
    before = story.front.rollback_plan("shop")
    screen = story.screen(120, 40)
    try:
        screen.wait_for("Pipelines", patience_s=60)
        screen.forget()
        screen.press("3")
        screen.wait_for("flip blue → green")
        screen.press("b")
        screen.wait_for("type shop to be sure")
        screen.press("\x1b[B\r")
        screen.wait_for("type shop first")
        screen.press("shop\t")  # enter would move on by a message, after the next keys
        screen.press("errors at the checkout")
        screen.wait_for("errors at the checkout")
        screen.press("\r")

        def went_back() -> bool:
            (newest, *_) = story.front.overview().flips
            return newest.undoes is not None and newest.state is FlipState.DONE

        story.until("the rollback", went_back)
    finally:
        screen.close()
    (newest, *_) = story.front.overview().flips
    assert (newest.why, newest.from_colour) == ("errors at the checkout", before.live)
    assert story.front.rollback_plan("shop").why_not.startswith("shop went back already")
