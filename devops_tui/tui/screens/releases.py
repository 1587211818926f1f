"""What serves traffic; flip, undo, approve."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.view import Overview
from devops_tui.presentation import readiness, releases
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.artifacts import OF_SERVICE
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class ReleasesScreen(ViewScreen):
    """The services above; both colours of the selected one below.

    Reads: services, flips and runs of the overview. A running flip's journal stands first.
    """

    view_name: ClassVar[str] = "releases"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "traffic.flip",
        "traffic.undo",
        "traffic.canary",
        "gate.approve",
        "gate.reject",
        "artifact.of_service",
        "run.cancel",
        "pane.next",
        "pane.zoom",
        "app.copy",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("releases")

    def compose_body(self) -> ComposeResult:
        """List and detail, one below the other."""
        empty = line(("the workspace has no services", "muted"))
        yield Pane("Services", LineTable(empty=empty, id="service-rows"), id="services")
        yield Pane("Release", LineTable(id="release-rows"), id="release")

    @property
    def _list(self) -> LineTable:
        return self.query_one("#service-rows", LineTable)

    def show(self, overview: Overview) -> None:
        """Draws both."""
        self._list.show(lambda cells: releases.service_list(overview, cells))
        self._draw_detail(overview)
        self._share_height()

    def _draw_detail(self, overview: Overview) -> None:
        name = self._list.cursor_key
        table = self.query_one("#release-rows", LineTable)
        self.query_one("#release", Pane).summarise(line((name, "accent")) if name else ())
        table.show(
            lambda cells: readable(releases.service_detail(overview, name, cells)) if name else []
        )

    def _share_height(self) -> None:
        need = 2 + len(releases.service_names(self.overview)) if self.overview else 2
        most = max(3, (self.size.height - 2) // 3)
        chosen = "1fr" if self.zoomed is not None else max(2, min(need, most))
        self.query_one("#services").styles.height = chosen

    def on_resize(self, _: events.Resize) -> None:
        """The list takes at most a third."""
        if self.overview is not None:
            self._share_height()

    def zoom(self) -> None:
        """The pane in focus alone."""
        super().zoom()
        self._share_height()

    def unzoom(self) -> None:
        """Both again."""
        super().unzoom()
        self._share_height()

    def on_line_table_moved(self) -> None:
        """Another service: another detail."""
        if self.overview is not None and self._list.cursor_key != self._drawn():
            self._draw_detail(self.overview)

    def _drawn(self) -> str:
        rows = self.query_one("#release-rows", LineTable).rows
        return rows[0].line[0].text if rows and rows[0].line else ""

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to the detail."""
        if event.table is self._list:
            self.query_one("#release-rows").focus()

    def go_back(self) -> bool:
        """From the detail to the list."""
        if self._list.has_focus:
            return False
        self._list.focus()
        return True

    def open_subject(self, subject: str) -> None:
        """Selects a service."""
        self._list.cursor_key = subject
        if self.overview is not None:
            self._draw_detail(self.overview)

    def subject_of(self, kind: str) -> str:
        """The selected service; the run that asks to flip it, else one that is under way to it."""
        name = self._list.cursor_key
        if kind == "service":
            return name
        if self.overview is None or not name:
            return ""
        if kind == "run":
            view = readiness.asking_gate(self.overview, name) or readiness.under_way(
                self.overview, name
            )
            return view.run.id if view is not None else ""
        return ""

    def action_roll_back(self) -> None:
        """Brings back what served before."""
        self._act("traffic.roll_back")

    def action_repair_drift(self) -> None:
        """Brings every balancer back to the colour that should serve."""
        self._act("traffic.repair")

    def action_canary(self) -> None:
        """Gives the other colour its requests share by share."""
        self._act("traffic.canary")

    def action_bring_up(self) -> None:
        """Starts the colour that does not serve again."""
        self._act("service.up")

    def action_retire(self) -> None:
        """Stops the colour that does not serve."""
        self._act("service.down")

    def action_keep_warm(self) -> None:
        """Keeps the colour before for longer."""
        self._act("service.keep")

    def action_service_artifacts(self) -> None:
        """Opens the files that the colours of the selected service have."""
        self.house.open("artifacts", f"{OF_SERVICE}{self.subject_of('service')}")

    def action_linked_card(self) -> None:
        """Opens the cards of the selected service."""
        self._act("card.linked")
