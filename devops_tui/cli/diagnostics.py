"""The one writer of standard error, and the meaning of exit codes."""

from __future__ import annotations

import contextlib
import sys
from enum import IntEnum

from devops_tui.cli.errors import Interrupted, NoFile, NoWorker, WrongWords
from devops_tui.domain.errors import (
    CommandLost,
    ConfigError,
    DevopsError,
    HostError,
    NotFound,
    Refused,
    StoreError,
    WrongParameter,
)
from devops_tui.presentation.safe_text import safe


class Exit(IntEnum):
    """What the exit code of every verb means; docs/cli.md shows the same table."""

    OK = 0  # done, and it ended well
    FAILED = 1  # it was done and ended badly: a failed run, a flip that was taken back
    USAGE = 2  # wrong words on the command line, or mistakes in the configuration
    NOT_FOUND = 3  # no such workspace, run, card, host, service
    REFUSED = 4  # a rule says no: a limit, a role, a lock, an unhealthy colour
    UNAVAILABLE = 5  # a host, a file, the store or the worker did not answer
    UNKNOWN = 6  # nobody knows how it ended
    INTERRUPTED = 130  # ctrl+c; what was started goes on
    UNREAD = 141  # the reader of the output went away (`| head`)


def exit_code_of(error: DevopsError) -> Exit:
    """The exit code that an error means."""
    for kind, code in (
        (WrongWords, Exit.USAGE),
        (ConfigError, Exit.USAGE),
        (WrongParameter, Exit.USAGE),
        (NotFound, Exit.NOT_FOUND),
        (Refused, Exit.REFUSED),
        (HostError, Exit.UNAVAILABLE),
        (StoreError, Exit.UNAVAILABLE),
        (NoFile, Exit.UNAVAILABLE),
        (NoWorker, Exit.UNAVAILABLE),
        (CommandLost, Exit.UNKNOWN),
        (Interrupted, Exit.INTERRUPTED),
    ):
        if isinstance(error, kind):
            return code
    return Exit.FAILED


def complain(error: DevopsError) -> None:
    """Writes an error and what to do about it, without control characters."""
    if isinstance(error, ConfigError):
        for mistake in error.mistakes:
            write(str(mistake))
    write(f"devops-tui: {error.title}")
    if error.hint:
        write(f"  {error.hint}")


def write(text: str) -> None:
    """One line on standard error; nothing when nobody reads it any more."""
    with contextlib.suppress(OSError):
        sys.stderr.write(safe(text) + "\n")
        sys.stderr.flush()
