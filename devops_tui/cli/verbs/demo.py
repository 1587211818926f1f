"""The living world on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from devops_tui.bootstrap.paths import demo_folder
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.presentation.line import line


def define_demo(parser: argparse.ArgumentParser) -> None:
    """Declares `demo`."""
    parser.add_argument("--headless", action="store_true", help="play the story, print JSON lines")
    parser.add_argument("--stop", action="store_true", help="end every process of the demo")
    parser.add_argument("--prepare", action="store_true", help="make the world, open no screen")
    parser.add_argument("--folder", metavar="DIR", type=Path, help=f"default: {demo_folder()}")
    examples(parser, "demo", "demo --headless", "demo --stop")
    parser.set_defaults(act=_demo)


def folder_of(words: Sequence[str]) -> Path:
    """The folder of the world that `demo WORDS` means."""
    parser = argparse.ArgumentParser(add_help=False)
    define_demo(parser)
    known, _ = parser.parse_known_args(words)
    return _folder(known)


def _folder(words: argparse.Namespace) -> Path:
    folder: Path = words.folder or demo_folder()
    return folder.absolute()


def _demo(call: Call) -> int:
    if call.words.headless:
        from devops_tui.demo.story import play

        return play(call.words.folder)
    from devops_tui.demo import world

    folder = _folder(call.words)
    if call.words.stop:
        return _stop(call, folder)
    call.out.lines([line(("making six hosts, a front door and two repositories…", "muted"))])
    made = world.open_or_make(folder)
    call.out.json({"workspace": str(made.plan.folder)})
    call.out.lines([line(("ready: ", "ok"), f"devops-tui {made.plan.folder}")])
    return Exit.OK


def _stop(call: Call, folder: Path) -> int:
    from devops_tui.demo import world

    if not (folder / "world.json").exists():
        call.out.json({"stopped": str(folder), "left": []})
        call.out.lines([line(("there is no demo in ", "muted"), str(folder))])
        return Exit.OK
    left = [process.name for process in world.stop(folder)]
    call.out.json({"stopped": str(folder), "left": left})
    if left:
        call.out.lines([line(("would not end: ", "failed"), ", ".join(left))])
        return Exit.FAILED
    call.out.lines(
        [line(("stopped ", "ok"), "every process of the demo; its files stay in ", str(folder))]
    )
    return Exit.OK
