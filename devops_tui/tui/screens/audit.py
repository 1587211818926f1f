"""Who did what, when, why, with which result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.event import Event
from devops_tui.domain.view import Overview
from devops_tui.presentation import audit, units
from devops_tui.presentation.line import line
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

READ_EVENTS = 1000


class AuditScreen(ViewScreen):
    """The newest events first; `/` filters them by person, thing or kind.

    Reads: events, again whenever the store changed.
    """

    view_name: ClassVar[str] = "audit"
    footer_actions: ClassVar[tuple[str, ...]] = ("app.copy", "app.last", "app.back", "app.quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings("audit")

    def __init__(self) -> None:
        super().__init__()
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """One list."""
        empty = line(("nothing happened yet", "muted"))
        yield Pane("Audit", LineTable(empty=empty, id="event-rows"), id="events")

    def show(self, overview: Overview) -> None:
        """Reads the events again when the store changed."""
        if overview.version != self._version:
            self._version = overview.version
            self.ask(lambda front: front.events(limit=READ_EVENTS), self._take_events)

    def _take_events(self, events: Sequence[Event]) -> None:
        now = self.house.now()
        count = units.plural(len(events), "event")
        more = ", the newest of more" if len(events) >= READ_EVENTS else ""
        self.query_one("#events", Pane).summarise(line((f"{count}{more}", "muted")))
        table = self.query_one("#event-rows", LineTable)
        table.show(lambda cells: audit.event_list(events, now, cells))

    def open_subject(self, subject: str) -> None:
        """Shows only what happened to one thing."""
        self._filter(self.query_one("#event-rows", LineTable), subject)
