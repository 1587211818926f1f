"""Draws frames, scroll bars and notices in ASCII too, where the terminal has no UTF-8.

Lines of our own are translated before they are drawn; what Textual draws around them is not.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from devops_tui.presentation.glyphs import ascii_text


class AsciiOnly(LineFilter):
    """Replaces what is not ASCII, one cell for one cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments with other characters."""
        return [
            piece if piece.text.isascii() else Segment(ascii_text(piece.text), *piece[1:])
            for piece in segments
        ]
