"""The six to eight keys that matter now, from the live keymap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widget import Widget

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
        judge: Looks at the view, and returns why an action cannot be done now, or None.
        is_prompting: Whether something is typed into the line above.
    """

    DEFAULT_CSS = "FooterBar { height: 1; dock: bottom; overflow: hidden; }"

    def __init__(
        self,
        wanted: Sequence[str],
        judge: Callable[[], Callable[[str], str | None]],
        is_prompting: Callable[[], bool],
    ) -> None:
        super().__init__(self._key_lines)
        self._wanted = wanted
        self._judge = judge
        self._is_prompting = is_prompting
        self._keys: dict[str, list[str]] = {}
        self._keys_of: Widget | None = None
        self._last: tuple[object, ...] = ()
        self._drawn: list[Line] = []

    def _key_lines(self, cells: int) -> list[Line]:
        if self._is_prompting():
            return [_PROMPT_KEYS]
        reason_against = self._judge()
        off = {name for name in (*self._wanted, *ALWAYS) if reason_against(name) is not None}
        keys = self._live_keys()
        now = (cells, off, keys)
        if now != self._last:
            self._last, self._drawn = now, [self._line_of(cells, off, keys)]
        return self._drawn

    def _live_keys(self) -> dict[str, list[str]]:
        """They are others only when something else has the focus."""
        focused = self.screen.focused
        if focused is None or focused is not self._keys_of:
            self._keys, self._keys_of = live_keys(self.screen), focused
        return self._keys

    def _line_of(self, cells: int, off: set[str], keys: dict[str, list[str]]) -> Line:
        always = [part for part in (_part(i, off, keys) for i in ALWAYS) if part]
        taken = 1 + sum(width(part) for part in always) + 2 * (len(always) - 1)
        shown: list[Line] = []
        # what can be done now comes first: at eighty cells the rest finds no room
        for action_id in sorted(self._wanted, key=off.__contains__):
            part = _part(action_id, off, keys)
            if part and taken + width(part) + 2 <= cells:
                taken += width(part) + 2
                shown.append(part)
        return (*line(" "), *joined([*shown, *always], line("  ")))


def _part(action_id: str, off: set[str], keys: dict[str, list[str]]) -> Line:
    pressed = keys.get(action_id)
    is_off = action_id in off
    if not pressed or (is_off and action_id in _SHOWN_WHEN_POSSIBLE):
        return ()
    shown = key_name(pressed[0])
    return line((shown, "muted" if is_off else "key"), (f" {BY_ID[action_id].label}", "muted"))
