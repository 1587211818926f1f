"""Which column: one digit, while this question stands; elsewhere digits open views."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from devops_tui.domain.board import Column
from devops_tui.presentation.line import Line, line
from devops_tui.tui.widgets.line_view import LineView


class ColumnChoice(ModalScreen[Column | None]):
    """Asks where to; dismissed with the column, or None for nowhere."""

    DEFAULT_CSS = """
    ColumnChoice { align: center middle; background: $background 60%; }
    ColumnChoice > .box {
        width: 60; max-width: 94%; height: auto; border: round $primary; padding: 0 1;
        background: $background;
    }
    ColumnChoice LineView { height: 1; overflow: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"take({number})", column.value, show=False)
            for number, column in enumerate(Column, start=1)
        ),
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, what: Line) -> None:
        super().__init__()
        self._what = what

    def compose(self) -> ComposeResult:
        """What is moved, and the digits."""
        with Vertical(classes="box"):
            yield LineView(lambda _: [self._what])
            yield LineView(lambda _: [_digits()])

    def action_take(self, number: int) -> None:
        """This one."""
        self.dismiss(list(Column)[number - 1])

    def action_cancel(self) -> None:
        """Nothing moves."""
        self.dismiss(None)


def _digits() -> Line:
    made: Line = ()
    for number, column in enumerate(Column, start=1):
        made = (*made, *line((f"{number} ", "key"), f"{column.value}   "))
    return made
