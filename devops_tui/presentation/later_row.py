"""Rows whose line is made when it is first looked at: most rows of a long list never are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, overload

from devops_tui.presentation.line import Line


class AnyRow(Protocol):
    """What a list needs of a row; `Row` and `LaterRow` both have it."""

    @property
    def key(self) -> str:
        """Stable name of what the row is about, unique within its list."""

    @property
    def line(self) -> Line:
        """What is drawn."""

    @property
    def is_selectable(self) -> bool:
        """Whether the cursor can stand on it."""

    @property
    def is_heading(self) -> bool:
        """Whether it holds the titles of the columns."""


class LaterRow:
    """A row that can be selected and makes its line when that is first asked for.

    Of 5,000 hosts fifty are visible: the other lines would cost time and memory for nothing.
    """

    __slots__ = ("_line", "_make", "key")

    is_selectable = True
    is_heading = False

    def __init__(self, key: str, make: Callable[[], Line]) -> None:
        self.key = key
        self._make: Callable[[], Line] | None = make
        self._line: Line = ()

    @property
    def line(self) -> Line:
        """What is drawn; made once."""
        if self._make is not None:
            self._line = self._make()
            self._make = None
        return self._line


class LinesOf(Sequence[Line]):
    """The lines of rows, each made when it is asked for."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[AnyRow]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return LinesOf(self._rows[index])
        return self._rows[index].line

    def __iter__(self) -> Iterator[Line]:
        return (row.line for row in self._rows)
