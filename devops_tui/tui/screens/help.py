"""Help, made from the live keymap: whatever has a key here is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from devops_tui.presentation.line import Role, cut, fit, line
from devops_tui.presentation.rows import Row, note
from devops_tui.tui.actions import ACTIONS, BY_ID, Action
from devops_tui.tui.key_order import OrderedKeys
from devops_tui.tui.keys import key_name, live_keys
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

_KEY_CELLS = 12
_LABEL_CELLS = 16


class HelpScreen(ModalScreen[None]):
    """Every key of the screen below; what cannot be done now says why."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "leave", "close", priority=True),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > .box {
        width: 92; max-width: 96%; height: 90%; border: round $primary; padding: 0 1;
        background: $background;
    }
    HelpScreen .label { height: 1; overflow: hidden; }
    HelpScreen LineTable { scrollbar-gutter: stable; }
    """

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._about = about
        self._keys = live_keys(about)

    def compose(self) -> ComposeResult:
        """A title and the list."""
        name = self._about.view_name if isinstance(self._about, ViewScreen) else ""
        title = line((f"Keys of {name or 'this screen'}", "title"), ("   esc closes", "muted"))
        with Vertical(classes="box"):
            head = LineView(lambda _: [title])
            head.add_class("label")
            yield head
            yield LineTable(self._rows)

    def action_leave(self) -> None:
        """Back."""
        leaving = self.dismiss(None)
        if isinstance(self.app, OrderedKeys):
            self.app.wait_for_screen(leaving)

    def _rows(self, cells: int) -> list[Row]:
        rows: list[Row] = []
        for title, wanted in self._chapters():
            if wanted:
                rows.append(note(f"title {title}", line((title, "title"))))
                rows += [self._row(action, cells) for action in wanted]
                rows.append(note(f"gap {title}", ()))
        return rows

    def _chapters(self) -> Iterator[tuple[str, list[Action]]]:
        live = [a for a in ACTIONS if a.id in self._keys]
        groups: dict[str, Callable[[Action], bool]] = {
            "Here": lambda a: not {"app", "view", "table", "log"} & set(a.places),
            "Lists": lambda a: "table" in a.places,
            "Logs": lambda a: "log" in a.places,
            "Screens": lambda a: a.id.startswith("view.") and "app" in a.places,
            "Everywhere": lambda a: (
                bool({"app", "view"} & set(a.places)) and not a.id.startswith("view.")
            ),
        }
        for title, belongs in groups.items():
            yield title, [a for a in live if belongs(a)]
        yield "Command line", [a for a in ACTIONS if a.command and a.id not in self._keys]

    def _row(self, action: Action, cells: int) -> Row:
        pressed = self._keys.get(action.id)
        keys = " ".join(key_name(k) for k in pressed) if pressed else f":{action.command}"
        reason = None
        if isinstance(self._about, ViewScreen):
            reason = self._about.reason_against(BY_ID[action.id].id)
        said: tuple[str, Role] = (
            (f"not now: {reason}", "warning") if reason else (action.tooltip, "muted")
        )
        command = f"  :{action.command}" if action.command and pressed else ""
        return Row(
            action.id,
            cut(
                line(
                    (fit(keys, _KEY_CELLS), "key"),
                    (fit(action.label, _LABEL_CELLS), "muted" if reason else "text"),
                    said,
                    (command, "muted"),
                ),
                cells,
            ),
        )
