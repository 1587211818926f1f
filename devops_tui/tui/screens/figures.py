"""Flow of the board, and delivery of the services, as figures and charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.dora import Dora
from devops_tui.domain.errors import Refused
from devops_tui.domain.flow import Flow
from devops_tui.domain.sprint import Burndown
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation import units
from devops_tui.presentation.dora import dora_rows
from devops_tui.presentation.flow import flow_rows
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.ground import GroundContainer
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

_WIDE_CELLS = 120
_TALL_ROWS = 40
_PERIODS = (90, 365, 14, 30)

Found = tuple[Flow, Sequence[Dora], Burndown | None]


class FiguresScreen(ViewScreen):
    """Two sheets beside one another; below one another where it is narrow.

    Reads: the log of events, on from where it was read last, whenever the store changed.
    """

    view_name: ClassVar[str] = "figures"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "figures.period",
        "pane.next",
        "pane.zoom",
        "app.copy",
        "app.last",
        "app.back",
        "app.quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("figures")
    DEFAULT_CSS = """
    FiguresScreen #sheets { layout: horizontal; height: 1fr; }
    FiguresScreen #flow { width: 3fr; margin: 0 2 0 0; }
    FiguresScreen #dora { width: 2fr; }
    FiguresScreen.-narrow #sheets { layout: vertical; }
    FiguresScreen.-narrow #flow { width: 1fr; height: 3fr; margin: 0; }
    FiguresScreen.-narrow #dora { width: 1fr; height: 2fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._days = _PERIODS[0]
        self._read_for: tuple[int, int] | None = None

    def compose_body(self) -> ComposeResult:
        """Flow and delivery."""
        reading = line(("reading…", "muted"))
        with GroundContainer(id="sheets"):
            yield Pane("Flow", LineTable(empty=reading, id="flow-rows"), id="flow")
            yield Pane("Delivery", LineTable(empty=reading, id="dora-rows"), id="dora")

    def on_mount(self) -> None:
        """Says that it reads, before there is anything to show."""
        for table in self.query(LineTable):
            table.show(lambda _: [])

    def on_resize(self, event: events.Resize) -> None:
        """Narrow terminals get one sheet above the other."""
        self.set_class(event.size.width < _WIDE_CELLS, "-narrow")

    def show(self, overview: Overview) -> None:
        """Reads on when the store changed."""
        wanted = (overview.version, self._days)
        if wanted != self._read_for:
            self._read_for = wanted
            days = self._days
            self.ask(lambda front: _read(front, days), self._take)

    def action_period(self) -> None:
        """The next period."""
        self._days = _PERIODS[(_PERIODS.index(self._days) + 1) % len(_PERIODS)]
        if self.overview is not None:
            self.show(self.overview)

    def _take(self, found: Found) -> None:
        flow, dora, sprint = found
        told = line((f"the last {units.plural(self._days, 'day')}", "muted"))
        for pane in self.query(Pane):
            pane.summarise(told)
        height = 8 if self.size.height >= _TALL_ROWS else 6
        self.query_one("#flow-rows", LineTable).show(
            lambda cells: readable(flow_rows(flow, cells, height, sprint))
        )
        self.query_one("#dora-rows", LineTable).show(lambda cells: readable(dora_rows(dora, cells)))


def _read(front: Front, days: int) -> Found:
    try:
        sprint = front.burndown()
    except Refused:  # none runs
        sprint = None
    return front.flow(days), front.dora(days), sprint
