"""Styled lines: what every pane is made of.

A span says what its text means (a role), never which colour it has: themes map roles to
colours, so one table serves dark, light, high contrast and colour-blind themes, and
a plain terminal loses nothing because states have a glyph and a word too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rich.cells import cell_len, set_cell_size

from devops_tui.presentation.safe_text import SafeText, safe

Role = Literal[
    "text",  # ordinary
    "muted",  # labels, units, what is less important
    "title",  # headings
    "accent",  # names that can be opened, the cursor's companions
    "ok",
    "running",
    "waits",  # a person or another run is waited for
    "failed",
    "warning",
    "lost",  # unknown
    "stale",  # old figures
    "blue",  # the colour blue of a service
    "green",  # the colour green of a service
    "key",  # a key to press
    "match",  # what a filter found
]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Ink:
    """How a program wanted its text to stand out, beside the colour, which is a role."""

    is_bold: bool = False
    is_dim: bool = False
    is_italic: bool = False
    is_underlined: bool = False
    is_reversed: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line."""

    text: SafeText
    role: Role = "text"
    ink: Ink | None = None

    @property
    def width(self) -> int:
        """Cells on the screen (wide characters count two)."""
        text = self.text
        return len(text) if text.isascii() else cell_len(text)


Line = tuple[Span, ...]


def span(text: str | bytes, role: Role = "text") -> Span:
    """A span of any text, made safe here."""
    return Span(safe(text), role)


def line(*parts: str | Span | tuple[str, Role]) -> Line:
    """A line of spans, plain strings, and (text, role) pairs."""
    made: list[Span] = []
    for part in parts:
        if isinstance(part, Span):
            made.append(part)
        elif isinstance(part, tuple):
            made.append(span(part[0], part[1]))
        else:
            made.append(span(part))
    return tuple(made)


def width(of: Line) -> int:
    """Cells that a line takes."""
    return sum(s.width for s in of)


def fit(text: str, cells: int, align: Literal["left", "right"] = "left") -> SafeText:
    """Text cut (with an ellipsis) or padded to exactly `cells` cells."""
    shown = safe(text)
    wide = len(shown) if shown.isascii() else cell_len(shown)
    if wide > cells:
        return SafeText(set_cell_size(shown, max(0, cells - 1)) + "\u2026" if cells > 0 else "")
    gap = " " * (cells - wide)
    return SafeText(gap + shown if align == "right" else shown + gap)


def cut(of: Line, cells: int) -> Line:
    """The line cut to at most `cells` cells, the rest shown as an ellipsis."""
    if width(of) <= cells:
        return of
    kept: list[Span] = []
    room = cells
    for piece in of:
        if piece.width >= room:
            kept.append(Span(fit(piece.text + " ", room), piece.role, piece.ink))
            break
        kept.append(piece)
        room -= piece.width
    return tuple(kept)
