"""The terminal's modes as they were, for the case that the app cannot put them back itself."""

from __future__ import annotations

import os
import sys
import termios
from typing import Any

_RESET = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # the mouse
    b"\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[<u\x1b[?1004l"  # paste, resize, wrap, keys, focus
    b"\x1b[?1049l\x1b[?25h"  # the alternate screen, the cursor
)


class TerminalModes:
    """Remembers the modes when it is made; `restore` may be called from any thread."""

    def __init__(self) -> None:
        self._fd = -1
        self._attributes: list[Any] = []
        try:
            self._fd = sys.__stdin__.fileno() if sys.__stdin__ else -1
            self._attributes = termios.tcgetattr(self._fd)
        except (OSError, ValueError, termios.error):
            self._fd = -1  # no terminal: nothing to put back

    def restore(self) -> None:
        """Puts everything back; blocks while the terminal takes nothing."""
        if self._fd < 0:
            return
        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, self._attributes)
            os.write(self._fd, _RESET)
        except (OSError, termios.error):
            return  # the terminal is gone
