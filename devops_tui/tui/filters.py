"""What `/` understands: regex, `!x` not, `-f x` fuzzy, `key=value`; several by spaces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from devops_tui.presentation.line import Line, Span
from devops_tui.presentation.safe_text import SafeText

_FIELD = re.compile(r"([A-Za-z_][\w.-]*)=(\S+)")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter as it was typed.

    Attributes:
        text: What was typed.
        pattern: Found in the text, case does not count unless a capital was typed.
        is_inverse: Keeps what does not match.
    """

    text: str
    pattern: re.Pattern[str]
    is_inverse: bool = False

    def keeps(self, text: str) -> bool:
        """Whether a line of that text stays."""
        return (self.pattern.search(text) is None) == self.is_inverse

    def mark(self, of: Line) -> Line:
        """The line with what was found in the role "match"."""
        if self.is_inverse:
            return of
        text = "".join(piece.text for piece in of)
        found = [m.span() for m in self.pattern.finditer(text) if m.end() > m.start()]
        return _marked(of, found) if found else of


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A filter that asks about the things themselves, not about how they are drawn."""

    text: str
    keeps_key: Callable[[str], bool]


def parse(typed: str) -> Filter | None:
    """The filter that was typed; None when nothing was. A bad regex is taken literally."""
    text = typed.strip()
    if not text:
        return None
    is_inverse = text.startswith("!") and len(text) > 1
    wanted = text[1:].strip() if is_inverse else text
    return Filter(text, _pattern(wanted), is_inverse)


def _pattern(wanted: str) -> re.Pattern[str]:
    flags = re.NOFLAG if any(c.isupper() for c in wanted) else re.IGNORECASE
    if wanted.startswith("-f "):
        letters = wanted[3:].replace(" ", "")
        return re.compile("[^ ]*?".join(re.escape(c) for c in letters), flags)
    if field := _FIELD.fullmatch(wanted):
        key, value = field.groups()
        return re.compile(rf"\b{re.escape(key)}[=: ]+\S*{re.escape(value)}", flags)
    try:
        return re.compile(wanted, flags)
    except re.error:
        return re.compile(re.escape(wanted), flags)


def _marked(of: Line, found: list[tuple[int, int]]) -> Line:
    made: list[Span] = []
    start = 0
    for piece in of:
        end = start + len(piece.text)
        at = start
        for first, last in found:
            low, high = max(first, at), min(last, end)
            if low >= high:
                continue
            if low > at:
                made.append(
                    Span(SafeText(piece.text[at - start : low - start]), piece.role, piece.ink)
                )
            made.append(Span(SafeText(piece.text[low - start : high - start]), "match"))
            at = high
        if at < end:
            made.append(Span(SafeText(piece.text[at - start :]), piece.role, piece.ink))
        start = end
    return tuple(made)
