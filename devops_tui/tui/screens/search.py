"""`:search TEXT`: the lines of the newest runs that hold a text, each a link to its log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.log_lines import CHUNKS_AT_ONCE
from devops_tui.domain.log_search import Match, RunSearch
from devops_tui.domain.view import Overview, RunView
from devops_tui.ports.front import Front
from devops_tui.presentation import units
from devops_tui.presentation.layout import Field, Grid, joined
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import Row, heading
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

RUNS_SEARCHED = 20
MOST_SHOWN = 2000

_FIELDS = (
    Field("place", "Line", 30, keep=0),
    Field("time", "Time", 14, keep=2),
    Field("host", "Host", 12, keep=1),
    Field("text", "Text", 16, keep=0, grows=True),
)
_Step = tuple[list[Match], bool]


class SearchScreen(ViewScreen):
    """What was found so far, newest run first; enter opens the log at the line.

    Reads: the logs of the newest runs, slice by slice; a new text begins anew.
    """

    view_name: ClassVar[str] = "search"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "table.open",
        "app.back",
        "app.copy",
        "app.last",
        "app.quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._matches: list[Match] = []
        self._left: list[RunSearch] = []
        self._ids: list[str] = []
        self._searched = 0

    def compose_body(self) -> ComposeResult:
        """One list."""
        empty = line(("nothing found; ", "muted"), (":search TEXT", "key"), (" looks", "muted"))
        yield Pane("Search", LineTable(empty=empty, id="matches"))

    def show(self, overview: Overview) -> None:
        """What was found stays as it is; another search begins anew."""

    def open_subject(self, subject: str) -> None:
        """Searches for a text; the same one again reads the logs anew."""
        self._text = subject
        self._matches = []
        self._left = []
        self._searched = 0
        self._draw()
        if subject:
            self.ask(
                lambda front: front.runs(limit=RUNS_SEARCHED),
                lambda views: self._begin(subject, views),
            )

    def _begin(self, text: str, views: Sequence[RunView]) -> None:
        if text == self._text:
            self._left = [RunSearch(view.run.id, text) for view in views]
            self._go_on()

    def _go_on(self) -> None:
        self._draw()
        if not self._left or len(self._matches) >= MOST_SHOWN:
            self._left = []
            return
        run = self._left[0]

        def look(front: Front) -> _Step:
            chunks = front.log(run.run_id, after=run.after, limit=CHUNKS_AT_ONCE)
            return list(run.take(chunks) if chunks else run.rest()), bool(chunks)

        def take(step: _Step) -> None:
            if not self._left or self._left[0] is not run:
                return
            found, has_more = step
            self._matches += found
            if not has_more:
                self._left.pop(0)
                self._searched += 1
            self._go_on()

        self.ask(look, take)

    def _draw(self) -> None:
        matches = self._matches[:MOST_SHOWN]
        self.query_one("#matches", LineTable).show(lambda cells: self._rows(matches, cells))
        runs = f"{self._searched} runs" if not self._left else f"{self._searched} runs so far"
        more = " or more" if len(self._matches) >= MOST_SHOWN else ""
        self.query_one(Pane).summarise(
            joined(
                [
                    line((self._text, "match")),
                    line((f"{len(self._matches)}{more} lines", "accent")),
                    line((runs, "muted")),
                ]
            )
            if self._text
            else ()
        )

    def _rows(self, matches: Sequence[Match], cells: int) -> list[Row]:
        if not matches:
            return []
        columns = Grid(_FIELDS, cells)
        now = self.house.now()
        return [heading(columns.heading())] + [
            Row(
                str(match.place),
                columns.row(
                    {
                        "place": (str(match.place), "accent"),
                        "time": (units.time_of_day(match.at, now), "muted"),
                        "host": (match.host, "muted"),
                        "text": match.text.strip(),
                    }
                ),
            )
            for match in matches
        ]

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """The log at that line."""
        self.house.open("pipelines", event.key)
