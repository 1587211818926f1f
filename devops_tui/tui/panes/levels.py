"""A view of two levels: a list, and in its place the detail of one thing."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class TwoLevelScreen(ViewScreen):
    """Escape goes from the detail to the list; the list keeps its cursor meanwhile.

    A screen of its own gives `compose_list` and `compose_detail`, and calls `go_into` and
    reads `subject`: the thing whose detail is shown, empty on the list.
    """

    DEFAULT_CSS = """
    TwoLevelScreen .level { height: 1fr; width: 1fr; }
    TwoLevelScreen .hidden { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.subject = ""

    def compose_list(self) -> Iterable[Widget]:
        """What the list consists of."""
        return ()

    def compose_detail(self) -> Iterable[Widget]:
        """What the detail consists of."""
        return ()

    def compose_body(self) -> ComposeResult:
        """Both levels, one of them hidden."""
        yield Vertical(*self.compose_list(), id="list-level", classes="level")
        yield Vertical(*self.compose_detail(), id="detail-level", classes="level hidden")

    def panes(self) -> list[Pane]:
        """Those of the level that is shown."""
        level = "detail" if self.subject else "list"
        return list(self.query_one(f"#{level}-level").query(Pane))

    def go_into(self, subject: str) -> None:
        """Shows the detail of a thing, or the list when it is empty."""
        if self.zoomed is not None:
            self.unzoom()
        self.subject = subject
        self.query_one("#list-level").set_class(bool(subject), "hidden")
        self.query_one("#detail-level").set_class(not subject, "hidden")
        if self.overview is not None:
            self.show(self.overview)
        first = next((t for pane in self.panes() for t in pane.query(LineTable)), None)
        if first is not None:
            self.call_after_refresh(first.focus)
        self.redraw_frame()

    def go_back(self) -> bool:
        """From the detail to the list."""
        if not self.subject:
            return False
        self.go_into("")
        return True
