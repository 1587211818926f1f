"""Nothing on the screen's loop waits for a disk, a network or a process, whatever is pressed.

To load a module is allowed: that happens once, at a screen's first opening. A view takes some
seconds, up to fifteen on a busy machine: each of its thirty to fifty keys is really pressed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver, driving
from support.loop_guard import guarding_this_thread
from textual.widgets import Input

from devops_tui.tui.app import Options
from devops_tui.tui.keys import live_keys
from devops_tui.tui.saving import SaveDialog
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.views import VIEWS

LEAVES = frozenset({"app.quit", "app.help_quit", "shell.open", "shell.host"})
"""After these no screen is there to press a key on, or it has stepped aside on purpose."""


def own_theme(folder: Path) -> Options:
    """A theme of the operator's own, so that there is something to look for."""
    folder.mkdir()
    (folder / "mine.yaml").write_text("name: mine\n")
    return Options(own_themes=folder, theme="mine")


async def back_to(driver: Driver, view: str) -> None:
    """Leaves dialogs and prompts, and opens the view."""
    app = driver.app
    while not isinstance(app.screen, ViewScreen):
        app.pop_screen()
        await driver.pilot.pause()
    if app.screen.query("Prompt"):
        await driver.pilot.press("escape")
    app.open(view)
    await driver.until(lambda: app.view is not None and app.view.view_name == view, view)


@pytest.mark.parametrize("view", sorted(VIEWS))
async def test_no_key_of_a_screen_makes_the_loop_wait(
    view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = own_theme(tmp_path / "themes")
    monkeypatch.chdir(tmp_path)  # some keys write a file to where the operator is
    with guarding_this_thread(monkeypatch) as guard:
        async with driving(options=options) as driver:
            await back_to(driver, view)
            await driver.pilot.pause()
            live = live_keys(driver.app.screen)
            assert "app.help" in live
            for name in sorted(live.keys() - LEAVES):
                await back_to(driver, view)
                await driver.press(live[name][0])
        assert guard.caught == []


async def test_no_typed_command_makes_the_loop_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = own_theme(tmp_path / "themes")
    monkeypatch.chdir(tmp_path)  # some keys write a file to where the operator is
    with guarding_this_thread(monkeypatch) as guard:
        async with driving(options=options) as driver:
            for typed in ("theme mi", "theme mine", "host web-01", "board", "log build"):
                await driver.press("colon")
                await driver.type(typed)
                await driver.press("tab", "enter")
                await back_to(driver, "home")
            await driver.press("ctrl+p")
            await driver.type("theme mine")
            await driver.press("enter")
        assert guard.caught == []


async def test_to_ask_where_to_save_makes_nothing_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there.log").write_text("")
    chosen: list[Path | None] = []
    with guarding_this_thread(monkeypatch) as guard:
        async with driving() as driver:
            dialog = SaveDialog("a.log")
            driver.app.push_screen(dialog, chosen.append)
            await driver.until(lambda: dialog.is_current and dialog.query("#path"), "the dialog")
            path = dialog.query_one("#path", Input)
            for typed, said in (
                (tmp_path / "there.log", "a file is there already"),
                (tmp_path / "no" / "a.log", "there is no folder"),
            ):
                path.value = str(typed)
                await driver.press("enter")
                await driver.until_shown(said)
            path.value = str(tmp_path / "new.log")
            await driver.press("enter")
            await driver.until(lambda: chosen, "an answer")
        assert guard.caught == []
    assert chosen == [tmp_path / "new.log"]


def test_the_guard_catches_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acts: dict[str, Callable[[], object]] = {
        "open": lambda: (tmp_path / "a").write_text(""),
        "os.stat": lambda: (tmp_path / "a").exists(),
        "os.scandir": lambda: list(tmp_path.glob("*.yaml")),
        "os.mkdir": lambda: (tmp_path / "b").mkdir(),
        "sqlite3.connect": lambda: sqlite3.connect(":memory:").close(),
        "subprocess.Popen": lambda: subprocess.run([sys.executable, "-V"], check=True),
        "time.sleep": lambda: time.sleep(0),
    }
    for name, act in acts.items():
        with guarding_this_thread(monkeypatch) as guard:
            act()
        assert any(caught.startswith(name) for caught in guard.caught), (name, guard.caught)


async def test_the_guard_lets_other_threads_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with guarding_this_thread(monkeypatch) as guard:
        await asyncio.to_thread((tmp_path / "a").write_text, "")
    assert guard.caught == []
