"""A few choices in one line, one of them taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from devops_tui.presentation.line import Line, Span, span, width
from devops_tui.tui.widgets.line_view import LineView

_NOTHING = "(none)"


class ChoiceLine(LineView, can_focus=True):
    """Shows its options side by side; left, right and space take another one.

    Where they do not all fit, those around the one that is taken are shown.

    Posts: `Entered` on enter.
    """

    is_bare: ClassVar[bool] = False
    DEFAULT_CSS = """
    ChoiceLine { height: 1; overflow: hidden; padding: 0 1; background: $panel; }
    ChoiceLine:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "take(-1)", show=False),
        Binding("right,l,space", "take(1)", show=False),
        Binding("enter", "enter", show=False),
    ]

    @dataclass
    class Entered(Message):
        """The operator wants it so."""

        choice: ChoiceLine

    def __init__(self, options: Sequence[str], taken: str = "") -> None:
        super().__init__(self._lines_for)
        self._options = options
        self._at = options.index(taken) if taken in options else 0

    @property
    def value(self) -> str:
        """The option that is taken."""
        return self._options[self._at]

    def action_take(self, by: int) -> None:
        """The option beside; from the last one to the first."""
        self._at = (self._at + by) % len(self._options)
        self.remake()

    def action_enter(self) -> None:
        """The operator wants it so."""
        self.post_message(self.Entered(self))

    def on_focus(self) -> None:
        """The mark of what is taken shows where the operator is."""
        self.remake()

    def on_blur(self) -> None:
        """It shows no more."""
        self.remake()

    def _lines_for(self, cells: int) -> list[Line]:
        spans = [self._span(index) for index in range(len(self._options))]
        first = 0
        while first < self._at and width(tuple(spans[first : self._at + 1])) > cells:
            first += 1
        return [tuple(spans[first:])]

    def _span(self, index: int) -> Span:
        text = self._options[index] or _NOTHING
        if index != self._at:
            return span(f"  {text}  ", "muted")
        return span(f"▸ {text}  ", "accent" if self.has_focus else "text")
