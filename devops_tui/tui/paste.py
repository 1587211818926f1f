"""What is pasted never acts as keys, whatever stands in it.

Textual reads an escape character within a bracketed paste as the begin of a key: the next
characters of a pasted log line in colours would be typed, on a list as on a field, and may act
on what is selected there. Here such a character is made visible before it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

_START, _END = "\x1b[200~", "\x1b[201~"
_SHOWN = "\u241b"
"""An escape character as a glyph."""


class Pasted:
    """Follows what comes from a terminal, in pieces of any size, through its pastes."""

    def __init__(self) -> None:
        self._is_inside = False
        self._held = ""
        self._before = ""

    def made_safe(self, data: str) -> str:
        """The same with the escape characters in pastes as glyphs.

        The begin of the sign that ends a paste is held back until the rest of it is here.
        """
        text, self._held = self._held + data, ""
        made: list[str] = []
        while text:
            if self._is_inside:
                inside, ended, text = text.partition(_END)
                if not ended:
                    inside, self._held = _without_begin_of_end(inside)
                made.append(inside.replace("\x1b", _SHOWN) + ended)
                self._is_inside = not ended
            else:
                # the sign may have come in two pieces; its first one has gone on already
                seen = self._before
                outside, began, rest = (seen + text).partition(_START)
                whole = outside + began
                made.append(whole[len(seen) :])
                text, self._is_inside = rest, bool(began)
                self._before = "" if began else whole[-len(_START) + 1 :]
        return "".join(made)


def _without_begin_of_end(text: str) -> tuple[str, str]:
    for size in range(min(len(text), len(_END) - 1), 0, -1):
        if _END.startswith(text[-size:]):
            return text[:-size], text[-size:]
    return text, ""


class PasteParser(XTermParser):
    """Textual's, fed with pastes in which nothing acts."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasted = Pasted()

    def feed(self, data: str) -> Iterable[Message]:
        """Reads on; empty data is the end, as in Textual."""
        safe = self._pasted.made_safe(data) if data else data
        return super().feed(safe) if safe or not data else ()


def guard_pastes() -> None:
    """From now on terminals are read so; Textual's driver has no place to say it."""
    vars(linux_driver)["XTermParser"] = PasteParser
