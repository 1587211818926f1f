"""Looks through the whole of a log for matches or errors, slice by slice."""

from __future__ import annotations

import bisect
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.log_finder import Failures, LineFinder, Pattern, Text, Wanted, numbers
from devops_tui.domain.pipeline import LogChunk
from devops_tui.tui.filters import Filter

MOST_FOUND = 1_000_000
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()=]|^-f |^!")


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice gave.

    Attributes:
        found: Numbers of its lines.
        passed: The last line that was looked at.
        is_end: There was nothing more to read.
    """

    found: array[int]
    passed: int
    is_end: bool


class Hunt:
    """One search in one log; goes on where it stopped when the log grows.

    `look` belongs to the thread that reads, the rest to the screen.

    Attributes:
        found: Numbers of the lines found so far, in order.
        passed: Everything up to this line was looked at.
        is_done: All that there is was looked at.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._finder = LineFinder(wanted)
        self.found: array[int] = array("Q")
        self.passed = 0
        self.is_done = False
        self.is_looking = False

    @classmethod
    def for_filter(cls, wanted: Filter) -> Hunt:
        """A search for what was typed."""
        if _SPECIAL.search(wanted.text):
            return cls(Pattern(wanted.pattern, is_inverse=wanted.is_inverse))
        return cls(Text(wanted.text))

    @classmethod
    def for_text(cls, text: str) -> Hunt:
        """A search for lines that hold a text."""
        return cls(Text(text))

    @classmethod
    def for_errors(cls) -> Hunt:
        """A search for lines that tell of a failure."""
        return cls(Failures())

    @property
    def after(self) -> int:
        """Where `look` goes on."""
        return self._finder.after

    def look(self, chunks: Sequence[LogChunk], *, is_whole: bool) -> Slice:
        """Looks through the next chunks; none is the end."""
        if chunks:
            found = numbers(self._finder.find(chunks))
        else:
            found = numbers(self._finder.rest() if is_whole else iter(()))
        return Slice(found, self._finder.passed, is_end=not chunks)

    def take(self, part: Slice) -> None:
        """What a slice gave."""
        self.is_looking = False
        if len(self.found) < MOST_FOUND:
            self.found.extend(part.found)
        self.passed = part.passed
        self.is_done = part.is_end

    def next(self, here: int, step: int) -> int:
        """The next or previous line found; 0 when there is none."""
        if step > 0:
            place = bisect.bisect_right(self.found, here)
            return self.found[place] if place < len(self.found) else 0
        place = bisect.bisect_left(self.found, here) - 1
        return self.found[place] if place >= 0 else 0

    def place_of(self, number: int) -> int:
        """The place of a found line among them, from 1; 0 for another line."""
        place = bisect.bisect_left(self.found, number)
        is_found = place < len(self.found) and self.found[place] == number
        return place + 1 if is_found else 0


def hunt_for(wanted: object) -> Hunt | None:
    """The search for what was typed; what filters lists in other ways searches no log."""
    return Hunt.for_filter(wanted) if isinstance(wanted, Filter) else None
