"""Several hosts at once: their logs merged by time, their processes, their units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.survey import Survey
from devops_tui.ports.front import Front
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.many_hosts import KINDS, TITLES, rows
from devops_tui.presentation.rows import readable
from devops_tui.presentation.units import plural
from devops_tui.tui.bridge import Bridge
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

_LOOK_S = 2.0


class ManyHostsScreen(ModalScreen[None]):
    """Reads the answers of these hosts while it is open, so that they are asked; tab changes.

    Escape leaves. The end of the logs is followed until the cursor goes up.
    """

    DEFAULT_CSS = """
    ManyHostsScreen { align: center middle; background: $background 60%; }
    ManyHostsScreen > .box {
        width: 98%; height: 94%; border: round $primary; padding: 0 1; background: $background;
    }
    ManyHostsScreen .title { height: 1; overflow: hidden; }
    ManyHostsScreen LineTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "leave", priority=True),
        Binding("tab", "turn(1)", "next", priority=True),
        Binding("shift+tab", "turn(-1)", "before", priority=True),
    ]

    def __init__(self, hosts: Sequence[str]) -> None:
        super().__init__()
        self._hosts = tuple(hosts)
        self._surveys: tuple[Survey, ...] = ()
        self._kind = KINDS[0]
        self._at = datetime.now(UTC)
        self._problem: Line = ()

    def compose(self) -> ComposeResult:
        """Which hosts, what of them, and the rows."""
        with Vertical(classes="box"):
            title = LineView(lambda _: [self._title()])
            title.add_class("title")
            yield title
            yield LineTable(empty=line(("the hosts are being asked…", "muted")), id="many-rows")

    def on_mount(self) -> None:
        """Looks at once, and again."""
        self.query_one(LineTable).focus()
        self._look_again()
        self.set_interval(_LOOK_S, self._look_again)

    def _title(self) -> Line:
        about = line((plural(len(self._hosts), "host"), "accent"), f" · {TITLES[self._kind]}")
        keys = line(("tab", "key"), " logs, processes, units  ", ("esc", "key"), " leaves")
        return joined([about, self._problem, keys] if self._problem else [about, keys])

    def _look_again(self) -> None:
        self.run_worker(self._look(), group="many", exclusive=True)

    async def _look(self) -> None:
        bridge = getattr(self.app, "bridge", None)
        if not isinstance(bridge, Bridge):
            raise TypeError("hosts are looked at in the app that has a house")
        try:
            self._surveys = await bridge.ask(self._read)
            self._problem = ()
        except DevopsError as error:
            self._problem = line((str(error), "failed"))
        if self.is_attached:
            self._draw()

    def _read(self, front: Front) -> tuple[Survey, ...]:
        """On the bridge's thread."""
        self._at = datetime.now(UTC)
        return tuple(front.host_survey(host, looks=True) for host in self._hosts)

    def _draw(self) -> None:
        surveys, kind, at = self._surveys, self._kind, self._at
        table = self.query_one(LineTable)
        table.show(lambda cells: readable(rows(surveys, kind, at, cells)))
        for view in self.query(LineView):
            view.remake()

    def action_turn(self, by: int) -> None:
        """Logs, processes, units, and around."""
        self._kind = KINDS[(KINDS.index(self._kind) + by) % len(KINDS)]
        self._draw()

    def action_leave(self) -> None:
        """Back to the fleet."""
        self.dismiss(None)
