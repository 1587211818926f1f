"""Containers of which nothing is seen but the ground: one strip serves all of their lines.

Textual asks every visible widget for all of its lines at each repaint, those that lie wholly
below others too, and keeps a strip for each line. Thirteen containers of fifty lines were most
of what a repaint cost, and megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.containers import Container, Horizontal, Vertical
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip

from devops_tui.tui.palette import Palette, palette_of

if TYPE_CHECKING:
    from textual.widget import Widget

    _Base = Widget
else:
    _Base = object  # rules of a second base class that is a widget are never applied


class OnGround(_Base):
    """Draws the ground and nothing else; for a widget without border, padding or text."""

    _ground_of: tuple[Palette, int, Sequence[LineFilter]] | None = None
    _ground_strip = Strip([])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The same strip for each line."""
        now = palette_of(self.app)
        filters = self.get_line_filters()
        known = self._ground_of
        if known is None or known[0] is not now or known[1:] != (crop.width, filters):
            self._ground_of = (now, crop.width, filters)
            colour = now.look.base["background"]
            strip = Strip.blank(crop.width, Style.parse(f"on {colour}"))
            for each in filters:
                strip = strip.apply_filter(each, Color.parse(colour))
            self._ground_strip = strip
        return [self._ground_strip] * crop.height


class GroundContainer(OnGround, Container):
    """A container."""


class GroundVertical(OnGround, Vertical):
    """Its children stand one below the other."""


class GroundHorizontal(OnGround, Horizontal):
    """Its children stand side by side."""
