"""Roles and their colours: the only place where a meaning becomes a colour.

A `Look` is what a theme file says, checked; a `Palette` is the same as Rich styles, ready
to be drawn with. Textual's own widgets (inputs, scroll bars, notices) get their colours
from the same look, so one file decides everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from rich.color import Color, blend_rgb
from rich.style import Style
from textual.app import App
from textual.theme import Theme

from devops_tui.presentation.line import ROLES, Ink, Line, Role, Span
from devops_tui.tui.default_look import BASE, COLOURS, NAME, STYLES

BASES = ("background", "raised", "cursor", "cursor_dim")
"""What a look says besides roles: backgrounds."""

ACCENTS = ("primary", "success", "warning", "error")
"""The accents that an environment's `colour` may name."""


BAR_TINT = 0.3
"""How much of an environment's accent is in the ground of the top bar."""


class Depth(Enum):
    """How many colours there are to draw with."""

    FULL = "full"
    SIXTEEN = "sixteen"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Look:
    """A theme as its file says it.

    Attributes:
        base: Background colours by the names of BASES.
        colours: Colour of each accent, for Textual's widgets and the bar of an environment.
        styles: Rich style of each role ("bold #ff0000").
    """

    name: str
    is_dark: bool
    base: Mapping[str, str]
    colours: Mapping[str, str]
    styles: Mapping[str, str]

    def theme(self) -> Theme:
        """The look as a Textual theme."""
        return Theme(
            name=self.name,
            primary=self.colours["primary"],
            secondary=self.colours["primary"],
            accent=self.colours["primary"],
            success=self.colours["success"],
            warning=self.colours["warning"],
            error=self.colours["error"],
            foreground=self.colours["foreground"],
            background=self.base["background"],
            surface=self.base["background"],
            panel=self.base["raised"],
            dark=self.is_dark,
            variables={
                "scrollbar": self.base["cursor"],
                "scrollbar-background": self.base["background"],
                "scrollbar-corner-color": self.base["background"],
                "footer-key-foreground": self.colours["primary"],
            },
        )


DEFAULT_LOOK = Look(NAME, is_dark=True, base=BASE, colours=COLOURS, styles=STYLES)


@dataclass(frozen=True, slots=True)
class Palette:
    """A look, ready to draw with.

    Attributes:
        styles: Style of each role, background included.
        on_cursor, on_dim_cursor: The same on the row of the cursor, with and without focus.
        is_ascii: The terminal has no UTF-8; lines are translated cell by cell.
        depth: How many colours it was made for.
    """

    look: Look
    styles: Mapping[Role, Style]
    on_cursor: Mapping[Role, Style]
    on_dim_cursor: Mapping[Role, Style]
    on_bar: Mapping[str, Mapping[Role, Style]] = field(default_factory=dict)
    is_ascii: bool = False
    depth: Depth = Depth.FULL

    def bar(self, accent: str) -> Mapping[Role, Style]:
        """Styles on the top bar of an environment with that accent."""
        return self.on_bar.get(accent, self.on_bar["primary"])

    def of(self, look: Look, depth: Depth | None = None) -> Palette:
        """That of another look on the same terminal, or once known what the terminal can do."""
        return palette(look, self.is_ascii, depth or self.depth)


def palette(look: Look, is_ascii: bool = False, depth: Depth = Depth.FULL) -> Palette:
    """The styles of a look, as so many colours can tell them apart.

    Raises:
        rich.errors.StyleSyntaxError: The look holds a style that is none.
    """
    if depth is not Depth.FULL:
        from devops_tui.tui.few_colours import few_palette

        return few_palette(look, depth, is_ascii=is_ascii)
    plain = {role: Style.parse(look.styles[role]) for role in ROLES}

    def on(colour: str) -> dict[Role, Style]:
        ground = Style.parse(f"{look.colours['foreground']} on {colour}")
        return {role: ground + style for role, style in plain.items()}

    bars = {}
    for accent in ACCENTS:
        colour = look.colours[accent]
        bars[accent] = on(_blend(look.base["background"], colour, BAR_TINT))
        bars[accent]["accent"] += Style(color=colour, bold=True)
    return Palette(
        look,
        styles=on(look.base["background"]),
        on_cursor=on(look.base["cursor"]),
        on_dim_cursor=on(look.base["cursor_dim"]),
        on_bar=bars,
        is_ascii=is_ascii,
    )


def _blend(ground: str, colour: str, share: float) -> str:
    mixed = blend_rgb(
        Color.parse(ground).get_truecolor(), Color.parse(colour).get_truecolor(), share
    )
    return f"#{mixed.red:02x}{mixed.green:02x}{mixed.blue:02x}"


DEFAULT_PALETTE = palette(DEFAULT_LOOK)


def palette_of(app: App[Any]) -> Palette:
    """The palette that an app draws with; the default one for an app that has none."""
    current = getattr(app, "palette", None)
    return current if isinstance(current, Palette) else DEFAULT_PALETTE


def style_of(piece: Span, styles: Mapping[Role, Style]) -> Style:
    """The style of a span: its role's, and what the program that wrote it wanted besides."""
    style = styles[piece.role]
    return style if piece.ink is None else style + _style_of_ink(piece.ink)


@lru_cache(maxsize=128)
def _style_of_ink(ink: Ink) -> Style:
    """What is not wanted stays as the role has it."""
    return Style(
        bold=ink.is_bold or None,
        dim=ink.is_dim or None,
        italic=ink.is_italic or None,
        underline=ink.is_underlined or None,
        reverse=ink.is_reversed or None,
        strike=ink.is_struck or None,
    )


def plain_text(of: Line) -> str:
    """A line without its styles: what is copied, searched and saved."""
    return "".join(piece.text for piece in of)
