"""A text of several lines that is changed in place: a remark on a card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from devops_tui.domain.errors import DevopsError
from devops_tui.presentation.line import Line, cut, line
from devops_tui.tui.widgets.line_view import LineView

Save = Callable[[str], Awaitable[None]]

_KEYS = line(("ctrl+s saves · no text: takes it away · esc leaves", "muted"))


class RemarkForm(ModalScreen[None]):
    """Stays open until the store took the text, and says why when it does not.

    Args:
        title: Which text it is.
        had: The text as it is.
        save: Is given the new text, empty to take it away; raises DevopsError.
    """

    DEFAULT_CSS = """
    RemarkForm { align: center middle; background: $background 60%; }
    RemarkForm > .box {
        width: 96; max-width: 98%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $background;
    }
    RemarkForm .said { height: 1; overflow: hidden; }
    RemarkForm TextArea, RemarkForm TextArea:focus { height: 8; border: none; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
        Binding("ctrl+s", "save", "save", priority=True),
    ]

    def __init__(self, title: Line, had: str, save: Save) -> None:
        super().__init__()
        self._question = title
        self._had = had
        self._save = save
        self._said: Line = _KEYS
        self._is_saving = False

    def compose(self) -> ComposeResult:
        """What it is, the text, what is wrong."""
        with Vertical(classes="box"):
            yield LineView(lambda cells: [cut(self._question, cells)], id="asked")
            yield TextArea(self._had, id="text", tab_behavior="focus", compact=True)
            yield LineView(lambda cells: [cut(self._said, cells)], id="outcome")

    def on_mount(self) -> None:
        """The cursor behind the last word."""
        for name in ("#asked", "#outcome"):
            self.query_one(name).add_class("said")
        text = self.query_one("#text", TextArea)
        text.move_cursor(text.document.end)
        self.set_focus(text, scroll_visible=False)

    def action_cancel(self) -> None:
        """The text stays as it was."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Asks the store; closes when it took the text."""
        wanted = self.query_one("#text", TextArea).text.strip()
        if wanted == self._had.strip():
            self.dismiss(None)
        elif not self._is_saving:
            self._is_saving = True
            self.run_worker(self._saving(wanted), group="save")

    async def _saving(self, wanted: str) -> None:
        try:
            await self._save(wanted)
        except DevopsError as error:
            self._said = line((f"✗ {error.title}", "failed"), (f" {error.hint}", "muted"))
            self.query_one("#outcome", LineView).remake()
        else:
            self.dismiss(None)
        finally:
            self._is_saving = False
