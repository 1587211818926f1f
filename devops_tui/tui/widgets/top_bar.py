"""The bar above every screen, in the accent of the environment all the way along."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.style import Style

from devops_tui.presentation.line import Line, Role
from devops_tui.tui.palette import palette_of
from devops_tui.tui.widgets.line_view import LineView


class TopBar(LineView):
    """One line, and the accent that it is drawn in.

    Args:
        make_bar: The line for a width, and the name of the accent.
    """

    DEFAULT_CSS = "TopBar { height: 1; dock: top; overflow: hidden; }"

    def __init__(self, make_bar: Callable[[int], tuple[Line, str]]) -> None:
        super().__init__(self._bar_lines)
        self._make_bar = make_bar
        self._accent = "primary"

    def _bar_lines(self, cells: int) -> list[Line]:
        drawn, accent = self._make_bar(cells)
        if accent != self._accent:
            self._accent = accent
            self.redraw_all()
        return [drawn]

    def styles_at(self, index: int) -> Mapping[Role, Style]:
        """Those of the bar."""
        return palette_of(self.app).bar(self._accent)
