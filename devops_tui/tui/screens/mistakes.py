"""Mistakes in the configuration, with their places; the list follows the files."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.errors import Mistake
from devops_tui.domain.view import Overview
from devops_tui.presentation import units
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import Row, note
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class MistakesScreen(ViewScreen):
    """file:line:column, what is wrong, and what to do; all of them at once."""

    view_name: ClassVar[str] = "mistakes"
    footer_actions: ClassVar[tuple[str, ...]] = ("app.copy", "app.back", "view.home", "app.quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings("mistakes")

    def compose_body(self) -> ComposeResult:
        """One list."""
        empty = line(("●", "ok"), " no mistakes: the configuration is in use")
        yield Pane("Mistakes in the configuration", LineTable(empty=empty, id="mistakes"))

    def on_mount(self) -> None:
        """They may be known though the workspace could not be opened."""
        self._draw(self.house.mistakes)

    def show(self, overview: Overview) -> None:
        """The files were read again."""
        self._draw(overview.mistakes)

    def _draw(self, mistakes: tuple[Mistake, ...]) -> None:
        pane = self.query_one(Pane)
        count = line((units.plural(len(mistakes), "mistake"), "failed")) if mistakes else ()
        pane.summarise(count)
        pane.table.show(lambda _: _rows(mistakes))


def _rows(mistakes: tuple[Mistake, ...]) -> list[Row]:
    rows: list[Row] = []
    for index, mistake in enumerate(mistakes):
        key = f"{mistake.file}:{mistake.line}:{mistake.column}:{index}"
        place = f"{mistake.file}:{mistake.line}:{mistake.column}"
        rows.append(Row(key, line((place, "accent"), "  ", (mistake.what, "failed"))))
        if mistake.todo:
            rows.append(note(key, line("    ", (mistake.todo, "muted"))))
    if rows:
        rows.append(note("gap", ()))
        rows.append(note("hint", line(("Save the file: this list follows it.", "muted"))))
    return rows
