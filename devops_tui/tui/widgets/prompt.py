"""One line to type into, above the footer: filters and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input

from devops_tui.presentation.line import Line, line, width
from devops_tui.tui.widgets.line_view import LineView

Complete = Callable[[str], Sequence[str]]
"""Whole lines that what was typed may become, best first."""


class _Completer(Suggester):
    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return next((c for c in self._complete(value) if c.startswith(value)), None)


@runtime_checkable
class PromptUser(Protocol):
    """The screen that a prompt stands on; called directly, not by messages.

    A message would come after the next key of the same packet, and that key would then
    land in a prompt that the operator has already left.
    """

    def prompt_typed(self, prompt: Prompt) -> None:
        """The text changed."""

    def prompt_entered(self, prompt: Prompt) -> None:
        """The operator wants it so."""

    def prompt_left(self, prompt: Prompt) -> None:
        """The operator changed their mind."""


class PromptLine(Horizontal):
    """The line above the keys: what is typed for, and the prompt."""

    DEFAULT_CSS = """
    PromptLine { height: 1; dock: bottom; offset-y: -1; background: $panel; }
    PromptLine LineView { width: 3; height: 1; overflow: hidden; }
    PromptLine #prompt-said { width: 0; }
    """

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self.prompt = prompt
        self._said: Line = ()

    def compose(self) -> ComposeResult:
        """A sign, and what is typed."""
        sign = line((" / " if self.prompt.purpose == "filter" else " : ", "key"))
        yield LineView(lambda _: [sign])
        yield self.prompt
        yield LineView(lambda _: [self._said], id="prompt-said")

    def complain(self, what: str) -> None:
        """Says at the right what is wrong with what is typed; empty: nothing is."""
        self._said = line((what, "warning")) if what else ()
        said = self.query_one("#prompt-said", LineView)
        said.styles.width = min(width(self._said), self.size.width * 2 // 3)
        said.remake()


class Prompt(Input):
    """Input with a history (up, down) and completion (tab or right).

    Tells its screen what is typed, entered and left. The text is the operator's own; what
    is completed comes from `complete`.
    """

    DEFAULT_CSS = """
    Prompt, Prompt:focus {
        height: 1; width: 1fr; border: none; padding: 0 1 0 0; background: $panel;
        color: $foreground;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", priority=True),
        Binding("up", "older", "older", show=False),
        Binding("down", "newer", "newer", show=False),
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(
        self,
        purpose: Literal["filter", "command"],
        *,
        text: str = "",
        history: Sequence[str] = (),
        complete: Complete | None = None,
    ) -> None:
        super().__init__(
            text,
            suggester=_Completer(complete) if complete else None,
            select_on_focus=False,
            compact=True,
        )
        self.purpose = purpose
        self.is_done = False
        self._history = [*history, ""]
        self._at = len(self._history) - 1

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tells what stands there now."""
        event.stop()
        if not self.is_done:
            self._user.prompt_typed(self)

    async def action_submit(self) -> None:
        """Enter: done at once, so that the next key finds the list in focus."""
        self.is_done = True
        self._user.prompt_entered(self)

    def action_leave(self) -> None:
        """Escape."""
        self.is_done = True
        self._user.prompt_left(self)

    @property
    def _user(self) -> PromptUser:
        screen = self.screen
        if not isinstance(screen, PromptUser):
            raise TypeError("a prompt stands on a screen that uses it")
        return screen

    def action_complete(self) -> None:
        """Takes what is suggested."""
        if self._suggestion:
            self.value = self._suggestion
            self.cursor_position = len(self.value)

    def action_older(self) -> None:
        """The line typed before."""
        self._walk(-1)

    def action_newer(self) -> None:
        """The line typed after."""
        self._walk(1)

    def _walk(self, by: int) -> None:
        self._at = min(max(0, self._at + by), len(self._history) - 1)
        self.value = self._history[self._at]
        self.cursor_position = len(self.value)
