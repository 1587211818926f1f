"""A list of rows with a cursor, marks and a filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from devops_tui.presentation.later_row import AnyRow, LinesOf
from devops_tui.presentation.line import Line, Role, Span, line
from devops_tui.presentation.rows import Row
from devops_tui.presentation.safe_text import SafeText
from devops_tui.tui.actions import bindings
from devops_tui.tui.filters import Filter, KeyFilter
from devops_tui.tui.notices import tell
from devops_tui.tui.palette import palette_of, plain_text
from devops_tui.tui.widgets.line_view import LineView

_NEAR = 4

GUTTER = 2
"""Cells at the left edge that show the cursor and marks without any colour."""

MakeRows = Callable[[int], Sequence[AnyRow]]
"""Makes rows for a width in cells (the gutter already taken off)."""

_CURSOR, _MARKED, _PLAIN = SafeText("▸ "), SafeText("◆ "), SafeText("  ")


class LineTable(LineView, can_focus=True):
    """Rows of one pane; a heading row first stays at the top while the rest scrolls.

    The cursor and the marks stay with a row's key, never with its number. Rows that
    cannot be selected belong to the one above them and go with it when filtered.

    Posts: `Moved` when the cursor stands on another key, `Opened` on enter or a second
    click. Empty: the line given as `empty`.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("table")

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

        table: LineTable
        key: str

    @dataclass
    class Opened(Message):
        """The operator wants to see a row's thing."""

        table: LineTable
        key: str

    def __init__(
        self, make: MakeRows | None = None, *, empty: Line = (), id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._make_rows = make
        self._empty = empty
        self._all: Sequence[AnyRow] = ()
        self._rows: Sequence[AnyRow] = ()
        self._heading: Line | None = None
        self._filter: Filter | KeyFilter | None = None
        self._cursor_key = ""
        self._cursor = -1
        self._marks: set[str] = set()

    # What it shows

    @property
    def rows(self) -> Sequence[AnyRow]:
        """The rows that are shown, the heading not among them."""
        return self._rows

    @property
    def cursor_key(self) -> str:
        """Key of the row under the cursor; empty when there is none."""
        return self._cursor_key if self._cursor >= 0 else ""

    @cursor_key.setter
    def cursor_key(self, key: str) -> None:
        index = self._index_of(key)
        if index >= 0:
            self._go(index)
        else:
            self._cursor_key = key  # it may come with the next rows

    @property
    def marks(self) -> tuple[str, ...]:
        """Keys of the marked rows in the order shown; none marked: the one under the cursor."""
        marked = tuple(r.key for r in self._rows if r.key in self._marks)
        return marked or ((self.cursor_key,) if self.cursor_key else ())

    @property
    def marked(self) -> tuple[str, ...]:
        """Keys of the marked rows in the order shown, and no other."""
        if not self._marks:
            return ()
        return tuple(r.key for r in self._rows if r.is_selectable and r.key in self._marks)

    @property
    def cursor_text(self) -> str:
        """The row under the cursor as plain text."""
        return plain_text(self._rows[self._cursor].line).strip() if self._cursor >= 0 else ""

    @property
    def active_filter(self) -> Filter | KeyFilter | None:
        """What is filtered by."""
        return self._filter

    def show(self, make: MakeRows) -> None:
        """Shows the rows that `make` returns, now and whenever the width changes."""
        self._make_rows = make
        self.remake()

    def let_go(self) -> None:
        """Forgets how its rows are made, which may hold thousands of things, until `show`."""
        self._make_rows = None

    def filter_by(self, wanted: Filter | KeyFilter | None) -> None:
        """Keeps only the rows that the filter keeps; None shows all."""
        self._filter = wanted
        self.take_rows(self._all)

    def remake(self) -> None:
        """Asks the function again."""
        self._made_for = self.room
        if self._make_rows is not None and self._made_for > GUTTER:
            self.take_rows(self._make_rows(self._made_for - GUTTER))

    def take_rows(self, rows: Sequence[AnyRow]) -> None:
        """Replaces the rows."""
        self._all = rows
        heading = rows[0].line if rows and rows[0].is_heading else None
        if heading != self._heading:
            self._heading = heading
            self.redraw_all()
        body = rows[1:] if heading is not None else rows
        self._rows = self._kept(body)
        had, before = self._cursor, self._cursor_key
        self._cursor = self._place_cursor()
        if self._rows:
            self.take(LinesOf(self._rows))
        else:
            self.take([(Span(_PLAIN), *self._nothing())] if self._nothing() else [])
        if self._cursor != had:
            self.redraw_rows([*self._group(had), *self._group(self._cursor)])
        if self._cursor_key != before and self._cursor >= 0:
            self.post_message(self.Moved(self, self._cursor_key))

    def _nothing(self) -> Line:
        if self._filter is not None and self._all:
            return line((f"nothing matches {self._filter.text}", "muted"))
        return self._empty

    def _kept(self, rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
        wanted = self._filter
        if wanted is None:
            return rows
        if isinstance(wanted, KeyFilter):
            return [row for row in rows if wanted.keeps_key(row.key.partition("#")[0])]
        kept: list[AnyRow] = []
        group: list[AnyRow] = []
        for row in (*rows, Row("", ())):
            if row.is_selectable and group:
                if wanted.keeps(" ".join(plain_text(r.line) for r in group)):
                    kept += [Row(r.key, wanted.mark(r.line), r.is_selectable) for r in group]
                group = []
            group.append(row)
        return kept

    # Cursor

    def _index_of(self, key: str) -> int:
        rows, cursor = self._rows, self._cursor
        near: tuple[int, ...] = (cursor, *range(cursor - _NEAR, cursor + _NEAR + 1))
        for index in near:
            if 0 <= index < len(rows) and rows[index].key == key and rows[index].is_selectable:
                return index  # nearly always: nothing moved, or a few rows
        return next((i for i, r in enumerate(self._rows) if r.key == key and r.is_selectable), -1)

    def _place_cursor(self) -> int:
        """Where the cursor stands now: with its key, else near where it stood."""
        index = self._index_of(self._cursor_key)
        if index < 0 and self._rows:
            near = min(max(self._cursor, 0), len(self._rows) - 1)
            ways = (*range(near, -1, -1), *range(near + 1, len(self._rows)))
            index = next((i for i in ways if self._rows[i].is_selectable), -1)
            if index >= 0:
                self._cursor_key = self._rows[index].key
        return index

    def _group(self, index: int) -> range:
        """The row and the ones that belong to it."""
        if not 0 <= index < len(self._rows):
            return range(0)
        end = index + 1
        mine = f"{self._rows[index].key}#"
        while end < len(self._rows) and self._rows[end].key.startswith(mine):
            end += 1
        return range(index, end)

    def _go(self, index: int) -> None:
        if index < 0 or index == self._cursor:
            return
        before, self._cursor = self._cursor, index
        self._cursor_key = self._rows[index].key
        self.redraw_rows([*self._group(before), *self._group(index)])
        self.reveal(self._group(index))
        self.post_message(self.Moved(self, self._cursor_key))

    def reveal(self, rows: range) -> None:
        """Scrolls as little as makes these rows visible."""
        height = self.size.height - self.pinned
        top = self.scroll_offset.y
        if height <= 0 or not rows:
            return
        if rows.start < top or len(rows) > height:
            first = 0 if self._is_first(rows.start) else rows.start
            self.scroll_to(y=first, animate=False, force=True)
        elif rows.stop > top + height:
            self.scroll_to(y=rows.stop - height, animate=False, force=True)

    def _is_first(self, index: int) -> bool:
        return not any(r.is_selectable for r in self._rows[:index])

    def _step(self, by: int) -> None:
        way = 1 if by > 0 else -1
        goal, index, left = self._cursor, self._cursor + way, abs(by)
        while left > 0 and 0 <= index < len(self._rows):
            if self._rows[index].is_selectable:
                goal, left = index, left - 1
            index += way
        self._go(goal)

    def _page(self, share: float) -> int:
        return max(1, int((self.size.height - self.pinned) * share))

    def action_down(self) -> None:
        """Next row."""
        self._step(1)

    def action_up(self) -> None:
        """Row before."""
        self._step(-1)

    def action_first(self) -> None:
        """First row."""
        self._step(-len(self._rows))

    def action_last(self) -> None:
        """Last row."""
        self._step(len(self._rows))

    def action_half_down(self) -> None:
        """Half a page down."""
        self._step(self._page(0.5))

    def action_half_up(self) -> None:
        """Half a page up."""
        self._step(-self._page(0.5))

    def action_page_down(self) -> None:
        """A page down."""
        self._step(self._page(1.0))

    def action_page_up(self) -> None:
        """A page up."""
        self._step(-self._page(1.0))

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        if self.cursor_key:
            self.post_message(self.Opened(self, self.cursor_key))
        else:
            tell(self.app, line("no row is here to open"), "warning")

    def action_mark(self) -> None:
        """Marks the row under the cursor, or takes the mark away, and goes on."""
        if self.cursor_key:
            self._marks ^= {self.cursor_key}
            self.redraw_rows(list(self._group(self._cursor)))
            self._step(1)

    def clear_marks(self) -> None:
        """Takes every mark away."""
        self._marks.clear()
        self.redraw_all()

    def on_click(self, event: events.Click) -> None:
        """Selects the row that was clicked; a second click opens it."""
        index = self._row_at(event.y)
        if index >= 0:
            self._go(index)
            if event.chain == 2:
                self.action_open()

    def row_key_at(self, y: int) -> str:
        """Key of the thing drawn at a line of this widget; empty where there is none."""
        index = self._row_at(y)
        return self._rows[index].key if index >= 0 else ""

    def _row_at(self, y: int) -> int:
        index = y - self.pinned + self.scroll_offset.y
        if y < self.pinned or not 0 <= index < len(self._rows):
            return -1
        while index > 0 and not self._rows[index].is_selectable:
            index -= 1
        return index if self._rows[index].is_selectable else -1

    # Drawing

    @property
    def pinned(self) -> int:
        """One line for the heading, if there is one."""
        return 0 if self._heading is None else 1

    def pinned_line(self, y: int) -> Line:
        """The heading."""
        return (Span(_PLAIN), *(self._heading or ()))

    def on_focus(self) -> None:
        """The cursor becomes bright."""
        self.redraw_rows(list(self._group(self._cursor)))

    def on_blur(self) -> None:
        """The cursor becomes dim."""
        self.redraw_rows(list(self._group(self._cursor)))

    def styles_at(self, index: int) -> Mapping[Role, Style]:
        """Those of the cursor on its rows."""
        current = palette_of(self.app)
        if self._cursor >= 0 and index in self._group(self._cursor):
            return current.on_cursor if self.has_focus else current.on_dim_cursor
        return current.styles

    def make_strip(self, index: int) -> Strip:
        """A row with its gutter."""
        if not self._rows:
            return super().make_strip(index)
        row = self._rows[index]
        gutter = Span(_PLAIN)
        if row.is_selectable and row.key in self._marks:
            gutter = Span(_MARKED, "warning")
        elif index == self._cursor and self.has_focus:
            gutter = Span(_CURSOR, "accent")
        return self.cut_strip((gutter, *row.line), self.styles_at(index))
