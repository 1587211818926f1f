"""Who does what, and where is it stuck: the columns side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.board import Card, Place
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Event
from devops_tui.domain.ids import CardId
from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Environment
from devops_tui.presentation import board
from devops_tui.presentation.board_lanes import ColumnRows, Lane, in_lanes
from devops_tui.presentation.card import LINK, card_sheet, links_of, remark_of, surroundings
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.card_links import follow, open_link
from devops_tui.tui.card_override import override
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.panes.board_columns import BoardColumnsScreen
from devops_tui.tui.widgets.line_table import LineTable, MakeRows
from devops_tui.tui.widgets.pane import Pane


class BoardScreen(BoardColumnsScreen):
    """Cards in columns; keys and the mouse move them, the store decides.

    Nothing moves on the screen before the store says so: a refused card stays where it is
    and the reason is told. The cursor follows a card that the operator moved.
    """

    view_name: ClassVar[str] = "board"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "card.left",
        "card.right",
        "card.down",
        "card.up",
        "card.add",
        "card.edit",
        "card.to",
        "card.undo",
        "card.override",
        "table.open",
        "pane.preview",
        "app.back",
    )
    AUTO_FOCUS: ClassVar[str | None] = "#column-InWork"
    preview_title: ClassVar[str] = "Card"
    BINDINGS: ClassVar[list[BindingType]] = bindings("board")
    DEFAULT_CSS = """
    BoardScreen.-beside #preview { width: 60; }
    BoardScreen.-beside.-zoomed #preview { width: 1fr; }
    BoardScreen #board-status { height: 1; overflow: hidden; }
    BoardScreen #columns { height: 1fr; }
    BoardScreen #columns Pane { width: 1fr; }
    BoardScreen #columns Pane.outside { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._follows = ""
        self._dragged = ""
        self._rows = ColumnRows()
        self._history: tuple[str, int, Sequence[Event]] = ("", 0, ())

    def compose_list(self) -> Iterable[Widget]:
        """What is shown of the board, and one pane per column."""
        yield self.compose_status()
        yield self.compose_columns()

    def compose_detail(self) -> Iterable[Widget]:
        """One card."""
        empty = line(("this card is gone", "muted"))
        yield Pane("Card", LineTable(empty=empty, id="card-rows"), id="card")

    def on_mount(self) -> None:
        """Begins where the work is."""
        self.go_to_column(self.column)

    def unzoom(self) -> None:
        """All columns again, or the one that has room."""
        super().unzoom()
        for pane in self.panes():
            pane.styles.clear_rule("display")

    def environment(self) -> Environment | None:
        """Cards live in no environment."""
        return None

    # Drawing

    def show(self, overview: Overview) -> None:
        """Draws the level that is shown."""
        if self.subject:
            self._show_card(overview)
            return
        self.follow_rules(overview)
        wanted = self.wanted(overview)
        columns = board.in_columns(wanted, self.rules)
        is_whole = wanted is overview.cards
        everything = columns if is_whole else board.in_columns(overview.cards, self.rules)
        lanes = in_lanes(columns, self.lanes)
        self._rows.track(overview.tracked)
        counts = board.counts(everything)
        for column, pane in self.column_panes.items():
            if column in columns:
                pane.table.show(self._rows_of(lanes, column, overview))
                about = board.column_count(column, counts[column], overview.workspace)
                pane.summarise(about)
        self._follow(columns)
        self.draw_status()
        self.draw_preview()

    def _rows_of(self, lanes: Sequence[Lane], column: Place, overview: Overview) -> MakeRows:
        place = None if self.query_text else overview.workspace
        return lambda cells: self._rows.make(lanes, column, overview.at, cells, place)

    def previewed(self) -> str:
        """The card under the cursor."""
        return self.table_in_use().cursor_key

    def list_in_use(self) -> LineTable:
        """The column that the operator is in."""
        return self.table_in_use()

    def make_preview(self, overview: Overview, subject: str) -> MakeRows:
        """The card in full."""
        return self._card_rows(overview, subject)

    def _card_rows(self, overview: Overview, card_id: str) -> MakeRows:
        card = self._card(card_id)
        if card is None:
            return lambda _: []
        around = surroundings(card, overview, self._history_of(card), self.tracked_of(card))
        return lambda cells: readable(card_sheet(card, around, overview.at, cells))

    def _history_of(self, card: Card) -> Sequence[Event]:
        """What happened to it, as far as it is known; asks for it when it changed."""
        name, rev, known = self._history
        if (name, rev) != (card.id, card.rev):
            self._history = (card.id, card.rev, known if name == card.id else ())
            self.ask(lambda f: f.events(subject=card.id), lambda e: self._know_history(card, e))
        return self._history[2]

    def _know_history(self, card: Card, history: Sequence[Event]) -> None:
        if self._history[:2] == (card.id, card.rev):
            self._history = (card.id, card.rev, history)
            self.redraw_card()

    def redraw_card(self) -> None:
        """The card that is open, or beside the columns."""
        if self.overview is not None:
            if self.subject:
                self._show_card(self.overview)
            self.draw_preview()

    def _follow(self, columns: dict[Place, list[Card]]) -> None:
        if not self._follows:
            return
        for column, pane in self.column_panes.items():
            if self._follows in [c.id for c in columns.get(column, ())]:
                pane.table.cursor_key = self._follows
                if column != self.column:
                    self.go_to_column(column)

    def _show_card(self, overview: Overview) -> None:
        self.query_one("#card", Pane).summarise(line((self.subject, "accent")))
        self.query_one("#card-rows", LineTable).show(self._card_rows(overview, self.subject))

    def _card(self, card_id: str) -> Card | None:
        cards = self.overview.cards if self.overview else ()
        return next((c for c in cards if c.id == CardId(card_id)), None)

    # Where the operator goes

    def on_descendant_focus(self) -> None:
        """Remembers the column; what every screen does then, Textual calls by itself."""
        for column, pane in self.column_panes.items():
            if pane.table.has_focus:
                self.stand_in(column)
                self.draw_preview()

    def go_into(self, subject: str) -> None:
        """A card, or the columns, where the cursor was."""
        super().go_into(subject)
        if not subject:
            self.call_after_refresh(lambda: self.go_to_column(self.column))

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Opens a card, or what it is linked to."""
        if event.key.startswith(LINK) and event.table.id in ("card-rows", "preview-rows"):
            open_link(self.house, *event.key.removeprefix(LINK).split(":", 1))
        elif not self.subject:
            self.go_into(self.previewed() if event.table.id == "preview-rows" else event.key)

    def on_line_table_moved(self) -> None:
        """The operator looks at another card; Textual calls what the bases do then."""
        if self._follows and self.table_in_use().cursor_key != self._follows:
            self._follows = ""

    def action_column_left(self) -> None:
        """The column to the left."""
        self._go_beside(-1)

    def action_column_right(self) -> None:
        """The column to the right."""
        self._go_beside(1)

    def _go_beside(self, by: int) -> None:
        to = self.rules.beside(self.column, by)
        if to is not None and not self.subject:
            self.go_to_column(to)

    def open_subject(self, subject: str) -> None:
        """Selects a card and opens it."""
        card = self._card(subject)
        if card is not None:
            self.stand_in(self.rules.place_of(card))
            self.table_in_use().cursor_key = subject
            self.go_into(subject)

    def subject_of(self, kind: str) -> str:
        """The open card, or the one under the cursor."""
        if kind != "card":
            return ""
        return self.subject or self.table_in_use().cursor_key

    # Moving

    def action_move_card(self, way: str) -> None:
        """Moves the selected card; the cursor goes with it."""
        marked = self.marked()
        if len(marked) > 1 and way in ("left", "right"):
            self._move_marked(marked, way)
            return
        self._follows = self.subject_of("card")
        super().action_move_card(way)

    def marked(self) -> list[str]:
        """The marked cards of all columns."""
        if self.subject:
            return []
        return [key for pane in self.column_panes.values() for key in pane.table.marked]

    def _move_marked(self, marked: Sequence[str], way: str) -> None:
        cards = [card for name in marked if (card := self._card(name)) is not None]
        columns = {self.rules.place_of(card) for card in cards}
        to = self.rules.beside(columns.pop(), 1 if way == "right" else -1) if columns else None
        if columns or to is None:
            tell(self.app, line("the marked cards go together from one column: m names another"))
            return
        self._to(marked, to)

    def action_card_to(self) -> None:
        """Moves the selected card, or all that are marked, to a column by its number."""
        self._to(self.marked() or [self.subject_of("card")], None)

    def _to(self, cards: Sequence[str], to: Place | None) -> None:
        self._follows = cards[0]
        self._act("card.to", cards=" ".join(cards), to=to.value if to is not None else "")
        self.clear_marks()

    def action_edit_card(self) -> None:
        """Opens the form."""
        self._act("card.edit")

    def action_comment_card(self) -> None:
        """Adds a remark."""
        self._act("card.comment")

    def action_reword_card(self) -> None:
        """Changes a remark: the one under the cursor where the card is open."""
        key = self.query_one("#card-rows", LineTable).cursor_key if self.subject else ""
        self._act("card.reword", at=remark_of(key))

    def action_block_card(self) -> None:
        """Blocks, or unblocks."""
        self._act("card.block")

    def action_archive_card(self) -> None:
        """Takes the card away."""
        self._act("card.archive")

    def action_undo_card(self) -> None:
        """Takes back what the operator did last."""
        self._act("card.undo")

    def action_redo_card(self) -> None:
        """Does it again."""
        self._act("card.redo")

    def action_follow_card(self) -> None:
        """Opens what the card is linked to."""
        card = self._card(self.subject_of("card"))
        if card is not None and self.overview is not None:
            links = links_of(card, surroundings(card, self.overview))
            nothing = f"{card.id} is linked to nothing"
            self.house.run_act(follow(self.house, links, nothing), group="links")

    def action_override_card(self) -> None:
        """Moves the selected card, or all marked, to the right over a limit, with a reason."""
        names = self.marked() or [self.subject_of("card")]
        cards = [card for name in names if (card := self._card(name)) is not None]
        columns = {self.rules.place_of(card) for card in cards}
        if len(columns) > 1:
            tell(self.app, line("the marked cards go together from one column"))
        elif cards and (to := self.rules.beside(self.rules.place_of(cards[0]), 1)) is not None:
            self.house.run_act(self._override(cards, to), group="override")
        elif cards:
            tell(self.app, line(f"{self.rules.place_of(cards[0])} is the last column"))

    async def _override(self, cards: Sequence[Card], to: Place) -> None:
        self._follows = cards[0].id
        if not await override(self.house, cards, to):
            self._follows = ""
            return
        self.clear_marks()

    async def _move(self, card: Card, to: Place, before: CardId | None, why: str = "") -> None:
        try:
            await self.house.bridge.ask(
                lambda front: front.move_card(card.id, to, card.rev, before, why)
            )
        except DevopsError as error:
            self._follows = ""
            tell_error(self.app, error)

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes the card under the pointer."""
        self._dragged = self._card_at(event)[1] if not self.subject else ""

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Drops it: above the card under the pointer, or at the end of the column."""
        card, self._dragged = self._card(self._dragged), ""
        column, before = self._card_at(event)
        if card is None or column is None or before == card.id:
            return
        reason = self.reason_against("card.right")
        if reason is not None:
            tell(self.app, line(reason), "warning")
            return
        self._follows = card.id
        target = CardId(before) if before else None
        self.run_worker(self._move(card, column, target), group="move")

    def _card_at(self, event: events.MouseEvent) -> tuple[Place | None, str]:
        for column, pane in self.column_panes.items():
            if pane.display and pane.region.contains(event.screen_x, event.screen_y):
                return column, pane.table.row_key_at(event.screen_y - pane.table.region.y)
        return None, ""
