"""Runs the app from start to end: signals, faults, exit codes, and what is said last.

Exit codes: 0 left by the operator, 1 a fault or a workspace that cannot be opened,
128 + n ended by signal n.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from devops_tui.ports.front import Front
from devops_tui.presentation.line import Line
from devops_tui.tui.app import DevopsApp, Options
from devops_tui.tui.failures import Failure, write_log
from devops_tui.tui.palette import Depth, plain_text
from devops_tui.tui.paste import guard_pastes
from devops_tui.tui.sentinel import Sentinel
from devops_tui.tui.terminal_modes import TerminalModes

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

__all__ = ["Options", "run_app", "run_welcome", "show"]

LAST_CHANCE_S = 0.35
"""A clean-up that takes longer (a terminal that is gone, a machine under load) is cut short."""

RESTORE_S = 0.1
"""So long may the terminal's modes take to be put back when the clean-up is cut short."""


def run_app(open_front: Callable[[], Front], options: Options | None = None) -> int:
    """Shows the screens until the operator leaves; returns the exit code.

    Args:
        open_front: Opens the workspace; called on a thread of its own.
        options: How it starts.
    """
    return show(DevopsApp(open_front, options))


def show(app: DevopsApp) -> int:
    """Shows an app until the operator leaves; returns the exit code."""
    code, _ = _run(app)
    _forget_a_gone_terminal()
    if app.failure is not None:
        _say(sys.stderr, app.failure.said)
    elif code == 0:
        _say_line(app.still_running())
    return code


def run_welcome(options: Options | None = None) -> tuple[int, str]:
    """Shows the welcome; the exit code, and what was chosen: "demo", "init" or "quit"."""
    given = options or Options()
    app = DevopsApp(_no_house, replace(given, is_welcome=True))
    code, chosen = _run(app)
    if app.failure is not None:
        _say(sys.stderr, app.failure.said)
    return code, chosen or "quit"


def _forget_a_gone_terminal() -> None:
    """What cannot be written any more must not turn the exit code into Python's own 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _no_house() -> Front:
    raise AssertionError("the welcome has no workspace")


def _run(app: DevopsApp) -> tuple[int, str | None]:
    gc.disable()
    guard_pastes()
    if app.no_color or app.console.color_system == "standard":
        depth = Depth.NONE if app.no_color else Depth.SIXTEEN
        app.palette = app.palette.of(app.palette.look, depth)
    if app.options.is_ascii:
        from devops_tui.tui.ascii_only import AsciiOnly

        app._filters.append(AsciiOnly())  # Textual has no other way to add one
    app.call_later(_keep_what_was_imported)
    return asyncio.run(_until_left(app))


def _keep_what_was_imported() -> None:
    gc.enable()
    gc.freeze()


async def _until_left(app: DevopsApp) -> tuple[int, str | None]:
    loop = asyncio.get_running_loop()
    modes = TerminalModes()
    sentinel = Sentinel(SIGNALS, lambda number: _leave_by(app, loop, number, modes))
    sentinel.start()
    loop.set_exception_handler(lambda _, context: _fault(app, context))
    threading.excepthook = lambda args: _thread_fault(app, loop, args.exc_value)
    try:
        chosen = await app.run_async()
    except OSError as error:
        # The terminal went away in the middle of a write.
        write_log(error, app.options.log)
        return app.return_code or 128 + signal.SIGHUP, None
    finally:
        sentinel.stop()
    return app.return_code or 0, chosen


def _leave_by(
    app: DevopsApp, loop: asyncio.AbstractEventLoop, number: signal.Signals, modes: TerminalModes
) -> None:
    code = 128 + number
    late = threading.Timer(LAST_CHANCE_S, _end_now, (modes, code))
    late.daemon = True
    late.start()
    with contextlib.suppress(RuntimeError):  # the loop is closed: it is leaving already
        loop.call_soon_threadsafe(partial(app.exit, return_code=code))


def _end_now(modes: TerminalModes, code: int) -> None:
    """Ends the process whatever hangs, the terminal's modes put back if it still takes them."""
    restoring = threading.Thread(target=modes.restore, daemon=True)
    restoring.start()
    restoring.join(RESTORE_S)
    os._exit(code)


def _fault(app: DevopsApp, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if not isinstance(error, BaseException):
        error = RuntimeError(str(context.get("message", "a fault without a name")))
    _tell(app, error)


def _thread_fault(
    app: DevopsApp, loop: asyncio.AbstractEventLoop, error: BaseException | None
) -> None:
    if error is not None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the log has it
            loop.call_soon_threadsafe(_tell, app, error)


def _tell(app: DevopsApp, error: BaseException) -> None:
    """A fault in a task or a thread is a notice and a line in the log; the app goes on."""
    from devops_tui.presentation.line import line
    from devops_tui.tui.notices import tell

    failure = Failure.of(error, app.options.log)
    if app.is_running:
        tell(app, line(failure.said), "error")


def _say_line(what: Line) -> None:
    if what:
        _say(sys.stdout, plain_text(what))


def _say(stream: Any, text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone; the exit code says the rest
        stream.write(text + "\n")
        stream.flush()
