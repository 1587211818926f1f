"""Home: is anything wrong, what is live where, what waits for me."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size

from devops_tui.domain.view import Overview
from devops_tui.presentation import home
from devops_tui.presentation.activity import activity
from devops_tui.presentation.fleet import conditions, summary
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.ground import GroundHorizontal, GroundVertical
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

WIDE_CELLS = 100
LOW_ROWS = 14
"""Below this only the pane in focus is shown."""

TALL_ROWS = 34
TALL_NARROW_ROWS = 44
"""From this height on, wide or narrow, there is room for what happened last."""

_ACTIVITY_ROWS = 8
"""The least that the activity gets, its title among them."""

_READING: Line = line(("reading the workspace…", "muted"))
_OPENS = {"pipelines": "pipelines", "board": "board", "fleet": "fleet", "traffic": "releases"}
"""The view that a pane's things are opened in."""


_PANES = ("pipelines", "board", "activity", "fleet", "traffic")


class HomeScreen(ViewScreen):
    """Pipelines, board and activity on the left, fleet and traffic on the right.

    The activity is there on tall terminals. Below 100 columns they stand under one
    another; below 14 rows one at a time.
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
    HomeScreen #activity { display: none; }
    HomeScreen.-tall #activity { display: block; }
    HomeScreen.-narrow #halves { layout: vertical; }
    HomeScreen.-narrow #left, HomeScreen.-narrow #right { width: 1fr; margin: 0; }
    """

    def compose_body(self) -> ComposeResult:
        """The panes in two halves."""
        self._measure(self.app.size)
        with GroundHorizontal(id="halves"):
            with GroundVertical(id="left", classes="box"):
                yield _pane("Pipelines", "pipelines")
                yield _pane("Board", "board")
                yield _pane("Activity", "activity")
            with GroundVertical(id="right", classes="box"):
                yield _pane("Fleet", "fleet")
                yield _pane("Traffic", "traffic")

    def _table(self, name: str) -> LineTable:
        return self.query_one(f"#{name}-rows", LineTable)

    def show(self, overview: Overview) -> None:
        """Draws the four panes."""
        fleet, board = self._table("fleet"), self._table("board")
        recent, split = self._table("activity"), self._table("traffic")
        self._table("pipelines").show(lambda cells: home.pipelines(overview, cells))
        split.show(lambda cells: home.traffic(overview, cells, self._room_for_traffic()))
        fleet.show(lambda cells: home.fleet(overview, cells, _height(fleet)))
        board.show(lambda cells: home.board(overview, cells, _height(board)))
        recent.show(
            lambda cells: activity(overview.events, self.house.now(), cells, _height(recent))
        )
        how = conditions(overview.frames.values(), overview.at)
        self.query_one("#fleet", Pane).summarise(summary(how) if how else ())
        self._share_height()

    def let_go(self) -> None:
        """The figures of all hosts, as they were when this was left."""
        for table in self.query(LineTable):
            table.let_go()

    def on_resize(self, event: events.Resize) -> None:
        """One column or two, all panes or one."""
        self._measure(event.size)
        was_low, is_low = self.has_class("-low"), event.size.height < LOW_ROWS
        self.set_class(is_low, "-low")
        if is_low and self.zoomed is None:
            self.zoom()
        elif was_low and not is_low:
            self.unzoom()
        self._share_height()

    def _measure(self, size: Size) -> None:
        is_narrow = size.width < WIDE_CELLS
        self.set_class(is_narrow, "-narrow")
        self.set_class(size.height >= (TALL_NARROW_ROWS if is_narrow else TALL_ROWS), "-tall")

    def panes(self) -> list[Pane]:
        """Those that this terminal has room for."""
        return [p for p in super().panes() if p.id != "activity" or self.has_class("-tall")]

    def _share_height(self) -> None:
        """Short lists take what they need, long ones share the rest."""
        rows = max(1, self.size.height - 2)
        if self.zoomed is not None:
            for name in _PANES:
                self._set_height(name, None)
            self.query_one("#left").styles.height = "1fr"
        elif self.has_class("-narrow"):
            self._stack(rows)
        else:
            self._set_side_by_side(rows)

    def _stack(self, rows: int) -> None:
        """One pane under the other: the fleet takes what the others leave."""
        pipelines = self._need("pipelines", rows * 0.4)
        traffic = self._need_of_traffic(rows * 0.25)
        recent = _ACTIVITY_ROWS if self.has_class("-tall") else 0
        rest = rows - pipelines - traffic - recent
        board = self._need_of_board(rest)
        heights = {"pipelines": pipelines, "board": board, "activity": recent, "traffic": traffic}
        for name, height in heights.items():
            self._set_height(name, height)
        self._set_height("fleet", None)
        self.set_class(False, "-short-fleet")
        self.query_one("#left").styles.height = pipelines + board + recent

    def _set_side_by_side(self, rows: int) -> None:
        """Two columns; below a short list stands the next one, not a hole."""
        pipelines = self._need("pipelines", rows * 0.6)
        self._set_height("pipelines", pipelines)
        board = None
        if self.has_class("-tall") and self.overview is not None:
            most = max(3, rows - pipelines - _ACTIVITY_ROWS)
            board = min(2 + home.board_need(self.overview), most)
        self._set_height("board", board)
        self._set_height("activity", None)
        self.query_one("#left").styles.height = "1fr"
        traffic = self._need_of_traffic(rows * 0.45)
        hosts = 3 + len(self.overview.frames) if self.overview is not None else rows
        is_short = hosts + traffic < rows
        self.set_class(is_short, "-short-fleet")
        self._set_height("fleet", max(4, hosts) if is_short else None)
        self._set_height("traffic", None if is_short else traffic)

    def _need(self, name: str, most: float) -> int:
        table = self._table(name)
        gap = 0 if self.has_class("-narrow") else 1
        return max(2, min(1 + table.pinned + max(1, len(table.rows)) + gap, int(most)))

    def _need_of_board(self, rest: int) -> int:
        """A line a card as far as the fleet below can spare it, which keeps a part."""
        if self.overview is None:
            return 3
        fleet = 2 + max(1, len(self.overview.frames))
        deepest = (home.board_need(self.overview) - 1) // 2
        return max(3, min(2 + deepest, max(int(rest * 0.45), rest - fleet), rest - 4))

    def _need_of_traffic(self, most: float) -> int:
        """What it takes in short, however much it shows now."""
        if self.overview is None:
            return 2
        need = len(home.traffic(self.overview, max(1, self._table("traffic").room))) + 1
        return max(2, min(need + (not self.has_class("-narrow")), int(most)))

    def _room_for_traffic(self) -> int:
        """The rows of its pane; none where it takes only what it needs in short."""
        table = self._table("traffic")
        is_filling = self.zoomed is not None or self.has_class("-short-fleet")
        return table.size.height if is_filling else 0

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
        self.query_one("#activity").styles.clear_rule("display")
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
        if pane == "activity":
            self.house.open(*self._place_of(event.key))
            return
        subject = self.subject_of("run") if pane == "pipelines" else event.key
        if pane == "board" and subject.startswith("row "):
            subject = ""
        self.house.open(_OPENS[pane], subject)

    def _place_of(self, key: str) -> tuple[str, str]:
        """The view that shows what an event happened to; the audit when no other does."""
        overview = self.overview
        happened = (
            next((e for e in overview.events if f"event {e.seq}" == key), None)
            if (overview)
            else None
        )
        if overview is None or happened is None:
            return "audit", ""
        subject = happened.subject
        known = (
            ("pipelines", [v.run.id for v in overview.runs]),
            ("board", [c.id for c in overview.cards]),
            ("incidents", [i.id for i in overview.incidents]),
            ("releases", overview.services),
            ("fleet", overview.frames),
        )
        view = next((view for view, names in known if subject in names), "audit")
        return view, subject


def _pane(title: str, name: str) -> Pane:
    def reading(_: int) -> list[Row]:
        return [Row("reading", _READING, is_selectable=False)]

    return Pane(title, LineTable(reading, empty=_READING, id=f"{name}-rows"), id=name)


def _height(table: LineTable) -> int | None:
    return None if table.active_filter else max(1, table.size.height)
