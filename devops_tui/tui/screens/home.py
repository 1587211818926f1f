"""Home: is anything wrong, what is live where, what waits for me."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from devops_tui.domain.view import Overview
from devops_tui.presentation import home
from devops_tui.presentation.fleet import summary
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

WIDE_CELLS = 100
LOW_ROWS = 14
"""Below this only the pane in focus is shown."""

_READING: Line = line(("reading the workspace…", "muted"))
_OPENS = {"pipelines": "pipelines", "board": "board", "fleet": "fleet", "traffic": "releases"}


class HomeScreen(ViewScreen):
    """Pipelines and board on the left, fleet and traffic on the right.

    Below 100 columns they stand under one another; below 14 rows one at a time.
    """

    view_name: ClassVar[str] = "home"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "table.open",
        "gate.approve",
        "traffic.flip",
        "pipeline.run",
        "run.rerun",
        "traffic.release",
        "pane.next",
        "pane.zoom",
        "app.quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("home")
    DEFAULT_CSS = """
    HomeScreen .body { layout: horizontal; }
    HomeScreen #left { width: 4fr; }
    HomeScreen #right { width: 3fr; margin: 0 0 0 2; }
    HomeScreen.-narrow #halves { layout: vertical; }
    HomeScreen.-narrow #left, HomeScreen.-narrow #right { width: 1fr; margin: 0; }
    """

    def compose_body(self) -> ComposeResult:
        """Four panes in two halves."""
        self.set_class(self.app.size.width < WIDE_CELLS, "-narrow")
        with Horizontal(id="halves"):
            with Vertical(id="left", classes="box"):
                yield _pane("Pipelines", "pipelines")
                yield _pane("Board", "board")
            with Vertical(id="right", classes="box"):
                yield _pane("Fleet", "fleet")
                yield _pane("Traffic", "traffic")

    def _table(self, name: str) -> LineTable:
        return self.query_one(f"#{name}-rows", LineTable)

    def show(self, overview: Overview) -> None:
        """Draws the four panes."""
        fleet, board = self._table("fleet"), self._table("board")
        self._table("pipelines").show(lambda cells: home.pipelines(overview, cells))
        self._table("traffic").show(lambda cells: home.traffic(overview, cells))
        fleet.show(lambda cells: home.fleet(overview, cells, _height(fleet)))
        board.show(lambda cells: home.board(overview, cells, _height(board)))
        hosts = overview.frames.values()
        self.query_one("#fleet", Pane).summarise(summary(hosts, overview.at) if hosts else ())
        self._share_height()

    def on_resize(self, event: events.Resize) -> None:
        """One column or two, all panes or one."""
        self.set_class(event.size.width < WIDE_CELLS, "-narrow")
        was_low, is_low = self.has_class("-low"), event.size.height < LOW_ROWS
        self.set_class(is_low, "-low")
        if is_low and self.zoomed is None:
            self.zoom()
        elif was_low and not is_low:
            self.unzoom()
        self._share_height()

    def _share_height(self) -> None:
        """Short lists take what they need, long ones share the rest."""
        rows = max(1, self.size.height - 2)
        is_narrow = self.has_class("-narrow")
        pipelines = self._need("pipelines", rows * (0.4 if is_narrow else 0.6))
        traffic = self._need("traffic", rows * (0.25 if is_narrow else 0.45))
        zoomed = self.zoomed is not None
        self._set_height("pipelines", None if zoomed else pipelines)
        self._set_height("traffic", None if zoomed else traffic)
        if is_narrow and not zoomed:
            rest = rows - pipelines - traffic
            board = max(3, min(self._need("board", rest * 0.45), rest - 4))
            self._set_height("board", board)
            self.query_one("#left").styles.height = pipelines + board
        else:
            self._set_height("board", None)
            self.query_one("#left").styles.height = "1fr"

    def _need(self, name: str, most: float) -> int:
        table = self._table(name)
        gap = 0 if self.has_class("-narrow") else 1
        return max(2, min(1 + table.pinned + max(1, len(table.rows)) + gap, int(most)))

    def _set_height(self, name: str, rows: int | None) -> None:
        pane = self.query_one(f"#{name}", Pane)
        pane.styles.height = "1fr" if rows is None else rows

    def zoom(self) -> None:
        """The pane in focus alone."""
        super().zoom()
        self._share_height()

    def unzoom(self) -> None:
        """All of them, where there is room."""
        super().unzoom()
        if self.has_class("-low"):
            super().zoom()
        self._share_height()

    def leave_one_level(self) -> bool:
        """Where only one pane fits there is no zoom to leave."""
        if self.has_class("-low"):
            return False
        return super().leave_one_level()

    def subject_of(self, kind: str) -> str:
        """By the pane in focus; a pipeline stands for its newest run and its service."""
        selected = {name: self._table(name).cursor_key for name in _OPENS}
        pane = self._pane_in_focus()
        here = pane.id if pane and pane.id else "pipelines"
        if kind == "pipeline":
            return selected["pipelines"]
        if kind == "run":
            runs = self.overview.runs if self.overview else ()
            name = selected["pipelines"]
            return next((v.run.id for v in runs if v.run.plan.pipeline == name), "")
        if kind == "service":
            return selected["traffic"] if here == "traffic" else self._service_of_pipeline()
        if kind == "host":
            return selected["fleet"]
        return ""

    def _service_of_pipeline(self) -> str:
        services = self.overview.services if self.overview else {}
        name = self._table("pipelines").cursor_key
        return name if name in services else self._table("traffic").cursor_key

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Goes to the screen of the pane, at the thing that was opened."""
        pane = (event.table.id or "").removesuffix("-rows")
        subject = self.subject_of("run") if pane == "pipelines" else event.key
        if pane == "board" and subject.startswith("row "):
            subject = ""
        self.house.open(_OPENS[pane], subject)


def _pane(title: str, name: str) -> Pane:
    def reading(_: int) -> list[Row]:
        return [Row("reading", _READING, is_selectable=False)]

    return Pane(title, LineTable(reading, empty=_READING, id=f"{name}-rows"), id=name)


def _height(table: LineTable) -> int | None:
    return None if table.active_filter else max(1, table.size.height)
