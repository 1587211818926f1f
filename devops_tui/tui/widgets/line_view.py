"""Draws lines, and redraws only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from devops_tui.presentation.glyphs import to_ascii
from devops_tui.presentation.line import Line, Role, cut, width
from devops_tui.tui.palette import Palette, palette_of, style_of

Make = Callable[[int], Sequence[Line]]
"""Makes lines for a width in cells."""


class LineView(ScrollView, inherit_bindings=False, can_focus=False):
    """Lines of safe text, cut to its width.

    Give it a function that makes the lines for a width with `draw`; it is called again
    when the width changes. A line that is equal to the one before is not drawn again:
    strips are cached by row until the row, the width or the palette changes.

    A line never holds markup: spans become segments as they are.

    Attributes:
        is_bare: There is nothing around the lines (border, padding), so the strips are what
            is drawn. Textual's cache of styles would ask for both, row by row, again and again.
    """

    is_bare: ClassVar[bool] = True

    DEFAULT_CSS = """
    LineView {
        scrollbar-size: 1 1;
        overflow-x: hidden;
        overflow-y: auto;
        background: $background;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, make: Make | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Make | None = make
        self._lines: Sequence[Line] = ()
        self._strips: dict[int, Strip] = {}
        self._made_for = 0
        self._palette: Palette | None = None
        self._ground = Color(0, 0, 0)
        self._filters: Sequence[LineFilter] = ()
        self._nothing_there: Strip | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """What is drawn."""
        return self._lines

    @property
    def room(self) -> int:
        """Cells that a line may take; 0 before the first layout."""
        return self.scrollable_content_region.width

    def draw(self, make: Make) -> None:
        """Draws what `make` returns, now and whenever the width changes."""
        self._make = make
        self.remake()

    def remake(self) -> None:
        """Asks the function again."""
        self._made_for = self.room
        if self._make is not None and self._made_for > 0:
            self.take(self._make(self._made_for))

    def take(self, lines: Sequence[Line]) -> None:
        """Replaces the lines; those that are equal to the ones before stay as drawn."""
        before, self._lines = self._lines, lines
        top = self.scroll_offset.y
        visible = range(top, top + self.size.height)
        for index in [i for i in self._strips if i not in visible]:
            del self._strips[index]  # a line out of sight is not even compared
        dirty: list[int] = []
        for index in visible:
            old = before[index] if index < len(before) else None
            new = lines[index] if index < len(lines) else None
            if old is not new and old != new:
                dirty.append(index)
        self._resize_virtual()
        self.redraw_rows(dirty)

    @property
    def pinned(self) -> int:
        """Lines at the top that do not scroll."""
        return 0

    def redraw_rows(self, indexes: Sequence[int]) -> None:
        """Draws these rows again where they are visible."""
        top, size = self.scroll_offset.y, self.size
        regions = []
        for index in indexes:
            self._strips.pop(index, None)
            y = index - top + self.pinned
            if self.pinned <= y < size.height:
                regions.append(Region(0, y, size.width, 1))
        if regions:
            self.refresh(*regions)

    def redraw_all(self) -> None:
        """Forgets every strip: the palette, the filter or the focus changed."""
        self._strips.clear()
        self._nothing_there = None
        self.refresh()

    def _resize_virtual(self) -> None:
        size = Size(self.virtual_width(), len(self._lines) + self.pinned)
        if size != self.virtual_size:
            self.virtual_size = size

    def virtual_width(self) -> int:
        """Cells that can be scrolled to sideways; the view's own width when it cannot."""
        return self.size.width

    def watch_show_vertical_scrollbar(self) -> None:
        """The scroll bar came or went, and took its cell: what was made may be too wide now."""
        if self._made_for:
            self.call_next(self._follow_room)

    def _follow_room(self) -> None:
        if self.room != self._made_for:
            self.make_anew()

    def make_anew(self) -> None:
        """Makes the lines for another width, whatever is drawn."""
        self._strips.clear()
        self.remake()

    def on_resize(self, event: events.Resize) -> None:
        """The lines are made anew for another size."""
        if self.room != self._made_for:
            self._strips.clear()
        self.remake()
        self._resize_virtual()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of a part of the widget, each as `render_line` has it."""
        if not self.is_bare:
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span == (0, self.container_size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def follow_palette(self) -> Palette:
        """The palette of now; strips in the colours of another one are forgotten."""
        palette = palette_of(self.app)
        filters = self.get_line_filters() if self.is_bare else ()
        if palette is not self._palette or filters != self._filters:
            self._palette, self._filters = palette, filters
            self._ground = Color.parse(palette.look.base["background"])
            self._nothing_there = None
            self._strips.clear()
        return palette

    def render_line(self, y: int) -> Strip:
        """The strip of a line of the screen, from the cache where it is there."""
        palette = self.follow_palette()
        cells = self.container_size.width
        index = y - self.pinned + self.scroll_offset.y
        if y < self.pinned:
            return self.cut_strip(self.pinned_line(y), palette.styles)
        if index >= len(self._lines):
            return self.blank(cells)
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self.make_strip(index)
        return strip

    def blank(self, cells: int) -> Strip:
        """A line with nothing on it; one strip serves all of them."""
        strip = self._nothing_there
        if strip is None or strip.cell_length != cells:
            strip = self._nothing_there = self.strip((), cells, self.styles_at(-1))
        return strip

    def pinned_line(self, y: int) -> Line:
        """The line that is pinned at `y`."""
        return ()

    def make_strip(self, index: int) -> Strip:
        """The strip of a row; the cache holds it afterwards."""
        return self.cut_strip(self._lines[index], self.styles_at(index))

    def styles_at(self, index: int) -> Mapping[Role, Style]:
        """The styles of a row."""
        return palette_of(self.app).styles

    def cut_strip(self, of: Line, styles: Mapping[Role, Style]) -> Strip:
        """A line over the whole width, cut where a scroll bar would hide the sign of the cut."""
        cells = self.container_size.width
        room = self._made_for
        if 0 < room < cells and width(of) > room:
            of = cut(of, room)
        return self.strip(of, cells, styles)

    def strip(self, of: Line, cells: int, styles: Mapping[Role, Style]) -> Strip:
        """A line as a strip of exactly `cells` cells, in the colours that the terminal has.

        One that is padded or filtered by its own methods would keep each step of the way.
        """
        wide = width(of)
        shown = of
        if wide > cells:
            shown = cut(of, cells)
            wide = width(shown)
        if palette_of(self.app).is_ascii:
            shown = to_ascii(shown)
        segments = [Segment(piece.text, style_of(piece, styles)) for piece in shown]
        if wide < cells:
            segments.append(Segment(" " * (cells - wide), styles["text"]))
        for each in self._filters:
            segments = each.apply(segments, self._ground)
        return Strip(segments, cells)
