"""A titled place for one list: no box around it, only a line above."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult

from devops_tui.presentation.layout import rule
from devops_tui.presentation.line import Line, Span, line
from devops_tui.presentation.safe_text import SafeText
from devops_tui.tui.widgets.ground import GroundVertical
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

Summary = Callable[[], Line]


class Pane(GroundVertical):
    """A title, what is worth knowing about the list, and the list.

    The title is bright while the list has the focus and names an active filter.
    """

    DEFAULT_CSS = """
    Pane { height: 1fr; background: $background; }
    Pane > .title { height: 1; overflow: hidden; }
    Pane > LineTable { height: 1fr; }
    """

    def __init__(self, title: str, table: LineTable, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._summary: Line = ()
        self._old = ""
        self.table = table
        self.heading = LineView(self._heading_lines)
        self.heading.add_class("title")

    def compose(self) -> ComposeResult:
        """The title above the list."""
        yield self.heading
        yield self.table

    def summarise(self, summary: Line) -> None:
        """Says the most important thing about the list beside its title."""
        if summary != self._summary:
            self._summary = summary
            self.heading.remake()

    def mark_old(self, age: str) -> None:
        """Says how old the list is ("32 s"); empty: it is live."""
        if age != self._old:
            self._old = age
            self.heading.remake()

    def retitle(self) -> None:
        """The filter changed."""
        self.heading.remake()

    def on_descendant_focus(self) -> None:
        """The title becomes bright."""
        self.heading.remake()

    def on_descendant_blur(self) -> None:
        """The title becomes quiet."""
        self.heading.remake()

    def _heading_lines(self, cells: int) -> list[Line]:
        has_focus = self.has_focus_within
        title: Line = line((self._title, "title" if has_focus else "muted"))
        if self._old:
            title = (*title, *line((f" ~ {self._old} old", "stale")))
        if self._summary:
            title = (*title, *line((" ─ ", "muted")), *self._summary)
        wanted = self.table.active_filter
        if wanted is not None:
            title = (*title, *line((" ─ ", "muted"), (f"/{wanted.text}", "match")))
        drawn = rule(title, cells)
        mark = SafeText("▌ ") if has_focus else SafeText("─ ")
        return [(Span(mark, "accent" if has_focus else "muted"), *drawn[1:])]
