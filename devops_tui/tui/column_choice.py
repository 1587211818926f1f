"""Which column: one digit, while this question stands; elsewhere digits open views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from devops_tui.domain.board import Place
from devops_tui.presentation.line import Line, line
from devops_tui.tui.widgets.line_view import LineView

_A_LINE = 4


class ColumnChoice(ModalScreen[Place | None]):
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
            Binding(str(number), f"take({number})", f"column {number}", show=False)
            for number in range(1, 10)
        ),
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, what: Line, places: Sequence[Place]) -> None:
        super().__init__()
        self._what = what
        self._places = places

    def compose(self) -> ComposeResult:
        """What is moved, and the digits."""
        with Vertical(classes="box"):
            yield LineView(lambda _: [self._what])
            for first in range(0, len(self._places), _A_LINE):
                yield LineView(self._digits(first))

    def action_take(self, number: int) -> None:
        """This one, where there is one of that number."""
        if number <= len(self._places):
            self.dismiss(self._places[number - 1])

    def action_cancel(self) -> None:
        """Nothing moves."""
        self.dismiss(None)

    def _digits(self, first: int) -> Callable[[int], list[Line]]:
        made: Line = ()
        for number, place in enumerate(self._places[first : first + _A_LINE], start=first + 1):
            made = (*made, *line((f"{number} ", "key"), f"{place.value}   "))
        return lambda _: [made]
