"""Long text over several lines, by cells, so that wide characters do not overflow."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells

from devops_tui.presentation.line import Role, Span
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.safe_text import SafeText, safe


def wrap(text: str | bytes, cells: int) -> list[SafeText]:
    """Safe text in pieces of at most `cells` cells, broken at spaces where there are some."""
    shown = safe(text)
    if cells <= 0:
        return []
    pieces: list[str] = []
    current = ""
    for word in shown.split(" "):
        candidate = f"{current} {word}" if current else word
        if cell_len(candidate) <= cells:
            current = candidate
            continue
        if current:
            pieces.append(current)
        chopped = [p for p in chop_cells(word, cells) if cell_len(p) <= cells] or [""]
        pieces.extend(chopped[:-1])
        current = chopped[-1]
    pieces.append(current)
    return [SafeText(p) for p in pieces]


def wrapped(key: str, text: str | bytes, cells: int, role: Role = "text") -> list[Row]:
    """The pieces as rows that cannot be selected."""
    return [note(f"{key}.{i}", (Span(p, role),)) for i, p in enumerate(wrap(text, cells))]
