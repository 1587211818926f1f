"""`@`: every command that was sent to a host, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.view import Overview
from devops_tui.presentation import units
from devops_tui.presentation.layout import Field, Grid
from devops_tui.presentation.line import Role, line
from devops_tui.presentation.rows import Row, heading
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

READ_RECORDS = 500

_FIELDS = (
    Field("time", "time", 14, keep=3),
    Field("host", "host", 16, keep=1),
    Field("exit", "exit", 6, keep=2, align="right"),
    Field("took", "took", 9, keep=4, align="right"),
    Field("command", "command", 16, keep=0, grows=True),
)


class CommandsScreen(ViewScreen):
    """Time, host, exit status, duration and the first line of each command.

    Reads: command records, again whenever the store changed.
    """

    view_name: ClassVar[str] = "commands"
    footer_actions: ClassVar[tuple[str, ...]] = ("app.back", "app.copy", "app.last", "app.quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings("commands")

    def __init__(self) -> None:
        super().__init__()
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """One list."""
        empty = line(("no command was sent to a host yet", "muted"))
        yield Pane("Commands sent to hosts", LineTable(empty=empty, id="records"))

    def show(self, overview: Overview) -> None:
        """Reads the records again when the store changed."""
        if overview.version != self._version:
            self._version = overview.version
            self.ask(lambda front: front.command_records(READ_RECORDS), self._take_records)

    def _take_records(self, records: Sequence[CommandRecord]) -> None:
        self.query_one("#records", LineTable).show(lambda cells: self._rows(records, cells))

    def _rows(self, records: Sequence[CommandRecord], cells: int) -> list[Row]:
        if not records:
            return []
        columns = Grid(_FIELDS, cells)
        now = self.house.now()
        return [heading(columns.heading())] + [
            Row(
                str(record.seq or f"{record.at} {record.host} {index}"),
                columns.row(
                    {
                        "time": (units.time_of_day(record.at, now), "muted"),
                        "host": (record.host, "accent"),
                        "exit": _exit(record.exit_code),
                        "took": units.duration(record.duration_s),
                        "command": record.command,
                    }
                ),
            )
            for index, record in enumerate(records)
        ]


def _exit(code: int | None) -> tuple[str, Role]:
    if code is None:
        return "? lost", "lost"
    return (f"● {code}", "ok") if code == 0 else (f"✕ {code}", "failed")
