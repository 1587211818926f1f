"""Runbooks: Markdown of the workspace, and the section of it that is about a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})[ \t]+(.{1,300}?)[ \t#]*$")
_NO_WORD = re.compile(r"[^\w\- ]")
_FENCE = re.compile(r" {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its line from 1, how deep it is, its words and its anchor."""

    line: int
    depth: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """A document, opened at the section of a problem.

    Attributes:
        name: As the configuration names it.
        lines: All of it; written by people, untrusted.
        first, last: The lines of the section, from 1; the whole document where none fits.
        section: Its heading; empty where none fits.
    """

    name: str
    lines: tuple[str, ...]
    first: int
    last: int
    section: str = ""


def anchor_of(text: str) -> str:
    """As forges make it of a heading: "Disk is full!" is "disk-is-full"."""
    return _NO_WORD.sub("", text.strip().lower()).replace(" ", "-")


def headings(lines: Iterable[str]) -> Iterator[Heading]:
    """All headings that stand outside of code."""
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if mark is not None:
            fence = "" if fence == mark.group(1) else fence or mark.group(1)
        found = None if fence else _HEADING.match(line)
        if found is not None:
            text = found.group(2)
            yield Heading(number, len(found.group(1)), text, anchor_of(text))


def opened(name: str, text: str, wanted: Sequence[str]) -> Runbook:
    """A document at the first section that bears one of the names, the likeliest first.

    A name may be an anchor or the words of a heading: "shop/unit", "no space left".
    """
    lines = tuple(text.splitlines())
    known = list(headings(lines))
    for name_of_section in wanted:
        anchor = anchor_of(name_of_section)
        found = next((h for h in known if anchor and h.anchor == anchor), None)
        if found is not None:
            after = (h.line for h in known if h.line > found.line and h.depth <= found.depth)
            return Runbook(name, lines, found.line, next(after, len(lines) + 1) - 1, found.text)
    return Runbook(name, lines, 1, len(lines))
