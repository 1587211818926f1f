"""Finds in one pass which lines hold which telling pieces of text.

A pattern over every line costs a hundred times what a plain search for a piece of text
costs; so pieces are searched for first, over all lines at once, and only those pieces
whose longest word occurs anywhere at all.
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
        self._words = [
            (piece, max(_WORDS.findall(piece), key=len, default=""))
            for piece in dict.fromkeys(pieces)
        ]

    def find(self, lines: Sequence[str]) -> dict[int, list[str]]:
        """The pieces by the index of the line that holds them; other lines are left out."""
        text = "\n".join(lines).lower()
        starts = [0, *accumulate(len(line.lower()) + 1 for line in lines)]
        vocabulary = " ".join(set(_WORDS.findall(text)))
        found: dict[int, list[str]] = {}
        for piece, word in self._words:
            if word not in vocabulary:
                continue
            place = text.find(piece)
            while place >= 0:
                index = bisect_right(starts, place) - 1
                found.setdefault(index, []).append(piece)
                place = text.find(piece, starts[index + 1])
        return found
