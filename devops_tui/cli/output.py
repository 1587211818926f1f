"""The one writer of standard output: styled text for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TextIO

from rich.console import Console
from rich.style import Style
from rich.text import Text

from devops_tui.domain.codec import encode
from devops_tui.presentation.glyphs import to_ascii, wants_ascii
from devops_tui.presentation.line import Line, Role

_STYLES: Mapping[Role, str] = {
    "muted": "dim",
    "title": "bold",
    "accent": "cyan",
    "ok": "green",
    "running": "cyan",
    "waits": "yellow",
    "failed": "bold red",
    "warning": "yellow",
    "lost": "bold magenta",
    "stale": "dim",
    "blue": "blue",
    "green": "green",
    "key": "bold",
    "match": "reverse",
}


class Output:
    """Prints lines of spans, or objects as JSON lines; flushes after each.

    Colours only on a terminal, and not where $NO_COLOR is set; ASCII where the locale
    says that the terminal has no UTF-8.
    """

    def __init__(self, *, is_json: bool, stream: TextIO | None = None) -> None:
        self.is_json = is_json
        self._stream = stream or sys.stdout
        self._is_ascii = wants_ascii(os.environ)
        self._console = _Console(
            file=self._stream,
            soft_wrap=True,
            highlight=False,
            markup=False,
            emoji=False,
            no_color=bool(os.environ.get("NO_COLOR")),
        )

    @property
    def width(self) -> int:
        """Cells of a line: the terminal's, or 120 where there is none."""
        return self._console.width if self._console.is_terminal else 120

    def lines(self, lines: Iterable[Line]) -> None:
        """Prints lines for a person; nothing when JSON was asked for."""
        if self.is_json:
            return
        for line in lines:
            text = Text()
            for span in to_ascii(line) if self._is_ascii else line:
                text.append(str(span.text), Style.parse(_STYLES.get(span.role, "")))
            text.rstrip()
            self._console.print(text)
        self._stream.flush()

    def json(self, value: Any) -> None:
        """Prints one JSON line; nothing when text was asked for."""
        if self.is_json:
            self._stream.write(json.dumps(without_marks(encode(value)), ensure_ascii=True) + "\n")
            self._stream.flush()

    def script(self, text: str) -> None:
        """Prints a text of our own, as it is."""
        self._stream.write(text)
        self._stream.flush()

    def raw(self, data: bytes) -> None:
        """Prints bytes from outside as they are: only where somebody asked for just that."""
        self._stream.flush()
        self._stream.buffer.write(data)
        self._stream.buffer.flush()


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leaves the end of the process to the one place that knows exit codes."""
        raise BrokenPipeError


def discard_output() -> None:
    """Sends what is still to be flushed nowhere: its reader is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def without_marks(value: Any) -> Any:
    """The same without the codec's class names, which are of no use to programs."""
    if isinstance(value, dict):
        return {k: without_marks(v) for k, v in value.items() if k != "is"}
    if isinstance(value, list):
        return [without_marks(v) for v in value]
    return value
