"""One cell a host, with a cursor that walks in both directions."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from devops_tui.domain.fleet import Frame
from devops_tui.presentation import fleet_heat
from devops_tui.presentation.host import Condition
from devops_tui.presentation.line import Line
from devops_tui.tui.widgets.line_view import LineView


class HeatMap(LineView, can_focus=True):
    """A map of the hosts. The cursor stays with its host, never with its place.

    Posts: `Moved` when another host is under the cursor, `Opened` on enter or a click.
    Empty: nothing is drawn.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "go(-1, 0)", "left", show=False),
        Binding("l,right", "go(1, 0)", "right", show=False),
        Binding("k,up", "go(0, -1)", "up", show=False),
        Binding("j,down", "go(0, 1)", "down", show=False),
        Binding("g,home", "edge(False)", "first", show=False),
        Binding("G,end", "edge(True)", "last", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another host is under the cursor."""

        host: str

    @dataclass
    class Opened(Message):
        """The operator wants to see this host."""

        host: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._frames: Sequence[Frame] = ()
        self._how: Mapping[str, Condition] = {}
        self._quiet: Container[str] = ()
        self.host = ""

    def show_hosts(
        self,
        frames: Sequence[Frame],
        how: Mapping[str, Condition],
        quiet: Container[str] = (),
    ) -> None:
        """Draws these hosts in this order, those that are kept quiet marked."""
        self._frames, self._how, self._quiet = frames, how, quiet
        if frames and not any(f.host == self.host for f in frames):
            self.host = frames[0].host
        self.draw(self._lines_for)

    def _lines_for(self, cells: int) -> list[Line]:
        made = fleet_heat.lines(self._frames, self._how, cells, self._cursor, self._quiet)
        return [*made, (), *fleet_heat.legend(cells)] if made else []

    @property
    def _cursor(self) -> int:
        return next((i for i, f in enumerate(self._frames) if f.host == self.host), -1)

    def action_go(self, across: int, down: int) -> None:
        """Moves by cells and rows."""
        cells = max(1, self.room)
        goal = self._cursor + across + down * cells
        if 0 <= goal < len(self._frames):
            self._stand_on(goal)

    def action_edge(self, is_last: bool) -> None:
        """First or last host."""
        if self._frames:
            self._stand_on(len(self._frames) - 1 if is_last else 0)

    def action_open(self) -> None:
        """Opens the host under the cursor."""
        if self.host:
            self.post_message(self.Opened(self.host))

    def on_click(self, event: events.Click) -> None:
        """Selects the host that was clicked; a second click opens it."""
        goal = (event.y + self.scroll_offset.y) * max(1, self.room) + event.x
        if event.x < self.room and 0 <= goal < len(self._frames):
            self._stand_on(goal)
            if event.chain == 2:
                self.action_open()

    def _stand_on(self, index: int) -> None:
        self.host = self._frames[index].host
        self.remake()
        row = index // max(1, self.room)
        top, height = self.scroll_offset.y, self.size.height
        if not top <= row < top + height:
            self.scroll_to(y=row, animate=False, force=True)
        self.post_message(self.Moved(self.host))
