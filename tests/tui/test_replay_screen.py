"""A replay on the screen: the same screens, a clock of its own, and nothing that acts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from driving import Driver
from fake_front import FakeFront
from sample_world import world

from devops_tui.bootstrap.replay import Replay
from devops_tui.domain.recording import Head
from devops_tui.domain.view import Overview
from devops_tui.services.recorder import Recorder
from devops_tui.stores.recording_file import RecordingFileWriter
from devops_tui.tui.actions import ACTIONS, Action, Situation, reason_against
from devops_tui.tui.app import Options
from devops_tui.tui.replay import ReplayApp

START = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)


class Night(FakeFront):
    """The sample world, a minute a look."""

    minute = 0

    def overview(self) -> Overview:
        self.minute += 1
        return replace(super().overview(), at=START + timedelta(minutes=self.minute - 1))


@asynccontextmanager
async def replaying(path: Path, size: tuple[int, int]) -> AsyncIterator[tuple[Driver, Replay]]:
    """The app over twenty minutes of the sample world, its clock stopped."""
    night = Night(world())
    writer = RecordingFileWriter(path, Head("acme", START, 60.0), 1 << 24)
    recorder = Recorder(night, writer)
    for _ in range(21):
        recorder.look()
    recorder.flush()
    writer.close()
    replay = Replay(path)
    replay.clock.pause()
    replay.clock.go_to(START)
    app = ReplayApp(replay.open_front, replay.clock, Options())
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, night, pilot)
        await driver.until(lambda: app.overview is not None, "an overview")
        yield driver, replay
    replay.reader.close()


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_every_screen_is_the_recorded_one_and_says_that_it_is_old(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with replaying(tmp_path / "night.rec", size) as (driver, _):
        local = START.astimezone()
        for key, text in (("5", "web-1"), ("2", "api"), ("3", "blue"), ("4", "Backlog")):
            await driver.press(key)
            await driver.until_shown(text)
            assert driver.rows()[0].startswith(" REPLAY"), driver.text()
            assert f"{local:%Y-%m-%d %H:%M:%S}" in driver.rows()[0]
            assert "paused" in driver.rows()[0]


async def test_the_clock_is_moved_by_keys_and_by_command(tmp_path: Path) -> None:
    async with replaying(tmp_path / "night.rec", (120, 40)) as (driver, replay):
        clock = replay.clock
        await driver.press("}", "}", "shift+right", "{")
        assert clock.now() == START + timedelta(seconds=70)
        await driver.until(lambda: clock.shown_at == clock.now(), "that time on the screen")
        await driver.until_shown(f"{clock.now().astimezone():%H:%M:%S}")
        await driver.press("*", "*", "*", "\\")
        assert clock.speed == 4
        at = (START + timedelta(minutes=7)).astimezone()
        await driver.press(":")
        await driver.type(f"at {at:%H:%M}")
        await driver.press("enter")
        await driver.until(lambda: clock.now() == at, "the time that was typed")
        await driver.press("ctrl+end")
        assert clock.now() == clock.end
        await driver.press("ctrl+home", "semicolon")
        assert not clock.is_paused
        await driver.until(lambda: clock.shown_at > START, "that it goes on")


async def test_an_act_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with replaying(tmp_path / "night.rec", (120, 40)) as (driver, _):
        await driver.press("3", "f")
        await driver.until_said("flip: this is a replay")
        await driver.press("5", "S")
        await driver.until_said("shell: this is a replay")
        assert driver.app.still_running() == ()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_only_what_looks_may_be_done(action: Action) -> None:
    at = Situation(world(), "fleet", "", True, "shop", is_replay=True)
    reason = reason_against(action, at)
    if action.is_change or action.id.startswith(("shell.", "host.")):
        assert reason == "this is a replay: nothing can be done in it"
    elif action.id.startswith(("view.", "table.", "replay.", "log.")):
        assert reason is None


async def test_tools_that_were_not_recorded_are_not_said_to_be_none(tmp_path: Path) -> None:
    async with replaying(tmp_path / "night.rec", (80, 24)) as (driver, _):
        await driver.press("9")
        await driver.until_said("this is a replay")
        assert "no tools" not in driver.text()
