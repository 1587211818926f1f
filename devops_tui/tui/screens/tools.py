"""The connected tools: is each reachable, what does it say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.tool import ToolStatus
from devops_tui.domain.view import Overview
from devops_tui.presentation import tools, units
from devops_tui.presentation.line import line
from devops_tui.tui.actions import bindings
from devops_tui.tui.notices import tell
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class ToolsScreen(ViewScreen):
    """The tools above; what the selected one says below, worst first.

    Reads: all of it again whenever the store changed.
    """

    view_name: ClassVar[str] = "tools"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "table.open",
        "tools.read",
        "pane.next",
        "pane.zoom",
        "app.copy",
        "app.last",
        "app.back",
        "app.quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("tools")
    DEFAULT_CSS = """
    ToolsScreen #tools { height: 6; }
    ToolsScreen #tool { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._statuses: Sequence[ToolStatus] | None = None  # None: not read yet
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """List and what one of them says, one below the other."""
        reading = line(("reading…", "muted"))
        yield Pane("Tools", LineTable(empty=reading, id="tool-rows"), id="tools")
        yield Pane("Says", LineTable(id="finding-rows"), id="tool")

    @property
    def _list(self) -> LineTable:
        return self.query_one("#tool-rows", LineTable)

    def show(self, overview: Overview) -> None:
        """Reads again when the store changed; ages move on with every look."""
        if overview.version != self._version:
            self._version = overview.version
            self.ask(lambda front: front.tools(), self._take)
        else:
            self._draw()

    def _take(self, statuses: Sequence[ToolStatus]) -> None:
        self._statuses = statuses
        self._draw()

    @property
    def _selected(self) -> ToolStatus | None:
        key = self._list.cursor_key
        statuses = self._statuses or ()
        named = (s for s in statuses if s.settings.name == key)
        return next(named, statuses[0] if statuses else None)

    def _draw(self) -> None:
        now = self.house.now()
        statuses = self._statuses
        if statuses is None:
            return
        count = units.plural(len(statuses), "tool")
        self.query_one("#tools", Pane).summarise(line((count, "muted")))
        self._list.show(lambda cells: tools.tool_list(statuses, now, cells))
        self._draw_one()
        most = max(3, (self.size.height - 2) // 2)
        height = "1fr" if self.zoomed is not None else max(3, min(len(statuses) + 2, most))
        self.query_one("#tools").styles.height = height

    def _draw_one(self) -> None:
        now, chosen = self.house.now(), self._selected
        self.query_one("#tool", Pane).summarise(tools.about(chosen) if chosen else ())
        self.query_one("#finding-rows", LineTable).show(
            lambda cells: tools.finding_list(chosen, now, cells) if chosen else []
        )

    def zoom(self) -> None:
        """The pane in focus alone."""
        super().zoom()
        self._draw()

    def unzoom(self) -> None:
        """Both again."""
        super().unzoom()
        self._draw()

    def on_line_table_moved(self) -> None:
        """Another tool: what that one says."""
        super().on_line_table_moved()
        self._draw_one()

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to what one of them says."""
        if event.table is self._list:
            self.query_one("#finding-rows").focus()

    def go_back(self) -> bool:
        """From the findings to the list."""
        if self._list.has_focus:
            return False
        self._list.focus()
        return True

    def action_read_tools(self) -> None:
        """Wants all of them to be read at once."""
        self.ask(
            lambda front: front.ask_tools(),
            lambda _: tell(self.app, line("the worker reads all tools now")),
        )
