"""The command line of the screen: `devops-tui [WORKSPACE]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.bootstrap.paths import config_home, find_workspace, state_home
from devops_tui.bootstrap.session import open_session
from devops_tui.presentation.glyphs import wants_ascii
from devops_tui.tui.run import Options, run_app, run_welcome, show

if TYPE_CHECKING:
    from devops_tui.bootstrap.replay import Replay

EXIT_NOT_FOUND = 3
EXIT_NO_TERMINAL = 2


def open_screen(words: Sequence[str]) -> int:
    """Opens the screen of a workspace, or the welcome when there is none."""
    arguments = _read(words)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write(
            "devops-tui: the screen needs a terminal. The same verbs work without one: "
            "devops-tui --help\n"
        )
        return EXIT_NO_TERMINAL
    paths = find_workspace(arguments.workspace, Path.cwd())
    if paths is None and arguments.workspace:
        sys.stderr.write(f"devops-tui: no workspace {arguments.workspace!r}.\n")
        sys.stderr.write("  Name a folder with a devops.yaml, or make one by `devops-tui init`.\n")
        return EXIT_NOT_FOUND
    log = paths.screen_log if paths is not None else state_home() / "screen.log"
    options = Options(
        theme=arguments.theme,
        own_themes=config_home() / "themes",
        log=log,
        is_readonly=arguments.readonly,
        is_ascii=wants_ascii(os.environ),
        is_welcome=paths is None,
    )
    if paths is not None:
        return run_app(lambda: open_session(paths), options)
    code, chosen = run_welcome(options)
    if code == 0 and chosen in ("demo", "init"):
        _become(chosen)
    return code


def open_replay(replay: Replay, theme: str) -> int:
    """Shows the same screens over a recording."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write(
            "devops-tui: a replay needs a terminal. `devops-tui replay FILE --info` says "
            "what a recording holds.\n"
        )
        return EXIT_NO_TERMINAL
    from devops_tui.tui.replay import ReplayApp

    options = Options(
        theme=theme or Options().theme,
        own_themes=config_home() / "themes",
        log=state_home() / "screen.log",
        is_ascii=wants_ascii(os.environ),
    )
    return show(ReplayApp(replay.open_front, replay.clock, options))


def _become(verb: str) -> None:
    """Goes on as the command that was chosen, in this same terminal."""
    os.execv(sys.executable, [sys.executable, "-m", "devops_tui", verb])  # noqa: S606 - our own module


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devops-tui", description="Open the screen.")
    parser.add_argument("workspace", nargs="?", help="folder, file or name of a workspace")
    parser.add_argument("--readonly", action="store_true", help="look, and change nothing")
    parser.add_argument("--theme", default=Options().theme, help="name of a theme")
    return parser.parse_args(words)
