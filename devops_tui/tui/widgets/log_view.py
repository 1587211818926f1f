"""A log of any size: a window of lines that is read as it is looked at."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message

from devops_tui.domain.log_groups import Group
from devops_tui.domain.log_index import LogIndex
from devops_tui.domain.log_lines import LogLine
from devops_tui.domain.log_visible import Found, is_folded, unfolded
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.logs import Fold, LogLook
from devops_tui.presentation.rows import Row
from devops_tui.tui.actions import bindings
from devops_tui.tui.filters import Filter, KeyFilter
from devops_tui.tui.palette import plain_text
from devops_tui.tui.widgets.log_canvas import LogCanvas

_SIDEWAYS_CELLS = 16
_MOST_SIDEWAYS = 2000


class LogView(LogCanvas):
    """Lines of a log, of which only a window is held.

    Its index is filled from outside, then `grow` is called; it posts `Wanted` for lines that
    it lacks and gets them by `take_lines`. Follows the end until the cursor leaves it; `f`
    follows again.

    Posts besides: `Sought` for the next match or error, `Searched` when another text is
    looked for, `Asked` for what concerns the whole log.
    """

    DEFAULT_CSS = "LogView { overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("log")

    @dataclass
    class Sought(Message):
        """The operator wants the next or previous match, or error."""

        view: LogView
        step: Literal[1, -1]
        is_error: bool

    @dataclass
    class Searched(Message):
        """Another text is looked for, or none."""

        view: LogView

    @dataclass
    class Asked(Message):
        """Something that concerns the whole log: "times", "only", "save" or "link"."""

        view: LogView
        what: Literal["times", "only", "save", "link", "mark"]

    def __init__(self, *, empty: Line = (), id: str | None = None) -> None:
        super().__init__(empty=empty, id=id)
        self.index = LogIndex()
        self.is_following = True
        self._found: array[int] | None = None
        self._chosen: dict[int, bool] = {}
        self._heads: dict[int, Group] = {}

    # What it is given

    def begin(self, look: LogLook) -> None:
        """Another log."""
        self.index = LogIndex()
        self.look = look
        self._chosen.clear()
        self._heads.clear()
        self._window.clear()
        self._found = None
        self._number = self._shift = 0
        self._forget_drawn()
        self.remake()

    def grow(self) -> None:
        """The index knows more lines or groups than before."""
        heads = {group.first: group for group in self.index.groups}
        for first in heads.keys() | self._heads.keys():
            if heads.get(first) != self._heads.get(first):
                self._drawn.pop(first, None)
        self._heads = heads
        self._window.grew()
        self.remake()

    def take_lines(self, lines: Iterable[LogLine]) -> None:
        """Lines that were wanted."""
        super().take_lines(lines)
        if self.is_following and self.is_wrapped:
            self._to_end()

    def show_only(self, numbers: array[int] | None) -> None:
        """Only these lines, or all of them again."""
        self._found = numbers
        self.remake()

    @property
    def shows_only_found(self) -> bool:
        """Whether lines are left out because they were not found."""
        return self._found is not None

    # As a list

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are seen, as far as their lines are here."""
        top, height = self.scroll_offset.y, max(1, self.size.height)
        seen = range(top, min(len(self._shown), top + height))
        numbers = [self._shown.line_at(row) for row in seen]
        return [Row(str(n), self._line(n)) for n in numbers if n in self._window]

    @property
    def cursor_key(self) -> str:
        """The number of the line under the cursor; empty when there is none."""
        return str(self._number) if self._number else ""

    @cursor_key.setter
    def cursor_key(self, key: str) -> None:
        number = key.rpartition("/")[2]
        if number.isdecimal():
            self.go_to(int(number))

    @property
    def number(self) -> int:
        """The line under the cursor; 0 when there is none."""
        return self._number

    @property
    def marks(self) -> tuple[str, ...]:
        """Only the line under the cursor."""
        return (self.cursor_key,) if self._number else ()

    @property
    def cursor_text(self) -> str:
        """The line under the cursor as plain text."""
        if self._number not in self._window:
            return ""
        return plain_text(self._line(self._number)).strip()

    def filter_by(self, wanted: Filter | KeyFilter | None) -> None:
        """In a log a filter is what is searched for; nothing is hidden by it."""
        if wanted == self._filter or isinstance(wanted, KeyFilter):
            return
        self._filter = wanted
        self._forget_drawn()
        self.refresh()
        self.post_message(self.Searched(self))

    def remake(self) -> None:
        """Lays the rows out anew, and stays at the end while it is followed."""
        self._made_for = self.room
        self._shown = (
            Found(self._found)
            if self._found is not None
            else unfolded(self.index.count, self.index.groups, self._chosen)
        )
        self._wrapped_rows.clear()
        self._strips.clear()
        self._resize_virtual()
        if self._number and len(self._shown):
            row = self._shown.row_of(self._number)
            self._number = self._shown.line_at(min(max(0, row), len(self._shown) - 1))
        elif len(self._shown):
            self._number = self._shown.line_at(0)
        else:
            self._number = 0
        if self.is_following:
            self._to_end()
        self._want()
        self.refresh()

    # Cursor

    def go_to(self, number: int) -> None:
        """Puts the cursor on a line and opens the groups around it."""
        if not 0 < number <= self.index.count:
            return
        if self._found is None:
            closed = [
                group.first
                for group in self.index.groups
                if group.last is not None
                and group.first < number <= group.last
                and is_folded(group, self._chosen)
            ]
            if closed:
                self._chosen.update(dict.fromkeys(closed, False))
                is_following, self.is_following = self.is_following, False
                self.remake()
                self.is_following = is_following
        self._go_row(self._shown.row_of(number))

    def _go_row(self, row: int) -> None:
        if not 0 <= row < len(self._shown):
            return
        before, self._number = self._number, self._shown.line_at(row)
        self.is_following = self.is_following and row == len(self._shown) - 1
        top = self.scroll_offset.y
        self._reveal_row(row)
        if before == self._number:
            return
        self.post_message(self.Moved(self, self.cursor_key))
        self._want()
        if self.is_wrapped or self.scroll_offset.y != top:
            self.refresh()
        else:
            self._redraw_lines(before, self._number)

    def _redraw_lines(self, *numbers: int) -> None:
        """Only these lines: a step of the cursor costs two rows, not the whole window."""
        top, size = self.scroll_offset.y, self.size
        rows = [self._shown.row_of(number) - top for number in numbers if number]
        shown = [Region(0, y, size.width, 1) for y in rows if 0 <= y < size.height]
        if shown:
            self.refresh(*shown)

    def _reveal_row(self, row: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if height <= 0:
            return
        if row < top:
            top = row
        elif self.is_wrapped:
            top = max(top, self._top_for(row))
        elif row >= top + height:
            top = row - height + 1
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def centre(self) -> None:
        """Puts the line under the cursor into the middle."""
        row = self._shown.row_of(self._number)
        self.scroll_to(y=max(0, row - self.size.height // 2), animate=False, force=True)
        self._want()

    def _to_end(self) -> None:
        last = len(self._shown) - 1
        if last < 0:
            return
        self._number = self._shown.line_at(last)
        top = self._top_for(last) if self.is_wrapped else last - self.size.height + 1
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def _step(self, by: int) -> None:
        if not len(self._shown):
            return
        row = self._shown.row_of(self._number) + by
        self._go_row(min(max(0, row), len(self._shown) - 1))

    def action_first(self) -> None:
        """First line."""
        self._step(-len(self._shown))

    def action_last(self) -> None:
        """Last line."""
        self._step(len(self._shown))

    def action_open(self) -> None:
        """Folds or unfolds the group that the cursor stands in."""
        around = [g for g in self.index.groups if g.first <= self._number <= (g.last or 0)]
        group = next((g for g in reversed(around) if not g.is_mixed), None)
        if group is not None:
            self.is_following = False
            self._chosen[group.first] = not is_folded(group, self._chosen)
            self._number = group.first
            self._forget_drawn()
            self.remake()
            self._reveal_row(self._shown.row_of(group.first))

    def action_fold_all(self) -> None:
        """Folds every group, or opens all of them when none is open."""
        can = [g for g in self.index.groups if g.last is not None and not g.is_mixed]
        fold = any(not is_folded(g, self._chosen) for g in can)
        self._chosen.update({g.first: fold for g in can})
        self._forget_drawn()
        self.remake()
        self._go_row(self._shown.row_of(self._number))

    def action_mark(self) -> None:
        """Lines of a log are not marked: the next one, as in a pager."""
        self._step(self._page_rows())

    def _page_rows(self) -> int:
        return max(1, self.size.height - 1)

    def action_follow(self) -> None:
        """Stays at the end, or no longer."""
        self.is_following = not self.is_following
        if self.is_following:
            self._to_end()
            self._want()

    def action_wrap(self) -> None:
        """Breaks long lines, or no longer."""
        self.is_wrapped = not self.is_wrapped
        self._shift = 0
        self._forget_drawn()
        self.remake()
        self._reveal_row(self._shown.row_of(self._number))

    def action_left(self) -> None:
        """Scrolls sideways."""
        self._slide(-_SIDEWAYS_CELLS)

    def action_right(self) -> None:
        """Scrolls sideways."""
        self._slide(_SIDEWAYS_CELLS)

    def _slide(self, by: int) -> None:
        if not self.is_wrapped:
            self._shift = min(max(0, self._shift + by), _MOST_SIDEWAYS)
            self._strips.clear()
            self.refresh()

    def action_next_error(self) -> None:
        """The next match of a search, or the next error without one."""
        self.post_message(self.Sought(self, 1, self._filter is None))

    def action_previous_error(self) -> None:
        """The one before."""
        self.post_message(self.Sought(self, -1, self._filter is None))

    def action_error(self, step: Literal["1", "-1"]) -> None:
        """The next or previous error, whatever is searched for."""
        self.post_message(self.Sought(self, 1 if step == "1" else -1, is_error=True))

    def action_ask(self, what: Literal["times", "only", "save", "link"]) -> None:
        """What the pane around it does."""
        self.post_message(self.Asked(self, what))

    # Drawing

    def _fold_at(self, number: int) -> Fold | None:
        group = self._heads.get(number)
        if group is None:
            return None
        is_away = is_folded(group, self._chosen) and self._found is None
        return Fold(group, (group.last or group.first) - group.first if is_away else 0)

    def _nothing(self) -> Line:
        if self._found is not None and self._filter is not None:
            return line((f"nothing matches {self._filter.text}", "muted"))
        return self._empty

    def make_anew(self) -> None:
        """The rows are laid out anew for another width."""
        self._forget_drawn()
        self.remake()

    def on_resize(self, event: events.Resize) -> None:
        """The rows are laid out anew for another size."""
        self.make_anew()
        if not self.is_following and self._number:
            self._reveal_row(self._shown.row_of(self._number))

    def on_focus(self) -> None:
        """The cursor becomes bright."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor becomes dim."""
        self.refresh()

    def redraw_all(self) -> None:
        """Forgets every strip."""
        self._strips.clear()
        self.refresh()

    def _row_at(self, y: int) -> int:
        return self._row_and_piece(y)[0]

    def on_click(self, event: events.Click) -> None:
        """Selects the line that was clicked; a second click folds its group."""
        row = self._row_at(event.y)
        if row >= 0:
            self._go_row(row)
            if event.chain == 2 and self._number in self._heads:
                self.action_open()

    def row_key_at(self, y: int) -> str:
        """Number of the line drawn there; empty where there is none."""
        row = self._row_at(y)
        return str(self._shown.line_at(row)) if row >= 0 else ""
