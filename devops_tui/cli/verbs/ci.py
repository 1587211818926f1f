"""`ci`: a build on a connected CI server, from its start to its end."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable

from devops_tui.bootstrap.reading import read_workspace
from devops_tui.bootstrap.tool_builds import follow_build, stop_build
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.tool_build import MARK, BuildOrder, BuildThere, Stage, is_mark
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation.safe_text import safe
from devops_tui.services.tools.builds import Telling

_STOPPING_S = 90.0


def define_ci(parser: argparse.ArgumentParser) -> None:
    """Declares `ci`."""
    parser.description = (
        "Start a build on a connected Jenkins or Buildbot, print its log as it grows,\n"
        "and end as it ends: 0 when it succeeded, 1 when not, 6 when nobody knows.\n"
        "SIGTERM and ctrl+c stop the build there. In a job of a run, $DEVOPS_TASK\n"
        "names it: who asks again follows the same build, and none is started twice."
    )
    parser.add_argument("tool", metavar="TOOL", help="its name below `tools:`")
    parser.add_argument("job", metavar="JOB", help="as it is named there, with its folders")
    parser.add_argument(
        "-p", "--param", metavar="NAME=VALUE", action="append", default=[], help="of the build"
    )
    parser.add_argument("--id", metavar="ID", default="", help=f"the build of this name (${MARK})")
    parser.add_argument("--stop", action="store_true", help="end that build instead")
    examples(
        parser,
        "ci jenkins shop/build -p VERSION=1.4",
        "ci jenkins shop/build --id nightly-7 --stop",
    )
    parser.set_defaults(act=_ci)


def _ci(call: Call) -> int:
    words = call.words
    workspace, mistakes, _ = read_workspace(call.paths)
    if workspace is None:
        raise ConfigError(mistakes)
    mark = words.id or os.environ.get(MARK, "")
    if words.stop and not mark:
        raise WrongWords("which build?", f"Name it by --id, or by ${MARK}.")
    order = BuildOrder(words.job, mark or f"hand.{secrets.token_hex(8)}", _parameters(words.param))
    if not is_mark(order.mark):
        raise WrongWords(
            f"{order.mark} names no build", "6 to 200 letters, digits, dots, dashes, underscores."
        )
    telling = Telling(_log_of(call), lambda text: write(f"devops-tui: {words.tool}: {text}"))
    if words.stop:
        ended = asyncio.run(stop_build(workspace, words.tool, order, telling))
        telling.note(f"{_named(ended)} {ended.says or 'is over'}" if ended else "nothing to stop")
        return Exit.OK
    if not mark:
        telling.note(f"the build is called {order.mark}")
    return asyncio.run(_see_through(call, workspace, order, telling, is_new=not mark))


async def _see_through(
    call: Call, workspace: Workspace, order: BuildOrder, telling: Telling, *, is_new: bool
) -> int:
    tool = call.words.tool
    asked = asyncio.Event()
    work = asyncio.ensure_future(follow_build(workspace, tool, order, telling, asked.set))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        ended = await work
    except asyncio.CancelledError:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)  # the build is being stopped already
        if is_new and not asked.is_set():
            telling.note("nothing was asked for")
            return Exit.INTERRUPTED
        return await asyncio.to_thread(_stop_apart, call, order, telling)
    call.out.json({"tool": tool, "job": order.job, "id": order.mark, "build": ended})
    telling.note(f"{_named(ended)} ended: {ended.says or ended.stage}")
    return Exit.OK if ended.stage is Stage.SUCCEEDED else Exit.FAILED


def _stop_apart(call: Call, order: BuildOrder, telling: Telling) -> int:
    """Stops the build in a process of its own: who ends us may not give us the time for it."""
    words = [call.words.tool, order.job, "--id", order.mark, "--stop"]
    argv = [sys.executable, "-m", "devops_tui", "ci", *words, "-W", str(call.paths.config)]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            timeout=_STOPPING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        telling.note("nobody knows whether the build was stopped")
        return Exit.UNKNOWN
    return Exit.INTERRUPTED if done.returncode == 0 else Exit.UNKNOWN


def _log_of(call: Call) -> Callable[[bytes], None]:
    """As it came, for a file or a pipe; on a terminal nothing of it acts."""
    if call.out.is_json:
        return lambda piece: (
            call.out.json({"log": piece.decode("utf-8", "replace")}) if piece else None
        )
    if sys.stdout.isatty():
        return _shown

    def raw(piece: bytes) -> None:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()

    return raw


def _shown(piece: bytes) -> None:
    for line in piece.decode("utf-8", "replace").splitlines(keepends=True):
        sys.stdout.write(safe(line.rstrip("\r\n")) + ("\n" if line.endswith("\n") else ""))
    sys.stdout.flush()


def _named(there: BuildThere) -> str:
    return there.label or "the build"


def _parameters(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or name == MARK:
            raise WrongWords(f"{word} is no parameter", "Write -p NAME=VALUE.")
        found[name] = value
    return found
