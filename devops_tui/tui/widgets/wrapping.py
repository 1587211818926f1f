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


def wrap_words(of: Line, cells: int) -> list[Line]:
    """The same, broken between words where there are some, further lines set in a little.

    For what a person reads; a word that is too long for a line is broken all the same.
    """
    text = "".join(piece.text for piece in of)
    lead = len(text) - len(text.lstrip(" "))
    inset = min(lead + 2, cells // 4)
    made: list[Line] = []
    start, room = 0, cells
    before: Line = ()
    while True:
        taken, _ = _fitting(text[start:], room)
        end = start + max(1, len(taken))
        if end >= len(text):
            made.append((*before, *_part(of, start, len(text))))
            return made
        space = text.rfind(" ", start + (lead if not made else 0) + 1, end + 1)
        end = space if space > 0 else end
        made.append((*before, *_part(of, start, end)))
        start = end + (len(text[end:]) - len(text[end:].lstrip(" ")))
        room, before = max(1, cells - inset), (Span(SafeText(" " * inset)),)


def _part(of: Line, start: int, end: int) -> Line:
    """The characters of a line from one place to another."""
    made, place = [], 0
    for piece in of:
        text = piece.text[max(0, start - place) : max(0, end - place)]
        if text:
            made.append(Span(SafeText(text), piece.role, piece.ink))
        place += len(piece.text)
    return tuple(made)


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
