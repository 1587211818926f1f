"""Words of the small languages that operators write: conditions of jobs, queries of cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign or quoted text, and how many characters stand before it."""

    text: str
    at: int
    is_quoted: bool = False

    @property
    def word(self) -> str:
        """What it says where a word of the language is looked for."""
        return "" if self.is_quoted else self.text


def tokens(
    text: str, pattern: re.Pattern[str], wrong: Callable[[int, str], Exception]
) -> Iterator[Token]:
    """The tokens of a text.

    Args:
        text: What was written.
        pattern: With the groups "mark", "word", and "text" for what stands in quotes.
        wrong: Makes the error to raise from the place of a character that begins no token.
    """
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = pattern.match(text, at)
        if found is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise wrong(at, text[at])
        kind = found.lastgroup or "word"
        said = found[kind]
        is_quoted = kind == "text"
        yield Token(said[1:-1] if is_quoted else said, found.start(kind), is_quoted)
        at = found.end()
