"""Draws the lines of a log of which only a window is held, wrapped or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from devops_tui.domain.log_lines import LogLine
from devops_tui.domain.log_visible import Unfolded, Visible
from devops_tui.presentation.line import Line, Role, Span, line, width
from devops_tui.presentation.logs import Fold, LogLook
from devops_tui.presentation.safe_text import SafeText
from devops_tui.tui.filters import Filter
from devops_tui.tui.palette import palette_of
from devops_tui.tui.widgets.line_table import GUTTER, LineTable
from devops_tui.tui.widgets.log_page import LogPage, Pieces
from devops_tui.tui.widgets.wrapping import wrap

_MOST_DRAWN = 3000
_CURSOR, _PLAIN = SafeText("▸ "), SafeText("  ")
_NOT_READ: Line = line(("…", "muted"))
"""A line that is not here yet, or the part of one that is not seen."""


class LogCanvas(LineTable):
    """Rows are lines by their number; what is not here is asked for and drawn as "…".

    While lines are wrapped any line may stand at the top, and the scroll bar counts lines.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    @dataclass
    class Wanted(Message):
        """Lines that are about to be seen and are not here: first and last of each run."""

        view: LogCanvas
        pieces: Pieces

    def __init__(self, *, empty: Line = (), id: str | None = None) -> None:
        super().__init__(empty=empty, id=id)
        self.look = LogLook()
        self.is_wrapped = False
        self._shown: Visible = Unfolded(0)
        self._window = LogPage()
        self._drawn: dict[int, list[Line]] = {}
        self._number = 0
        self._shift = 0
        self._wrapped_rows: list[tuple[int, int]] = []

    def take_lines(self, lines: Iterable[LogLine]) -> None:
        """Lines that were wanted."""
        self._window.take(lines)
        self._strips.clear()
        self._wrapped_rows.clear()
        self._want()
        self.refresh()

    def relook(self, look: LogLook) -> None:
        """The same log, drawn another way."""
        if look != self.look:
            self.look = look
            self._forget_drawn()
            self.refresh()

    # Reading

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Another window: reads ahead."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._wrapped_rows.clear()
            self._strips.clear()
            self._want()

    def _want(self) -> None:
        """Asks for what is seen and not here; what lies around it comes with it."""
        pieces = self._window.lacking(self._shown, self.scroll_offset.y, self.size.height)
        if pieces:
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            self.post_message(self.Wanted(self, pieces))

    def _top_for(self, row: int) -> int:
        """The lowest top row with which a wrapped line is seen whole, where that is possible."""
        room = self.size.height - len(self._pieces(self._shown.line_at(row)))
        while row > 0:
            room -= len(self._pieces(self._shown.line_at(row - 1)))
            if room < 0:
                break
            row -= 1
        return row

    def _resize_virtual(self) -> None:
        rows = len(self._shown)
        if self.is_wrapped and rows:
            rows += max(0, self.size.height - 1)  # any line may stand at the top
        size = Size(self.size.width, max(1, rows))
        if size != self.virtual_size:
            self.virtual_size = size

    # Drawing

    def _forget_drawn(self) -> None:
        self._drawn.clear()
        self._wrapped_rows.clear()
        self._strips.clear()

    def _line(self, number: int) -> Line:
        pieces = self._pieces(number)
        return pieces[0] if len(pieces) == 1 else tuple(span for one in pieces for span in one)

    def _pieces(self, number: int) -> list[Line]:
        """A line as it is drawn: one row, or several where it is wrapped."""
        drawn = self._drawn.get(number)
        if drawn is not None:
            return drawn
        one = self._window.get(number)
        if one is None:
            return [_NOT_READ]
        made = self.look.line(one, self._fold_at(number))
        if isinstance(self._filter, Filter):
            made = self._filter.mark(made)
        cells = self.room - GUTTER
        drawn = wrap(made, cells) if self.is_wrapped and cells > 0 else [made]
        self._drawn[number] = drawn
        return drawn

    def _fold_at(self, number: int) -> Fold | None:
        """How the line is drawn where it is the head of a group."""
        return None

    def _row_and_piece(self, y: int) -> tuple[int, int]:
        """The row at a line of this widget, and which piece of it; -1 below the end."""
        top = self.scroll_offset.y
        if not self.is_wrapped:
            return (top + y, 0) if top + y < len(self._shown) else (-1, 0)
        if not self._wrapped_rows:
            row = top
            while row < len(self._shown) and len(self._wrapped_rows) < self.size.height:
                pieces = len(self._pieces(self._shown.line_at(row)))
                self._wrapped_rows += [(row, piece) for piece in range(pieces)]
                row += 1
        return self._wrapped_rows[y] if y < len(self._wrapped_rows) else (-1, 0)

    def render_line(self, y: int) -> Strip:
        """The strip of a line of the screen."""
        palette = self.follow_palette()
        cells = self.container_size.width
        if not len(self._shown):
            nothing = self._nothing() if y == 0 else ()
            return self.cut_strip((Span(_PLAIN), *nothing), palette.styles)
        row, piece = self._row_and_piece(y)
        if row < 0:
            return self.blank(cells)
        number = self._shown.line_at(row)
        if number == self._number:
            return self._strip_of(number, piece, is_current=True)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip_of(number, piece, is_current=False)
        return strip

    def _strip_of(self, number: int, piece: int, *, is_current: bool) -> Strip:
        palette = palette_of(self.app)
        styles = palette.styles
        gutter = _PLAIN
        if is_current:
            styles = palette.on_cursor if self.has_focus else palette.on_dim_cursor
            gutter = _CURSOR if self.has_focus and piece == 0 else _PLAIN
        of = self._pieces(number)[piece]
        if not self._shift:
            return self.cut_strip((Span(gutter, "accent"), *of), styles)
        head = self.strip((Span(gutter, "accent"),), GUTTER, styles)
        moved = self._moved(of, self._made_for - GUTTER, styles)
        cells = self.container_size.width
        return Strip.join([head, moved]).adjust_cell_length(cells, styles["text"])

    def _moved(self, of: Line, cells: int, styles: Mapping[Role, Style]) -> Strip:
        """What of a line is seen after scrolling sideways; "…" stands for what is not."""
        whole = width(of)
        if not whole or cells < 3:
            return self.strip((), max(1, cells), styles)
        sign = self.strip(_NOT_READ, 1, styles)
        is_cut = whole > self._shift + cells
        start, end = self._shift + 1, self._shift + cells - is_cut
        middle = self.strip(of, whole, styles).crop(start, max(start, end))
        return Strip.join([sign, middle, sign] if is_cut else [sign, middle])
