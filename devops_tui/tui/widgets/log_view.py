"""A log that grows, is followed, wrapped, filtered and searched for errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.strip import Strip

from devops_tui.presentation.line import Line, Role, Span, width
from devops_tui.presentation.rows import Row
from devops_tui.presentation.safe_text import SafeText
from devops_tui.tui.actions import bindings
from devops_tui.tui.filters import Filter
from devops_tui.tui.widgets.line_table import GUTTER, LineTable

KEPT_ROWS = 50_000
"""Rows that a view holds; the oldest go first. The store keeps all of them."""

_ERRORS: frozenset[Role] = frozenset({"failed", "lost"})
_SIDEWAYS_CELLS = 16


class LogView(LineTable):
    """Rows of a log; new ones come at the end with `append`.

    Follows the end until the cursor leaves it; `f` follows again. A row that holds a
    span in the role "failed" or "lost" is what `n` and `N` go to.
    """

    DEFAULT_CSS = "LogView { overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("log")

    def __init__(self, *, empty: Line = (), id: str | None = None) -> None:
        super().__init__(empty=empty, id=id)
        self._held: list[Row] = []
        self._shift = 0
        self._widest = 0
        self.is_wrapped = False
        self.is_following = True

    @property
    def held(self) -> Sequence[Row]:
        """Every row, filtered or not."""
        return self._held

    def append(self, rows: Sequence[Row]) -> None:
        """Adds rows at the end."""
        if not rows:
            return
        self._held.extend(rows)
        over = len(self._held) - KEPT_ROWS
        if over > 0:
            del self._held[:over]
        self.remake()

    def replace(self, rows: Sequence[Row]) -> None:
        """Another log, or the same one drawn another way."""
        self._held = list(rows)
        self._shift = 0
        self.remake()

    def remake(self) -> None:
        """Wraps where wanted, filters, and stays at the end while it is followed."""
        self._made_for = self.room
        if self._made_for <= GUTTER:
            return
        self.take_rows(self._wrapped() if self.is_wrapped else tuple(self._held))
        if self.is_following:
            self._to_end()

    def filter_by(self, wanted: Filter | None) -> None:
        """Keeps only what the filter keeps, and the end in view while it is followed."""
        super().filter_by(wanted)
        if self.is_following:
            self._to_end()

    def _to_end(self) -> None:
        super().action_last()
        height = len(self.rows) + self.pinned - self.size.height
        self.scroll_to(y=max(0, height), animate=False, force=True)

    def _wrapped(self) -> tuple[Row, ...]:
        cells = self._made_for - GUTTER
        made: list[Row] = []
        for row in self._held:
            pieces = wrap(row.line, cells)
            made.append(Row(row.key, pieces[0], row.is_selectable, row.is_heading))
            made += [
                Row(f"{row.key}#{i}", p, is_selectable=False) for i, p in enumerate(pieces[1:])
            ]
        return tuple(made)

    def on_line_table_moved(self) -> None:
        """Leaving the last row ends the following."""
        if self.rows and self.cursor_key != self._last_key():
            self.is_following = False

    def _last_key(self) -> str:
        return next((r.key for r in reversed(self.rows) if r.is_selectable), "")

    def action_follow(self) -> None:
        """Stays at the end, or no longer."""
        self.is_following = not self.is_following
        if self.is_following:
            self._to_end()

    def action_wrap(self) -> None:
        """Breaks long lines, or no longer."""
        self.is_wrapped = not self.is_wrapped
        self._shift = 0
        self.redraw_all()
        self.remake()

    def action_left(self) -> None:
        """Scrolls sideways."""
        self._slide(-_SIDEWAYS_CELLS)

    def action_right(self) -> None:
        """Scrolls sideways."""
        self._slide(_SIDEWAYS_CELLS)

    def _slide(self, by: int) -> None:
        if not self.is_wrapped:
            self._shift = max(0, self._shift + by)
            self.redraw_all()

    def action_next_error(self) -> None:
        """The next row that tells of a failure."""
        self._seek(1)

    def action_previous_error(self) -> None:
        """The one before."""
        self._seek(-1)

    def _seek(self, step: int) -> None:
        here = self._index_of(self.cursor_key)
        at = here + step
        while 0 <= at < len(self.rows):
            row = self.rows[at]
            if row.is_selectable and any(piece.role in _ERRORS for piece in row.line):
                self.cursor_key = row.key
                return
            at += step

    def make_strip(self, index: int) -> Strip:
        """A row from the column that was scrolled to."""
        strip = super().make_strip(index)
        if not self._shift or not self.rows:
            return strip
        styles = self.styles_at(index)
        wide = self.strip(self.rows[index].line, width(self.rows[index].line) + GUTTER, styles)
        moved = wide.crop(self._shift, self._shift + self.size.width - GUTTER)
        head = strip.crop(0, GUTTER)
        base: Style = styles["text"]
        return Strip.join([head, moved]).adjust_cell_length(self.size.width, base)


def wrap(of: Line, cells: int) -> list[Line]:
    """A line as lines of at most `cells` cells; never empty."""
    made: list[Line] = []
    row: list[Span] = []
    room = cells
    for piece in of:
        text = piece.text
        while text:
            take, taken = _fitting(text, room)
            if not take and not row:
                take, taken = text[:1], room
            if take:
                row.append(Span(SafeText(take), piece.role))
                room -= taken
                text = SafeText(text[len(take) :])
            if text:
                made.append(tuple(row))
                row, room = [], cells
    made.append(tuple(row))
    return made


def _fitting(text: str, room: int) -> tuple[str, int]:
    """As much of the text as fits into `room` cells, and the cells that it takes."""
    if text.isascii():
        return text[:room], min(len(text), room)
    used = 0
    for index, char in enumerate(text):
        cells = Span(SafeText(char)).width
        if used + cells > room:
            return text[:index], used
        used += cells
    return text, used
