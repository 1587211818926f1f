"""No workspace here: offers the demo and `init` instead of an error."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row, note
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

_HEAD: tuple[Line, ...] = (
    line(("devops-tui", "title")),
    line(("from commit to traffic without leaving the keyboard", "muted")),
    (),
    line("There is no ", ("devops.yaml", "accent"), " in this folder, and none was named."),
)
_CHOICES = (
    ("demo", "Start the demo", "a living system on this machine: hosts, pipelines, two colours"),
    ("init", "Write a workspace", "a commented devops.yaml here, with the hosts of ~/.ssh/config"),
    ("quit", "Leave", "devops-tui PATH opens a workspace that is somewhere else"),
)


class WelcomeScreen(Screen[None]):
    """Three choices; the chosen one is what the app returns: "demo", "init" or "quit"."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose('demo')", "demo"),
        Binding("i", "choose('init')", "init"),
        Binding("q,escape", "choose('quit')", "leave"),
    ]
    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; background: $background; }
    WelcomeScreen > Vertical { width: 76; max-width: 96%; height: auto; max-height: 100%; }
    WelcomeScreen #head { height: 5; overflow: hidden; margin: 0 2; }
    WelcomeScreen #choices { height: 8; }
    """

    def compose(self) -> ComposeResult:
        """What is missing, and what can be done."""
        with Vertical():
            yield LineView(lambda _: _HEAD, id="head")
            yield LineTable(_rows, id="choices")

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a choice."""
        self.action_choose(event.key)

    def action_choose(self, choice: str) -> None:
        """The caller does it after the app has ended."""
        self.app.exit(result=choice)


def _rows(_: int) -> list[Row]:
    rows: list[Row] = []
    for key, label, said in _CHOICES:
        rows.append(Row(key, line((key[0], "key"), "  ", (label, "text"))))
        rows.append(note(key, line("   ", (said, "muted"))))
    return rows
