"""The runbook of a problem, opened at the section that is about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.runbook import Runbook
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import line
from devops_tui.presentation.remarks import runbook_rows
from devops_tui.presentation.wrap import wrapped
from devops_tui.tui.actions import bindings
from devops_tui.tui.notices import tell_error
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class RunbookScreen(ViewScreen):
    """A document of the workspace as its text; the cursor stands on the section.

    Reads: the runbook, once for each problem that it is opened for.
    """

    view_name: ClassVar[str] = "runbook"
    footer_actions: ClassVar[tuple[str, ...]] = ("app.copy", "app.last", "app.back", "app.quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings("runbook")

    def __init__(self) -> None:
        super().__init__()
        self._incident = ""

    def compose_body(self) -> ComposeResult:
        """One document."""
        empty = line(
            ("no runbook is open; on a problem ", "muted"), ("B", "key"), (" opens it", "muted")
        )
        yield Pane("Runbook", LineTable(empty=empty, id="runbook-rows"), id="runbook")

    def open_subject(self, subject: str) -> None:
        """A problem."""
        self._incident = subject
        wanted = IncidentId(subject)

        def read(front: Front) -> Runbook | DevopsError:
            try:
                return front.runbook(wanted)
            except DevopsError as error:
                return error

        self.ask(read, lambda found: self._take(subject, found))

    def show(self, overview: Overview) -> None:
        """A document does not change with the store."""

    def subject_of(self, kind: str) -> str:
        """The problem."""
        return self._incident if kind == "incident" else ""

    def _take(self, subject: str, found: Runbook | DevopsError) -> None:
        if subject != self._incident:
            return
        if isinstance(found, DevopsError):
            self.query_one("#runbook-rows", LineTable).show(
                lambda cells: [
                    *wrapped("what", found.title, cells, "warning"),
                    *wrapped("hint", found.hint, cells),
                ]
            )
            tell_error(self.house, found)
            return
        parts = [line((self._incident, "accent"))]
        if found.section:
            parts.append(line((found.section, "title")))
        parts.append(line((f"{found.name}:{found.first}", "muted")))
        self.query_one(Pane).summarise(joined(parts))
        table = self.query_one("#runbook-rows", LineTable)
        table.show(lambda cells: runbook_rows(found, cells))
        table.cursor_key = str(found.first)
