"""The lines of a log that are held in memory: those that are seen, and some around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devops_tui.domain.log_lines import LogLine
from devops_tui.domain.log_visible import Visible

Pieces = tuple[tuple[int, int], ...]
"""Runs of line numbers: first and last of each."""

_MARGIN_ROWS = 100
"""So many rows around what is seen are read ahead."""

_KEPT_LINES = 3000
_KEPT_BYTES = 8 << 20


class LogPage:
    """Lines by their number; the rest of the log is read when it is looked at."""

    def __init__(self) -> None:
        self._lines: dict[int, LogLine] = {}
        self._absent: set[int] = set()
        self._asked: Pieces = ()

    def __contains__(self, number: int) -> bool:
        """Whether the line is here."""
        return number in self._lines

    def get(self, number: int) -> LogLine | None:
        """The line, if it is here."""
        return self._lines.get(number)

    def clear(self) -> None:
        """Another log."""
        self._lines.clear()
        self._absent.clear()
        self._asked = ()

    def take(self, lines: Iterable[LogLine]) -> None:
        """What was asked for; what did not come is not asked for again before `grew`."""
        self._lines.update((one.number, one) for one in lines)
        for first, last in self._asked:
            self._absent.update(n for n in range(first, last + 1) if n not in self._lines)
        self._asked = ()

    def grew(self) -> None:
        """The log became longer: what was not there may be there now."""
        self._absent.clear()

    def lacking(self, shown: Visible, top: int, height: int) -> Pieces:
        """What has to be read to show so many rows; empty while an answer is awaited."""
        if self._asked or not len(shown) or height <= 0:
            return ()
        top = max(0, min(top, len(shown) - 1))
        end = min(len(shown), top + height)
        if not any(self._lacks(shown.line_at(row)) for row in range(top, end)):
            return ()
        near = range(max(0, top - _MARGIN_ROWS), min(len(shown), end + _MARGIN_ROWS))
        numbers = [shown.line_at(row) for row in near]
        self._let_go(numbers)
        self._asked = _runs([number for number in numbers if self._lacks(number)])
        return self._asked

    def _lacks(self, number: int) -> bool:
        return number not in self._lines and number not in self._absent

    def _let_go(self, near: Sequence[int]) -> None:
        is_much = sum(len(one.data) for one in self._lines.values()) > _KEPT_BYTES
        if len(self._lines) > _KEPT_LINES or is_much:
            keep = set(near)
            self._lines = {n: one for n, one in self._lines.items() if n in keep}


def _runs(numbers: Sequence[int]) -> Pieces:
    """Ordered numbers as runs without a gap."""
    made: list[tuple[int, int]] = []
    for number in numbers:
        if made and made[-1][1] == number - 1:
            made[-1] = (made[-1][0], number)
        else:
            made.append((number, number))
    return tuple(made)
