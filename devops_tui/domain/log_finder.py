"""Finds lines in logs of any size: what was searched for, or what tells of a failure."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

from devops_tui.domain.log_lines import LineCutter, LogLine
from devops_tui.domain.log_tone import Tone, may_hold_failure, tone_of
from devops_tui.domain.pipeline import LogChunk

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_])"
)


def plain_line(data: bytes) -> str:
    """A line as it is read: escape sequences off, only what a carriage return left."""
    text = data.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.rstrip("\r").rpartition("\r")[2]
    return text


class Wanted(Protocol):
    """What is looked for."""

    def may_be_in(self, data: bytes) -> bool:
        """Whether whole lines may hold it: cheap, and it misses none."""
        ...

    def is_in(self, text: str) -> bool:
        """Whether a line, as `plain_line` gives it, is one."""
        ...


class Failures:
    """Lines that tell of a failure."""

    def may_be_in(self, data: bytes) -> bool:
        """A quick look at the bytes."""
        return may_hold_failure(data)

    def is_in(self, text: str) -> bool:
        """By its tone."""
        return tone_of(text) is Tone.FAILURE


class Text:
    """Lines that hold a text; case does not count unless a capital was typed.

    Args:
        text: As it was typed, taken literally.
    """

    def __init__(self, text: str) -> None:
        self._is_exact = any(c.isupper() for c in text)
        self._text = text
        # case folding of ASCII alone can be done on bytes; other letters are not skipped
        self._bytes = text.encode("utf-8", "replace") if text.isascii() or self._is_exact else b""

    def may_be_in(self, data: bytes) -> bool:
        """Escape sequences may stand in between, so such pieces are always looked at."""
        if not self._bytes or b"\x1b" in data:
            return True
        return self._bytes in (data if self._is_exact else data.lower())

    def is_in(self, text: str) -> bool:
        """Whether the line holds it."""
        return self._text in (text if self._is_exact else text.lower())


class Pattern:
    """Lines in which a regular expression is found, or is not."""

    def __init__(self, pattern: re.Pattern[str], *, is_inverse: bool = False) -> None:
        self._pattern = pattern
        self._is_inverse = is_inverse

    def may_be_in(self, data: bytes) -> bool:
        """Nothing is known of it."""
        return True

    def is_in(self, text: str) -> bool:
        """Whether the line is kept."""
        return (self._pattern.search(text) is None) == self._is_inverse


class LineFinder:
    """Reads on from chunk to chunk and gives the lines that are wanted."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._cutter = LineCutter()

    @property
    def after(self) -> int:
        """`seq` of the last chunk that was read."""
        return self._cutter.after

    @property
    def passed(self) -> int:
        """Number of the last line that was looked at."""
        return self._cutter.count

    def find(self, chunks: Sequence[LogChunk]) -> Iterator[LogLine]:
        """The lines that these chunks completed and that are wanted; use all of them."""
        for chunk in chunks:
            stream = (chunk.job_id, chunk.attempt, chunk.host)
            data = self._cutter.has_open(stream) + chunk.data
            lines = self._cutter.add(chunk)
            if self._wanted.may_be_in(data):
                yield from self._kept(lines)
            elif lines and lines[0].attempt != chunk.attempt:  # an earlier attempt's last words
                yield from self._kept([one for one in lines if one.attempt != chunk.attempt])

    def rest(self) -> Iterator[LogLine]:
        """Those without an end, when nothing more will come."""
        yield from self._kept(self._cutter.rest())

    def _kept(self, lines: Sequence[LogLine]) -> Iterator[LogLine]:
        for line in lines:
            if self._wanted.may_be_in(line.data) and self._wanted.is_in(plain_line(line.data)):
                yield line


def numbers(lines: Iterator[LogLine]) -> array[int]:
    """Their numbers, eight bytes each."""
    return array("Q", (line.number for line in lines))
