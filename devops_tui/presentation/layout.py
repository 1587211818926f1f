"""Where things stand in a line: columns that drop out when it is narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from devops_tui.presentation.line import Line, Role, Span, cut, fit, line, span, width
from devops_tui.presentation.safe_text import SafeText

GAP = " "

Part = str | Span | tuple[str, Role] | Line


def as_line(part: Part) -> Line:
    """Text, a span, a (text, role) pair or a line, as a line."""
    if isinstance(part, Span):
        return (part,)
    if isinstance(part, str):
        return (span(part),)
    if len(part) == 2 and isinstance(part[0], str):
        return line((part[0], part[1]))
    return part


def blank(cells: int) -> Span:
    """So many spaces."""
    return Span(SafeText(" " * max(0, cells)))


def pad(of: Line, cells: int, align: Literal["left", "right"] = "left") -> Line:
    """The line, cut or padded to exactly `cells` cells."""
    shown = cut(of, cells)
    gap = cells - width(shown)
    if gap <= 0:
        return shown
    return (blank(gap), *shown) if align == "right" else (*shown, blank(gap))


def beside(left: Line, right: Line, cells: int) -> Line:
    """One line at the left edge, one at the right; the left is cut first.

    The right one is left out when it would take more than two thirds.
    """
    room = cells - width(right) - 1
    if room < cells // 3:
        return cut(left, cells)
    return (*pad(left, room), blank(1), *right)


def joined(parts: Sequence[Line], gap: Line | None = None) -> Line:
    """Lines one after the other with " · " (or `gap`) between; empty ones left out."""
    between = gap if gap is not None else (span(" · ", "muted"),)
    made: list[Span] = []
    for part in parts:
        if not part:
            continue
        if made:
            made.extend(between)
        made.extend(part)
    return tuple(made)


def rule(title: Line, cells: int) -> Line:
    """A heading with a rule: "─ Fleet ─ 214 hosts ───"."""
    head = cut((span("─ ", "muted"), *title, blank(1)), cells)
    return (*head, span("─" * max(0, cells - width(head)), "muted"))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table.

    Attributes:
        name: Key of its cells.
        title: Its heading.
        cells: Width; of the one that grows, the least width.
        keep: Columns with the lowest number stay longest when it is narrow.
        grows: Takes what is left; at most one.
    """

    name: str
    title: str
    cells: int
    keep: int = 1
    align: Literal["left", "right"] = "left"
    grows: bool = False


class Grid:
    """Columns for one width: those that fit, the others dropped by their `keep`."""

    def __init__(self, fields: Sequence[Field], cells: int) -> None:
        self.cells = cells
        kept: list[Field] = []
        used = 0
        for field in sorted(fields, key=lambda f: f.keep):
            need = field.cells + (len(GAP) if kept else 0)
            if used + need <= cells or not kept:
                kept.append(field)
                used += need
        self.fields = tuple(f for f in fields if f in kept)
        self._spare = max(0, cells - used)
        self._places = tuple((f, self._room(f)) for f in self.fields)

    def has(self, name: str) -> bool:
        """Whether that column is shown at this width."""
        return any(f.name == name for f in self.fields)

    def room(self, name: str) -> int:
        """Cells of a column, 0 when it is not shown."""
        return next((self._room(f) for f in self.fields if f.name == name), 0)

    def _room(self, field: Field) -> int:
        return min(self.cells, field.cells + (self._spare if field.grows else 0))

    def row(self, cells: Mapping[str, Part]) -> Line:
        """One row; a column without a cell stays empty."""
        made: list[Span] = []
        for index, (field, room) in enumerate(self._places):
            gap = GAP if index else ""
            part = cells.get(field.name, "")
            if isinstance(part, str):
                made.append(Span(SafeText(gap + fit(part, room, field.align))))
            elif isinstance(part, Span) or not part:
                made.extend((blank(len(gap)), *pad(as_line(part), room, field.align)))
            elif isinstance(part[0], str):
                text, role = part
                made.append(Span(SafeText(gap + fit(text, room, field.align)), role))
            else:
                made.extend((blank(len(gap)), *pad(as_line(part), room, field.align)))
        return tuple(made)

    def heading(self, sorted_by: str = "", is_descending: bool = False) -> Line:
        """The titles; the column that is sorted by carries an arrow."""
        made: dict[str, Part] = {}
        for field in self.fields:
            arrow = ("↓" if is_descending else "↑") if field.name == sorted_by else ""
            made[field.name] = span(
                fit(field.title + arrow, self._room(field), field.align), "muted"
            )
        return self.row(made)
