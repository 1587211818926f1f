"""What a run has that another had not."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.change import Changes
from devops_tui.domain.ids import RunId
from devops_tui.domain.view import Overview
from devops_tui.presentation import changes
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.notices import tell
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

BETWEEN = ".."
"""Between two runs in the name of what is shown: "shop-9..shop-12"."""

_SINCE = ("last-success", "production")


class ChangesScreen(ViewScreen):
    """One run against its last success, against production, or two runs that were marked.

    Reads: the comparison, again whenever the store changed.
    """

    view_name: ClassVar[str] = "changes"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "changes.since",
        "app.copy",
        "app.last",
        "app.back",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("changes")

    def __init__(self) -> None:
        super().__init__()
        self._run = ""
        self._since = _SINCE[0]
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """One sheet."""
        empty = line(("no run is chosen; ", "muted"), ("2", "key"), (" lists them", "muted"))
        yield Pane("What changed", LineTable(empty=empty, id="change-rows"), id="changes")

    def open_subject(self, subject: str) -> None:
        """A run, or two runs with ".." between them."""
        before, between, now = subject.partition(BETWEEN)
        self._run = now if between else before
        self._since = before if between else _SINCE[0]
        self._read()

    def show(self, overview: Overview) -> None:
        """Reads again when the store changed."""
        if overview.version != self._version:
            self._version = overview.version
            self._read()

    def action_since(self) -> None:
        """Against the last success, or against what is in production."""
        if not self._run:
            tell(self.app, line("choose a run first: ", ("2", "key"), " lists them"), "warning")
            return
        self._since = _SINCE[1] if self._since == _SINCE[0] else _SINCE[0]
        self._read()

    def subject_of(self, kind: str) -> str:
        """The run that is asked about."""
        return self._run if kind == "run" else ""

    def _read(self) -> None:
        if self._run:
            run_id, since = RunId(self._run), self._since
            self.ask(lambda front: front.what_changed(run_id, since), self._take)

    def _take(self, found: Changes) -> None:
        if found.now != self._run:
            return
        self.query_one(Pane).summarise(line((self._run, "accent")))
        table = self.query_one("#change-rows", LineTable)
        table.show(lambda cells: readable(changes.rows(found, cells)))
