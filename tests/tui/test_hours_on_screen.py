"""Freezes, the glass that is broken, gates that are named, and terminals that ring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import ago, world

from devops_tui.domain.approval import evidence_hash
from devops_tui.domain.audit import Verb
from devops_tui.domain.event import Event
from devops_tui.domain.hours import Freeze, Hours
from devops_tui.domain.ids import JobId
from devops_tui.domain.notice import notice_of
from devops_tui.domain.notify import Channel, Desktop, Notify, TerminalWay
from devops_tui.domain.pipeline import Gate, State
from devops_tui.domain.team import Member, Team
from devops_tui.domain.view import Overview
from devops_tui.tui.ringing import sequence

SIZES = [(80, 24), (200, 50)]


def frozen(member: str = "") -> Overview:
    """A freeze of production until tomorrow; with a member who has no role that breaks glass."""
    made = world()
    assert made.workspace is not None
    now = datetime.now(UTC)
    freeze = Freeze(now - timedelta(days=1), now + timedelta(days=1), "year's end")
    place = replace(made.workspace.environments["production"], hours=Hours((), (freeze,)))
    team = Team((Member(member),)) if member else made.workspace.team
    workspace = replace(made.workspace, environments={"production": place}, team=team)
    return replace(made, workspace=workspace)


def with_glass(given: Overview) -> Overview:
    runs = tuple(replace(v, run=replace(v.run, glass="minji: orders get lost")) for v in given.runs)
    return replace(given, runs=runs)


@pytest.mark.parametrize("size", SIZES)
async def test_a_freeze_is_said_at_home_and_at_the_release(size: tuple[int, int]) -> None:
    async with driving(frozen(), size=size) as driver:
        await driver.until_shown("‖ frozen (year's end), opens")
        await driver.press("3")
        await driver.until_shown("‖ frozen (year's end), opens")
        assert all(len(row) == size[0] for row in driver.rows())


@pytest.mark.parametrize("size", SIZES)
async def test_a_broken_glass_is_red_while_the_run_goes_on(size: tuple[int, int]) -> None:
    async with driving(with_glass(frozen()), size=size) as driver:
        await driver.press("2")
        await driver.until_shown("glass broken by minji")
        await driver.press("3", "j")
        await driver.until_shown("! glass broken by minji: orders get lost")


async def test_a_flip_in_a_freeze_breaks_the_glass_and_says_so() -> None:
    async with driving(frozen()) as driver:
        await driver.press("3", "f")
        await driver.until_shown("Outside of its hours")
        assert "Break the glass: flip shop to green" in driver.text()
        await driver.press("down", "enter")
        await driver.until_shown("type shop first")
        await driver.type("shop")
        await driver.press("enter")
        await driver.type("orders get lost")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        args = {"to": "green", "expected_live": "blue", "break_glass": True}
        assert driver.front.calls == [("file", Verb.FLIP, "shop", "orders get lost", args)]


async def test_who_may_not_break_the_glass_is_told() -> None:
    async with driving(FakeFront(frozen("jun"))) as driver:
        await driver.press("3", "f")
        await driver.until_said("jun may not break the glass of production")
        assert driver.front.calls == []


async def test_an_undo_is_allowed_in_a_freeze() -> None:
    async with driving(frozen()) as driver:
        await driver.press("3", "j", "u")
        await driver.until(lambda: driver.front.calls, "a wish filed")
        assert driver.front.calls[0][1:3] == (Verb.UNDO, "api")


async def test_the_glass_of_a_run_asks_for_its_name_and_a_reason() -> None:
    async with driving(frozen()) as driver:
        await driver.press("3", "j", "B")
        await driver.until_shown("Break the glass for api-88")
        await driver.press("down", "enter")
        await driver.until_shown("type api-88 first")
        await driver.type("api-88")
        await driver.press("enter")
        await driver.type("orders get lost")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls, "the glass broken")
        assert driver.front.calls == [("break_glass", "api-88", "orders get lost")]


async def test_the_gate_is_picked_where_several_wait() -> None:
    made = world()
    view = next(v for v in made.runs if v.run.id == "api-88")
    other = Gate(
        view.run.id, JobId("deploy/bring-up"), State.ASKING, ago(60), view.run.plan.hash, {"a": 1}
    )
    changed = replace(view, gates=(*view.gates, other))
    runs = tuple(changed if v is view else v for v in made.runs)
    async with driving(replace(made, runs=runs)) as driver:
        await driver.press("3", "j", "a")
        await driver.until_shown("Approve which gate of api-88?")
        await driver.press("enter")
        await driver.until_shown("Approve api-88/deploy/bring-up")
        await driver.type("go")
        await driver.press("enter")
        await driver.until(lambda: driver.front.decided, "a decision")
        assert driver.front.decided == [(JobId("deploy/bring-up"), evidence_hash({"a": 1}))]


async def test_a_screen_rings_for_what_happens_and_not_for_what_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = Event("gate.opened", "api-88", ago(60), data={"job": "release/approve"}, seq=1)
    async with driving(replace(world(), events=(old,))) as driver:
        rung: list[str] = []
        monkeypatch.setattr(driver.app, "bell", lambda: rung.append("bell"))
        new = replace(old, seq=2, at=datetime.now(UTC))
        driver.front.set(replace(world(), events=(old, new)))
        await driver.until(lambda: rung, "the bell")
        later = replace(new, seq=3, kind="flip.finished")  # nobody is asked anything
        driver.front.set(replace(world(), events=(old, new, later)))
        await driver.until(lambda: driver.app.overview and driver.app.overview.events[-1].seq == 3)
        assert rung == ["bell"]


async def test_a_silent_terminal_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    assert made.workspace is not None
    silent = Notify((Channel("bell", TerminalWay(has_bell=False)),))
    made = replace(made, workspace=replace(made.workspace, notify=silent))
    async with driving(made) as driver:
        rung: list[str] = []
        monkeypatch.setattr(driver.app, "bell", lambda: rung.append("bell"))
        new = Event("gate.opened", "api-88", datetime.now(UTC), seq=9)
        driver.front.set(replace(made, events=(new,)))
        await driver.until(lambda: driver.app.overview and driver.app.overview.events)
        assert rung == []


def test_no_text_ends_the_sequence_that_carries_it() -> None:
    event = Event("gate.reminded", "a\x07b\x1b\\;c", datetime.now(UTC), why="x\x9c\x1b]0;y\x07")
    notice = notice_of(event)
    assert notice is not None
    for desktop in (Desktop.OSC9, Desktop.OSC777):
        text = sequence(desktop, "w;1\x07", (notice,))
        assert text.startswith("\x1b]")
        assert text.endswith("\x07")
        assert text[1:-1].isprintable()
    assert sequence(Desktop.OSC777, "w;1", (notice,)).split(";")[2] == "w,1"
    assert sequence(Desktop.OFF, "w", (notice,)) == ""
