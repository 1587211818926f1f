"""Lines as plain text, and what every line must keep to."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.presentation.line import Line, width
from devops_tui.presentation.rows import Row


def text(of: Line) -> str:
    return "".join(s.text for s in of)


def plain(rows: Iterable[Row | Line]) -> list[str]:
    return [text(r.line if isinstance(r, Row) else r).rstrip() for r in rows]


def roles(of: Line, word: str) -> set[str]:
    return {s.role for s in of if word in s.text}


def check(rows: Iterable[Row | Line], cells: int | None) -> None:
    """No control character, and no line wider than asked (None: any width)."""
    for row in rows:
        shown = row.line if isinstance(row, Row) else row
        assert cells is None or width(shown) <= cells
        assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text(shown))
