"""A recorded night: what the file holds, and where its replay begins."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.replay import Replay
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import VerbParser, common_words, examples
from devops_tui.domain.replay_time import time_of
from devops_tui.presentation.line import line


def define_replay(parser: argparse.ArgumentParser) -> None:
    """Declares `replay`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what `fleet --record` wrote")
    parser.add_argument("--at", metavar="TIME", help="begin there: 03:12, 2026-11-22 03:12")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="N times as fast")
    parser.add_argument("--theme", default="", metavar="NAME", help="name of a theme")
    parser.add_argument("--info", action="store_true", help="only say what the file holds")
    examples(parser, "replay night.rec", "replay night.rec --at 03:12 --speed 10")
    parser.set_defaults(act=_info)


def opened(arguments: Sequence[str]) -> tuple[Replay, str]:
    """The recording that is meant, its clock set, and the theme.

    Raises:
        WrongWords: A word is missing or wrong.
        NotFound: There is no such file.
        StoreError: It is no recording, or nothing of it can be shown.
    """
    parser = VerbParser("devops-tui replay")
    common_words(parser, has_workspace=True, is_inner=False)
    define_replay(parser)
    words = parser.parse_args(arguments)
    replay = Replay(words.file)
    replay.clock.set_speed(words.speed)
    if words.at:
        zone = SystemClock().now().astimezone().tzinfo
        at = time_of(words.at, replay.clock.start, zone)
        if at is None:
            raise WrongWords(f"replay: {words.at} is no time", "Say 03:12 or 2026-11-22 03:12.")
        replay.clock.go_to(at)
    return replay, words.theme


def _info(call: Call) -> int:
    """Reads all of it; 1 when something of it is lost."""
    replay = Replay(call.words.file)
    reader = replay.reader
    try:
        reader.verify()
        start, end = replay.clock.start, replay.clock.end
        call.out.json(
            {
                "file": str(replay.path),
                "workspace": reader.head.workspace,
                "start": start,
                "end": end,
                "every_s": reader.head.every_s,
                "program": reader.head.program,
                "damage": reader.complaint,
            }
        )
        local = [f"{at.astimezone():%Y-%m-%d %H:%M:%S}" for at in (start, end)]
        about = f"{reader.head.workspace}, {local[0]} to {local[1]}"
        call.out.lines([line((about, "title"), f", a look every {reader.head.every_s:g} s")])
        if reader.complaint:
            call.out.lines([line(("✕ damaged: ", "failed"), reader.complaint)])
    finally:
        reader.close()
    return Exit.FAILED if reader.complaint else Exit.OK
