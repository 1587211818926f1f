"""One of several things, picked from a short list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

_MOST_ROWS = 10


class Choice(ModalScreen[str | None]):
    """Asks which one; dismissed with its name, or None for none of them."""

    DEFAULT_CSS = """
    Choice { align: center middle; background: $background 60%; }
    Choice > .box {
        width: 72; max-width: 94%; height: auto; max-height: 94%;
        border: round $primary; padding: 0 1; background: $background;
    }
    Choice .label { height: 1; overflow: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, title: Line, names: Sequence[str]) -> None:
        super().__init__()
        self._question = title
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        """The question above, the names below."""
        with Vertical(classes="box"):
            title = LineView(lambda _: [self._question])
            title.add_class("label")
            yield title
            yield LineTable(self._rows, id="names")

    def on_mount(self) -> None:
        """As high as the list is."""
        table = self.query_one("#names")
        table.styles.height = min(len(self._names), _MOST_ROWS)
        self.set_focus(table, scroll_visible=False)

    def _rows(self, _: int) -> list[Row]:
        return [Row(name, line((name, "accent"))) for name in self._names]

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """This one."""
        event.stop()
        self.dismiss(event.key)

    def action_cancel(self) -> None:
        """None of them."""
        self.dismiss(None)
