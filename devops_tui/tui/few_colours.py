"""How a look is drawn where the terminal has sixteen colours, or shall have none.

Rich takes the nearest of sixteen colours for each of a theme: "unknown" became greyer than
ordinary text, and old figures vanished on the row of the cursor. Textual takes the grey of
each colour where $NO_COLOR is set: "failed" became darker than what is well. So both get
styles of their own, in which what is wrong is never the dimmest thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rich.style import Style

from devops_tui.presentation.line import Role
from devops_tui.tui.palette import ACCENTS, Depth, Look, Palette, palette

_SIXTEEN_DARK: Mapping[str, str] = {
    "text": "#ffffff",
    "muted": "#aaaaaa",
    "title": "bold #ffffff",
    "accent": "#55ffff",
    "ok": "#55ff55",
    "running": "#55ffff",
    "waits": "bold #ff55ff",
    "failed": "bold #ff5555",
    "warning": "bold #ffff55",
    "lost": "bold #000000 on #ff55ff",
    "stale": "italic #ffff55",
    "blue": "#5555ff",
    "green": "#55ff55",
    "key": "bold #55ffff",
    "match": "bold #000000 on #ffff55",
}
_SIXTEEN_LIGHT: Mapping[str, str] = {
    "text": "#000000",
    "muted": "#555555",
    "title": "bold #000000",
    "accent": "#0000aa",
    "ok": "#00aa00",
    "running": "#0000aa",
    "waits": "bold #aa00aa",
    "failed": "bold #aa0000",
    "warning": "bold #aa5500",
    "lost": "bold #ffffff on #aa00aa",
    "stale": "italic #aa5500",
    "blue": "#0000aa",
    "green": "#00aa00",
    "key": "bold #0000aa",
    "match": "bold #000000 on #ffff55",
}
"""Colours as Rich has the sixteen, so that none is rounded to another one."""

_OURS = frozenset({"dark", "light"})
"""Themes that are drawn so; the others were made for few colours, or by the operator."""

_CURSOR, _CURSOR_DIM = "#000000 on #00aaaa", "#000000 on #aaaaaa"
"""The row of the cursor in one colour: no other one can be read on either ground."""

_BAR = {"primary": "#55ffff", "success": "#55ff55", "warning": "#ffff55", "error": "#ff5555"}
"""Ground of the top bar by the accent of the environment; its text is black."""

_PLAIN: Mapping[str, str] = {
    "title": "bold",
    "waits": "bold",
    "warning": "bold",
    "failed": "bold reverse",
    "lost": "bold reverse",
    "stale": "italic",
    "key": "bold underline",
    "match": "bold underline",
}


def few_palette(look: Look, depth: Depth, *, is_ascii: bool) -> Palette:
    """The styles of a look that so few colours can tell apart."""
    if depth is Depth.NONE:
        made = palette(replace(look, styles=_without_colour(look.styles)), is_ascii)
        return replace(made, depth=depth)
    made = palette(_sixteen(look), is_ascii)
    styles = made.styles
    bars = {accent: flat(styles, f"#000000 on {_BAR[accent]}") for accent in ACCENTS}
    return replace(
        made,
        on_cursor=flat(styles, _CURSOR),
        on_dim_cursor=flat(styles, _CURSOR_DIM),
        on_bar=bars,
        depth=depth,
    )


def flat(styles: Mapping[Role, Style], ground: str) -> dict[Role, Style]:
    """The same words on one ground, told apart by bold and the like alone."""
    over = Style.parse(ground)
    return {role: style.without_color + over for role, style in styles.items()}


def _sixteen(look: Look) -> Look:
    if look.name not in _OURS:
        return look
    ground = "#000000" if look.is_dark else "#ffffff"
    styles = _SIXTEEN_DARK if look.is_dark else _SIXTEEN_LIGHT
    return replace(look, base={**look.base, "background": ground}, styles=styles)


def _without_colour(styles: Mapping[str, str]) -> dict[str, str]:
    """Every state as bright as ordinary text; only labels are quieter."""
    bright, quiet = (Style.parse(styles[role]).color for role in ("text", "muted"))
    made = {}
    for role in styles:
        colour = quiet if role == "muted" else bright
        made[role] = f"{_PLAIN.get(role, '')} {colour.name if colour is not None else ''}".strip()
    return made
