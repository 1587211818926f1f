"""Questions before an act: what exactly, to what exactly, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView
from devops_tui.tui.widgets.one_line import OneLine

_DIALOG_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > .box {
        width: 96; max-width: 94%; height: auto; max-height: 94%;
        border: round $primary; padding: 0 1; background: $background;
    }
    Dialog.-careful > .box { border: round $error; }
    Dialog .said { height: auto; max-height: 50vh; margin: 0 0 1 0; }
    Dialog Input { height: 1; border: none; padding: 0 1; background: $panel; margin: 0 0 1 0; }
    Dialog .label { height: 1; overflow: hidden; }
    Dialog LineTable { height: 2; }
    Dialog.-low Input, Dialog.-low .said { margin: 0; }
"""
_WIDTH, _SHARE, _FRAME = 96, 0.94, 4
"""Of the box: its cells, the most of the screen that it takes, what its border takes of a line."""

_LOW_ROWS = 18
_ROWS = 7
"""Rows of a dialog that asks for nothing: border, title, gap, what is missing, two choices."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an act.

    Attributes:
        title: What would be done ("Flip shop to green").
        said: Lines the operator must see: the exact commands, the exact targets.
        verb: The word on the choice that acts ("flip").
        typed: What has to be typed; empty when nothing has to.
        reason: Whether a reason is asked for, and whether it may be empty.
        asks: What is asked for in that line, where it is no reason.
        is_careful: Drawn as dangerous; Cancel is chosen at first.
    """

    title: Line
    said: Sequence[Line] = ()
    verb: str = "go"
    typed: str = ""
    asks_reason: bool = False
    needs_reason: bool = False
    is_careful: bool = True
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The operator said yes."""

    why: str = ""


class Dialog(ModalScreen[Answer | None]):
    """Asks a `Question`; dismissed with an `Answer`, or None for no.

    A dangerous act has Cancel in focus. What is missing (the typed name, a reason) is
    said in place, and nothing happens.
    """

    DEFAULT_CSS = _DIALOG_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__(classes="-careful" if question.is_careful else "")
        self.question = question
        self._missing: Line = ()

    def compose(self) -> ComposeResult:
        """Title, what is shown, what is asked for, the two choices."""
        asked = self.question
        with Vertical(classes="box"):
            yield _label(asked.title)
            if asked.said:
                yield _Said(asked.said)
            if asked.typed:
                yield _label(line("type ", (asked.typed, "accent"), " to be sure"))
                yield OneLine(id="typed", compact=True, select_on_focus=False)
            if asked.asks_reason:
                must = "required" if asked.needs_reason else "may stay empty"
                wanted = asked.asks or "why, in one line"
                yield _label(line(f"{wanted} ", (f"({must})", "muted")))
                yield OneLine(id="why", compact=True, max_length=300, select_on_focus=False)
            yield LineView(self._missing_lines, id="missing")
            yield LineTable(self._choices, id="choices")

    def on_mount(self) -> None:
        """Cancel first where it is dangerous, else the first thing to fill in."""
        self.query_one("#missing").styles.height = 1
        first = None if self.question.is_careful else next(iter(self.query(Input)), None)
        self.set_focus(first or self.query_one("#choices"), scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """What is shown scrolls, so that the choices never leave the screen."""
        is_low = event.size.height < _LOW_ROWS
        self.set_class(is_low, "-low")
        fields = len(self.query(Input)) * (2 if is_low else 3)
        rows = int(event.size.height * _SHARE) - _ROWS + is_low - fields
        for said in self.query(_Said):
            said.be_as_high_as(max(1, rows), min(_WIDTH, int(event.size.width * _SHARE)) - _FRAME)

    def _choices(self, _: int) -> list[Row]:
        return [
            Row("cancel", line("Cancel ", ("(esc)", "muted"))),
            Row("go", line((self.question.verb, "failed" if self.question.is_careful else "ok"))),
        ]

    def _missing_lines(self, _: int) -> list[Line]:
        return [self._missing]

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """One of the two choices."""
        event.stop()
        if event.key == "go":
            self._go()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field: the next empty one, else the choices."""
        event.stop()
        fields = list(self.query(Input))
        after = fields[fields.index(event.input) + 1 :]
        if after:
            after[0].focus()
        elif self.question.is_careful and not self.question.typed:
            self.query_one("#choices").focus()
        else:
            self._go()

    def _go(self) -> None:
        asked = self.question
        if asked.typed and self._value("typed") != asked.typed:
            self._lacks(line((f"type {asked.typed} first", "warning")), "typed")
            return
        why = self._value("why")
        if asked.needs_reason and not why:
            what = f"{asked.asks.partition(',')[0]} is" if asked.asks else "a reason is"
            self._lacks(line((f"{what} needed", "warning")), "why")
            return
        self.dismiss(Answer(why))

    def _value(self, field: str) -> str:
        found = next(iter(self.query(f"#{field}").results(Input)), None)
        return found.value.strip() if found else ""

    def _lacks(self, what: Line, field: str) -> None:
        self._missing = what
        self.query_one("#missing", LineView).remake()
        self.query_one(f"#{field}").focus()

    def action_cancel(self) -> None:
        """Nothing happens."""
        self.dismiss(None)


class _Said(LineView, can_focus=True):
    """What the operator must see; scrolls when it is long."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", show=False),
        Binding("up,k", "scroll_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
    ]

    def __init__(self, said: Sequence[Line]) -> None:
        super().__init__(lambda cells: _wrapped(said, cells))
        self.add_class("said")
        self.can_focus = False

    def be_as_high_as(self, rows: int, cells: int) -> None:
        """Takes so many rows at most; what needs more can be gone to, and scrolled."""
        self.styles.max_height = rows
        self.can_focus = self.get_content_height(None, None, cells) > rows

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as the lines take at this width."""
        return len(self._make(width)) if self._make else 0


def _wrapped(said: Sequence[Line], cells: int) -> list[Line]:
    from devops_tui.tui.widgets.wrapping import wrap_words

    return [part for one in said for part in wrap_words(one, max(1, cells))]


def _label(of: Line) -> LineView:
    view = LineView(lambda _: [of])
    view.add_class("label")
    return view
