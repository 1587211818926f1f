"""Hosts and one host, whose detail has charts: beside its figures, or instead of them."""

from __future__ import annotations

from datetime import datetime

from textual.widget import Widget

from devops_tui.domain.fleet import Frame
from devops_tui.domain.view import Overview
from devops_tui.presentation.line import line
from devops_tui.tui.panes.host_history import HostHistoryPane
from devops_tui.tui.panes.levels import BESIDE_CELLS, TwoLevelScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class HostLevels(TwoLevelScreen):
    """A screen whose detail is a host: gives the panes of it, and the keys of its charts.

    From 160 columns on figures and charts stand side by side; below `t` changes between
    them.
    """

    def host_panes(self) -> tuple[Widget, ...]:
        """What the detail consists of."""
        empty = line(("this host is not in the workspace any more", "muted"))
        figures = Pane("Host", LineTable(empty=empty, id="host-detail"), id="host")
        return figures, HostHistoryPane()

    def show_history(self, overview: Overview) -> None:
        """Draws the charts of the open host."""
        if self._shows_charts:
            self._charts.look_at(self.subject, overview)

    def place_preview(self, cells: int, rows: int) -> None:
        """The charts come and go with the room, as the preview does."""
        super().place_preview(cells, rows)
        self.set_class(cells >= BESIDE_CELLS, "-roomy")
        self._place_figures()

    def panes(self) -> list[Pane]:
        """Those that are shown."""
        hidden = "" if self.has_class("-roomy") else "host" if self._shows_charts else "history"
        return [pane for pane in super().panes() if pane.id != hidden]

    @property
    def _charts(self) -> HostHistoryPane:
        return self.query_one(HostHistoryPane)

    @property
    def _shows_charts(self) -> bool:
        return self.has_class("-roomy") or self.has_class("-charts")

    def action_history_span(self, by: str) -> None:
        """Longer or shorter."""
        if self._has_charts():
            self._charts.choose(int(by))
            self._follow_time()

    def action_history_move(self, cells: str) -> None:
        """Back in time, or on, by cells."""
        if self._has_charts():
            self._charts.move(float(cells))
            self._follow_time()

    def action_history_jump(self, share: str) -> None:
        """Back in time, or on, by a share of the span."""
        if self._has_charts():
            self._charts.jump(float(share))
            self._follow_time()

    def action_history_live(self) -> None:
        """The newest figures again."""
        if self._has_charts():
            self._charts.go_live()
            self._follow_time()

    def open_charts_at(self, at: datetime) -> None:
        """Shows the charts of the open host, their cursor at a moment."""
        if self._has_charts():
            self._charts.go_to(at)
            self._follow_time()

    def then(self, overview: Overview) -> Frame | None:
        """The open host at the moment under the charts' cursor; None when live."""
        frame = overview.frames.get(self.subject)
        return self._charts.then(frame) if frame is not None and self._shows_charts else None

    def _follow_time(self) -> None:
        """Everything else about the host is of that moment too."""
        if self.overview is not None and self.subject:
            self.show(self.overview)

    def action_charts(self) -> None:
        """Figures of now, or charts, where there is no room for both."""
        if not self.subject:
            subject = self.previewed()
            if subject:
                self.add_class("-charts")
                self._place_figures()
                self.go_into(subject)
            return
        if self.has_class("-roomy"):
            return
        if self.zoomed is not None:
            self.unzoom()
        self.toggle_class("-charts")
        self._place_figures()
        if self.overview is not None:
            self.show(self.overview)
        first = next((t for pane in self.panes() for t in pane.query(LineTable)), None)
        if first is not None:
            self.set_focus(first, scroll_visible=False)

    def _place_figures(self) -> None:
        """Figures of now make room for the charts where there is none for both."""
        if self.zoomed is None:
            hides = self.has_class("-charts") and not self.has_class("-roomy")
            self.query_one("#host").display = not hides
            self.query_one("#history").display = self._shows_charts

    def _has_charts(self) -> bool:
        """Opens the charts where they are hidden: whoever scrubs wants to see them."""
        if not self.subject:
            return False
        if not self._shows_charts:
            self.action_charts()
        return True
