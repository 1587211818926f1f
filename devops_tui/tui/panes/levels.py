"""A view of two levels: a list with a preview where there is room, and the detail of one thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from devops_tui.domain.view import Overview
from devops_tui.presentation.line import Line, line
from devops_tui.tui.notices import tell
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.ground import GroundContainer, GroundVertical
from devops_tui.tui.widgets.line_table import LineTable, MakeRows
from devops_tui.tui.widgets.pane import Pane

BESIDE_CELLS = 160
BELOW_ROWS = 40


class TwoLevelScreen(ViewScreen):
    """Escape goes from the detail to the list; the list keeps its cursor meanwhile.

    A screen of its own gives `compose_list` and `compose_detail`, and calls `go_into` and
    reads `subject`: the thing whose detail is shown, empty on the list. One with a preview
    gives `preview_title`, `previewed` and `make_preview`, and calls `draw_preview` in `show`.

    The preview stands beside the list from 160 columns on, else, where the screen wants
    that, below it from 40 rows on; `p` hides it.
    """

    DEFAULT_CSS = """
    TwoLevelScreen .level { height: 1fr; width: 1fr; }
    TwoLevelScreen .hidden { display: none; }
    TwoLevelScreen #listed { width: 1fr; height: 1fr; }
    TwoLevelScreen #preview { display: none; }
    TwoLevelScreen.-beside #list-level { layout: horizontal; }
    TwoLevelScreen.-beside #preview { display: block; width: 1fr; margin: 0 0 0 2; }
    TwoLevelScreen.-below #preview { display: block; height: 1fr; }
    """

    preview_title: ClassVar[str] = ""
    preview_goes_below: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.subject = ""
        self.wants_preview = True

    def compose_list(self) -> Iterable[Widget]:
        """What the list consists of."""
        return ()

    def compose_detail(self) -> Iterable[Widget]:
        """What the detail consists of."""
        return ()

    def previewed(self) -> str:
        """Name of the thing under the cursor of the list; empty when there is none."""
        return ""

    def list_in_use(self) -> LineTable:
        """The list whose cursor the preview follows."""
        return self.query_one("#listed").query(LineTable).first()

    def make_preview(self, overview: Overview, subject: str) -> MakeRows:
        """Makes the rows that the preview shows of a thing."""
        return lambda _: []

    def compose_body(self) -> ComposeResult:
        """Both levels, one of them hidden."""
        with GroundContainer(id="list-level", classes="level"):
            yield GroundVertical(*self.compose_list(), id="listed", classes="box")
            if self.preview_title:
                empty = line(("nothing is selected", "muted"))
                table = LineTable(empty=empty, id="preview-rows")
                yield Pane(self.preview_title, table, id="preview")
        yield GroundVertical(*self.compose_detail(), id="detail-level", classes="level hidden")

    # The preview

    @property
    def shows_preview(self) -> bool:
        """Whether the list has a preview beside or below it now."""
        return self.has_class("-beside") or self.has_class("-below")

    def place_preview(self, cells: int, rows: int) -> None:
        """Puts the preview where there is room for it, or nowhere."""
        is_wanted = bool(self.preview_title) and self.wants_preview
        is_beside = is_wanted and cells >= BESIDE_CELLS
        is_below = is_wanted and not is_beside and self.preview_goes_below and rows >= BELOW_ROWS
        self.set_class(is_beside, "-beside")
        self.set_class(is_below, "-below")
        self.draw_preview()

    def draw_preview(self) -> None:
        """Draws what is under the cursor of the list."""
        if not self.shows_preview or self.subject or self.overview is None:
            return
        subject = self.previewed()
        about: Line = line((subject, "accent")) if subject else ()
        self.query_one("#preview", Pane).summarise(about)
        make: MakeRows = self.make_preview(self.overview, subject) if subject else lambda _: []
        self.query_one("#preview-rows", LineTable).show(make)

    def on_resize(self, event: events.Resize) -> None:
        """The preview comes and goes with the room."""
        self.place_preview(event.size.width, event.size.height)

    def on_line_table_moved(self) -> None:
        """Another thing is under the cursor."""
        self.draw_preview()

    def action_preview(self) -> None:
        """Shows the preview, or hides it."""
        self.wants_preview = not self.wants_preview
        if self.zoomed is not None:
            self.unzoom()
        if not self.wants_preview and self.query_one("#preview-rows").has_focus:
            self.list_in_use().focus()
        self.place_preview(self.size.width, self.size.height)
        if self.wants_preview and not self.shows_preview:
            room = f"{BESIDE_CELLS} columns"
            room += f" or {BELOW_ROWS} rows" if self.preview_goes_below else ""
            tell(self.app, line(f"a preview needs {room}"))

    # The levels

    def panes(self) -> list[Pane]:
        """Those of the level that is shown."""
        level = "detail" if self.subject else "list"
        found = list(self.query_one(f"#{level}-level").query(Pane))
        return [p for p in found if p.id != "preview" or self.shows_preview]

    def unzoom(self) -> None:
        """All panes again; the preview as the room has it."""
        super().unzoom()
        for pane in self.query("#preview"):
            pane.styles.clear_rule("display")

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
            self.set_focus(first, scroll_visible=False)
        self.redraw_frame()

    def go_back(self) -> bool:
        """From the detail to the list."""
        if not self.subject:
            return False
        self.go_into("")
        return True

    def action_linked_card(self) -> None:
        """Opens the cards of what is selected."""
        self._act("card.linked")
