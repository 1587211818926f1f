"""Which lines of a log are shown: all but those that are folded away, or those that were found."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Mapping, Sequence
from typing import Protocol

from devops_tui.domain.log_groups import Group


class Visible(Protocol):
    """Rows of the screen, from 0, and the numbers of the lines in them, from 1."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def line_at(self, row: int) -> int:
        """The line of a row."""
        ...

    def row_of(self, number: int) -> int:
        """The row of a line, or the nearest one before it; -1 when there is none."""
        ...


class Unfolded:
    """All lines without the folded ones.

    Args:
        count: Lines of the log.
        hidden: First and last lines of what is folded away, in order, without overlap.
    """

    def __init__(self, count: int, hidden: Sequence[tuple[int, int]] = ()) -> None:
        self._count = count
        self._firsts = [first for first, _ in hidden]
        self._lasts = [last for _, last in hidden]
        self._gone: list[int] = []  # lines hidden up to and with each
        gone = 0
        for first, last in hidden:
            gone += last - first + 1
            self._gone.append(gone)
        # the row that follows each hidden block: where numbers jump
        before = [0, *self._gone]
        self._jumps = [first - before[i] - 1 for i, first in enumerate(self._firsts)]

    def __len__(self) -> int:
        """Lines that are not hidden."""
        return self._count - (self._gone[-1] if self._gone else 0)

    def line_at(self, row: int) -> int:
        """The line of a row."""
        block = bisect.bisect_right(self._jumps, row)
        return row + 1 + (self._gone[block - 1] if block else 0)

    def row_of(self, number: int) -> int:
        """The row of a line; of a hidden one the row of its group's head."""
        block = bisect.bisect_right(self._firsts, number) - 1
        if block < 0:
            return number - 1
        gone = self._gone[block]
        last = min(number, self._lasts[block])
        hidden = gone - (self._lasts[block] - last)
        return number - 1 - hidden


class Found:
    """Only the lines that were found."""

    def __init__(self, numbers: array[int]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        """How many were found."""
        return len(self._numbers)

    def line_at(self, row: int) -> int:
        """The line of a row."""
        return self._numbers[row]

    def row_of(self, number: int) -> int:
        """The row of a line, or of the one found before it."""
        return max(0, bisect.bisect_right(self._numbers, number) - 1) if self._numbers else -1


def is_folded(group: Group, chosen: Mapping[int, bool]) -> bool:
    """Whether a group is folded away: as the operator chose, else when it ended well.

    Args:
        group: The group.
        chosen: Head of a group to whether it is folded.
    """
    if group.is_mixed or group.last is None or group.last <= group.first:
        return False
    return chosen.get(group.first, not group.has_failure)


def unfolded(count: int, groups: Sequence[Group], chosen: Mapping[int, bool]) -> Unfolded:
    """The lines that stay when each group is folded or not; heads always stay."""
    hidden: list[tuple[int, int]] = []
    end = 0
    for group in groups:
        if group.first <= end or group.last is None or not is_folded(group, chosen):
            continue  # within a folded one, or open
        hidden.append((group.first + 1, min(group.last, count)))
        end = group.last
    return Unfolded(count, hidden)
