"""Rows of a pane: a line, and the name of the thing it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from devops_tui.presentation.line import Line


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list.

    Attributes:
        key: Stable name of what the line is about, unique within its list; a selection
            stays with it, never with the row's number.
        line: Never wider than the width it was asked for.
        is_selectable: False for headings and for second lines ("why") of a thing.
        is_heading: The titles of the columns.
    """

    key: str
    line: Line
    is_selectable: bool = True
    is_heading: bool = False


def note(key: str, of: Line) -> Row:
    """A line that belongs to the row above and cannot be selected."""
    return Row(f"{key}#", of, is_selectable=False)


def heading(of: Line) -> Row:
    """The titles of the columns."""
    return Row("#heading", of, is_selectable=False, is_heading=True)


def readable(rows: Iterable[Row]) -> list[Row]:
    """The rows of a sheet: each can be stood on, to scroll by line and to copy."""
    return [row if row.is_heading else replace(row, is_selectable=True) for row in rows]
