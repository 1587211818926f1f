"""Which host hurts: every host in one table, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.fleet import Frame
from devops_tui.domain.view import Overview
from devops_tui.presentation import fleet, host_detail
from devops_tui.presentation.fleet_memory import FleetMemory
from devops_tui.presentation.host import Condition
from devops_tui.presentation.later_row import AnyRow
from devops_tui.presentation.layout import Grid, joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import heading, readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.panes.levels import TwoLevelScreen
from devops_tui.tui.widgets.line_table import LineTable, MakeRows
from devops_tui.tui.widgets.pane import Pane

_WELL = 4


class FleetScreen(TwoLevelScreen):
    """A thousand hosts in one table, what is wrong first; enter opens one.

    Reads: frames of the overview. Only rows whose figures changed are made again.
    """

    view_name: ClassVar[str] = "fleet"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "table.open",
        "shell.host",
        "fleet.sort_cpu",
        "fleet.sort_mem",
        "fleet.sort_state",
        "fleet.wrong",
        "pane.preview",
        "app.pause",
        "app.copy",
        "app.back",
    )
    preview_title: ClassVar[str] = "Host"
    BINDINGS: ClassVar[list[BindingType]] = bindings("fleet")
    DEFAULT_CSS = """
    FleetScreen.-beside #preview { width: 64; }
    FleetScreen.-beside.-zoomed #preview { width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._sort = "state"
        self._is_reversed = False
        self._shows_only_wrong = False
        self._columns: Grid | None = None
        self._memory = FleetMemory()

    def compose_list(self) -> Iterable[Widget]:
        """The hosts."""
        empty = line(("no figures yet; the worker connects to the hosts", "muted"))
        yield Pane("Fleet", LineTable(empty=empty, id="host-rows"), id="hosts")

    def compose_detail(self) -> Iterable[Widget]:
        """One host."""
        empty = line(("this host is not in the workspace any more", "muted"))
        yield Pane("Host", LineTable(empty=empty, id="host-detail"), id="host")

    @property
    def _list(self) -> LineTable:
        return self.query_one("#host-rows", LineTable)

    def show(self, overview: Overview) -> None:
        """Draws the level that is shown."""
        if self.subject:
            self._show_host(overview)
            return
        how = self._memory.conditions(overview.frames.values(), overview.at)
        frames = self._chosen_frames(overview, how)
        self._list.show(lambda cells: self._rows(frames, how, overview.at, cells))
        about = [fleet.summary(how)] if how else []
        if self._shows_only_wrong:
            about.append(line(("only what is wrong", "match")))
        self.query_one("#hosts", Pane).summarise(joined(about))
        self.draw_preview()

    def _chosen_frames(self, overview: Overview, how: Mapping[str, Condition]) -> Sequence[Frame]:
        frames = list(overview.frames.values())
        if self._shows_only_wrong:
            frames = [f for f in frames if how[f.host].rank != _WELL]
        return self._memory.order(frames, self._sort, how, self._is_reversed)

    def _rows(
        self, frames: Sequence[Frame], known: Mapping[str, Condition], now: datetime, cells: int
    ) -> Sequence[AnyRow]:
        if self._columns is None or self._columns.cells != cells:
            self._columns = fleet.grid(cells)
        is_descending = (self._sort != "name") != self._is_reversed
        rows = self._memory.rows(frames, self._columns, now, known)
        return [heading(self._columns.heading(self._sort, is_descending)), *rows] if rows else []

    def _show_host(self, overview: Overview) -> None:
        about: Line = line((self.subject, "accent"))
        self.query_one("#host", Pane).summarise(about)
        rows = self.make_preview(overview, self.subject)
        self.query_one("#host-detail", LineTable).show(rows)

    def previewed(self) -> str:
        """The host under the cursor."""
        return self._list.cursor_key

    def make_preview(self, overview: Overview, subject: str) -> MakeRows:
        """Everything about a host; nothing when it is not in the workspace any more."""
        frame = overview.frames.get(subject)
        host = overview.workspace.hosts.get(subject) if overview.workspace else None
        return lambda cells: (
            readable(host_detail.detail(frame, host, overview.at, cells))
            if frame is not None
            else []
        )

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to the host."""
        if event.table is self._list:
            self.go_into(event.key)
        elif event.table.id == "preview-rows":
            self.go_into(self.previewed())

    def open_subject(self, subject: str) -> None:
        """A host by its name; anything else is what the list is filtered by."""
        if self.overview is not None and subject in self.overview.frames:
            self._list.cursor_key = subject
            self.go_into(subject)
        else:
            self.go_into("")
            self._filter(self._list, subject)

    def subject_of(self, kind: str) -> str:
        """The open host, or the one under the cursor."""
        return (self.subject or self._list.cursor_key) if kind == "host" else ""

    def action_sort(self, by: str) -> None:
        """Sorts by a column; once more the other way round."""
        self._is_reversed = not self._is_reversed if by == self._sort else False
        self._sort = by
        self._draw_again()

    def action_only_wrong(self) -> None:
        """Hides the hosts that are well, or shows them again."""
        self._shows_only_wrong = not self._shows_only_wrong
        self._draw_again()

    def _draw_again(self) -> None:
        if self.overview is not None and not self.subject:
            self.show(self.overview)
