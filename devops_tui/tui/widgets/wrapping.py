"""Breaks a line that is too long for its place into several."""

from __future__ import annotations

from devops_tui.presentation.line import Line, Span
from devops_tui.presentation.safe_text import SafeText


def wrap(of: Line, cells: int) -> list[Line]:
    """A line as lines of at most `cells` cells; never empty."""
    made: list[Line] = []
    row: list[Span] = []
    room = cells
    for piece in of:
        text = piece.text
        while text:
            take, taken = _fitting(text, room)
            if not take and not row:
                take, taken = text[:1], room
            if take:
                row.append(Span(SafeText(take), piece.role, piece.ink))
                room -= taken
                text = SafeText(text[len(take) :])
            if text:
                made.append(tuple(row))
                row, room = [], cells
    made.append(tuple(row))
    return made


def _fitting(text: str, room: int) -> tuple[str, int]:
    """As much of the text as fits into `room` cells, and the cells that it takes."""
    if text.isascii():
        return text[:room], min(len(text), room)
    used = 0
    for index, char in enumerate(text):
        cells = Span(SafeText(char)).width
        if used + cells > room:
            return text[:index], used
        used += cells
    return text, used
