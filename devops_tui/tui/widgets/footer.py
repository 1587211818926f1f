"""The six to eight keys that matter now, from the live keymap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line, width
from devops_tui.tui.actions import BY_ID
from devops_tui.tui.keys import key_name, live_keys
from devops_tui.tui.widgets.line_view import LineView

ALWAYS = ("view.filter", "app.command", "app.help")

_SHOWN_WHEN_POSSIBLE = frozenset({"traffic.undo"})
"""Rarely possible, and then at once looked for: offered only while there is something to undo."""

_PROMPT_KEYS = line(
    (" enter", "key"), (" take it", "muted"), ("  esc", "key"), (" leave", "muted"),
    ("  tab", "key"), (" complete", "muted"), ("  ↑ ↓", "key"), (" history", "muted"),
)  # fmt: skip


class FooterBar(LineView):
    """One line of keys; what cannot be done now is drawn without its colour.

    Args:
        wanted: Ids of actions, the most important first; those that do not fit go.
        reason_against: Why an action cannot be done now, or None.
    """

    DEFAULT_CSS = "FooterBar { height: 1; dock: bottom; overflow: hidden; }"

    def __init__(self, wanted: Sequence[str], reason_against: Callable[[str], str | None]) -> None:
        super().__init__(self._key_lines)
        self._wanted = wanted
        self._reason_against = reason_against

    def _key_lines(self, cells: int) -> list[Line]:
        # one that was answered is still there for a moment
        if any(not getattr(prompt, "is_done", False) for prompt in self.screen.query("Prompt")):
            return [_PROMPT_KEYS]
        keys = live_keys(self.screen)
        always = [part for part in (self._part(i, keys) for i in ALWAYS) if part]
        taken = 1 + sum(width(part) for part in always) + 2 * (len(always) - 1)
        shown: list[Line] = []
        # what can be done now comes first: at eighty cells the rest finds no room
        for action_id in sorted(self._wanted, key=self._is_off):
            part = self._part(action_id, keys)
            if part and taken + width(part) + 2 <= cells:
                taken += width(part) + 2
                shown.append(part)
        return [(*line(" "), *joined([*shown, *always], line("  ")))]

    def _is_off(self, action_id: str) -> bool:
        return self._reason_against(action_id) is not None

    def _part(self, action_id: str, keys: dict[str, list[str]]) -> Line:
        pressed = keys.get(action_id)
        if not pressed:
            return ()
        is_off = self._is_off(action_id)
        if is_off and action_id in _SHOWN_WHEN_POSSIBLE:
            return ()
        label = BY_ID[action_id].label
        shown = key_name(pressed[0])
        return line((shown, "muted" if is_off else "key"), (f" {label}", "muted"))
