"""The columns of the board as panes: which there are, and which of them have room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.containers import Horizontal

from devops_tui.domain.board import BoardRules, Column, Place
from devops_tui.domain.view import Overview
from devops_tui.presentation.board import lost_note, rules_of
from devops_tui.presentation.line import Line, line
from devops_tui.tui.panes.board_tracker import BoardTrackerScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

NARROW_CELLS = 56
"""Below this one column is shown at a time."""

COLUMN_CELLS = 18
"""Where there are more than four columns, as many are shown as have so much room."""

_PREVIEW_CELLS = 60


class BoardColumnsScreen(BoardTrackerScreen):
    """Base of the board: one pane for each column, four or more of them.

    Where they do not all fit, those around the one in use are shown; the line above names
    what is outside.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rules = BoardRules()
        self.column: Place = Column.IN_WORK
        self.column_panes: Mapping[Place, Pane] = {}
        self._first = 0  # of the columns that are shown

    def compose_columns(self) -> Horizontal:
        """One pane per column, as the workspace has them."""
        self.rules = rules_of(self.overview.workspace if self.overview is not None else None)
        self.column_panes = {place: _pane(place) for place in self.rules.places}
        return Horizontal(*self.column_panes.values(), id="columns")

    def follow_rules(self, overview: Overview) -> None:
        """Takes the rules of now; other columns are put up as soon as the screen can."""
        rules = rules_of(overview.workspace)
        if rules == self.rules:
            return
        self.rules = rules
        if self.column not in rules.places:
            self.column = self.column.phase
        if rules.places != tuple(self.column_panes):
            self.run_worker(self._put_up(), group="columns", exclusive=True)

    async def _put_up(self) -> None:
        old, places = dict(self.column_panes), self.rules.places
        self.column_panes = {p: old.pop(p) if p in old else _pane(p) for p in places}
        for pane in old.values():
            await pane.remove()
        row = self.query_one("#columns", Horizontal)
        for index, pane in enumerate(self.column_panes.values()):
            if not pane.is_attached:
                await row.mount(pane, before=index if index < len(row.children) else None)
        self.mark_outside()
        if self.overview is not None:
            self.show(self.overview)
        if self.focused is None:
            self.go_to_column(self.column)

    # Where the operator is

    def table_in_use(self) -> LineTable:
        """The list of the column that the operator is in."""
        return self.column_panes[self.column].table

    def go_to_column(self, column: Place) -> None:
        """Puts the cursor into a column."""
        self.stand_in(column)
        if not self.subject:
            self.set_focus(self.table_in_use(), scroll_visible=False)

    def stand_in(self, column: Place) -> None:
        """This column is in use, so it is shown."""
        self.column = column if column in self.column_panes else column.phase
        self.mark_outside()

    def clear_marks(self) -> None:
        """No card is marked any more."""
        for pane in self.column_panes.values():
            pane.table.clear_marks()

    # Which of them have room

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as fit; what the bases do then, Textual calls by itself."""
        self.mark_outside()

    def place_preview(self, cells: int, rows: int) -> None:
        """The preview takes room from the columns."""
        super().place_preview(cells, rows)
        self.mark_outside()

    def mark_outside(self) -> None:
        """Hides what has no room; a class costs a look at every style, so only then."""
        count = len(self.column_panes)
        room, at = self._room(count), list(self.column_panes).index(self.column)
        self._first = max(0, min(self._first, count - room, at), at - room + 1)
        shown = range(self._first, self._first + room)
        is_other = False
        for index, pane in enumerate(self.column_panes.values()):
            if pane.has_class("outside") == (index in shown):
                pane.set_class(index not in shown, "outside")
                is_other = True
        if is_other:
            self.draw_status()

    def _room(self, count: int) -> int:
        cells = self.size.width
        if cells < NARROW_CELLS:
            return 1
        if count <= len(Column):
            return count
        cells -= _PREVIEW_CELLS if self.has_class("-beside") else 0
        return min(count, max(2, cells // COLUMN_CELLS))

    def status_notes(self) -> Sequence[Line]:
        """Which columns are outside, and which cards stand elsewhere than they were put."""
        found: list[Line] = []
        places = list(self.column_panes)
        outside = [p for p, pane in self.column_panes.items() if pane.has_class("outside")]
        if outside and len(places) > len(Column):
            left = [p.value for p in outside if places.index(p) < self._first]
            right = [p.value for p in outside if places.index(p) > self._first]
            told = [f"← {', '.join(left)}"] if left else []
            told += [f"{', '.join(right)} →"] if right else []
            found.append(line((" │ ".join(told), "muted")))
        lost = lost_note(self.overview.cards, self.rules) if self.overview is not None else ()
        return [*found, lost] if lost else found


def _pane(place: Place) -> Pane:
    empty = line(("no card", "muted"))
    table = LineTable(empty=empty, id=f"column-{place.value}")
    return Pane(place.value, table, id=f"pane-{place.value}")
