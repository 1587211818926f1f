"""Finds in one pass which lines hold which telling pieces of text.

A pattern over every line costs a hundred times what a plain search for a piece of text
costs; so pieces are searched for first, over all lines at once, and only those pieces
whose words occur anywhere at all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

_WORDS = re.compile(r"[a-z]{3,}")


class Marks:
    """Pieces of text to look for.

    Args:
        pieces: In lower case, without line feeds; doubles are looked for once.
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        self._words = [(piece, _needed(piece)) for piece in dict.fromkeys(pieces)]

    def find(self, lines: Sequence[str]) -> dict[int, list[str]]:
        """The pieces by the index of the line that holds them; other lines are left out."""
        text = "\n".join(lines).lower()
        starts = [0, *accumulate(len(line.lower()) + 1 for line in lines)]
        words = set(_WORDS.findall(text))
        vocabulary = f" {' '.join(words)} "
        found: dict[int, list[str]] = {}
        for piece, needed in self._words:
            if not all(word in vocabulary for word in needed):
                continue
            place = text.find(piece)
            while place >= 0:
                index = bisect_right(starts, place) - 1
                found.setdefault(index, []).append(piece)
                place = text.find(piece, starts[index + 1])
        return found


def _needed(piece: str) -> tuple[str, ...]:
    """The words of a piece; with a blank at the sides where nothing else can stand there."""
    needed = []
    for found in _WORDS.finditer(piece):
        before = " " if found.start() > 0 else ""
        after = " " if found.end() < len(piece) else ""
        needed.append(f"{before}{found.group()}{after}")
    return tuple(needed)
