"""Lines that tell by their place what they are: what follows the frames of a trace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_COMPARES = re.compile(r"\bexpect\b|\bshould\b")
_CLASS = re.compile(r"\s*\w[\w:.]{2,100}:")
_BEGIN = "traceback (most recent call last)"
_LONGEST = 400  # lines of one trace

_TOLD = "failure/error: "
_SOON = 4  # lines in which what is told stands, behind empty ones

TRACE_MARKS = (_BEGIN, _TOLD, "panicked at", "panic: ", "--- fail: ")


def ends_of_traces(lines: Sequence[str], marked: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Why a line that follows others counts, by its index.

    Args:
        lines: All lines of the piece.
        marked: The marks that were found, by the index of the line.
    """
    ends: dict[int, str] = {}
    for index, marks in marked.items():
        if _BEGIN in marks:
            end = _end_of_traceback(lines, index)
            if end is not None:
                ends[end] = "last line of a traceback"
        if "panicked at" in marks and lines[index].endswith(":"):
            said = _next(lines, index)
            if said is not None:
                ends[said] = "what the panic says"
        if _TOLD in marks and not _COMPARES.search(lines[index]):
            said = _next(lines, index)
            if said is not None and _CLASS.fullmatch(lines[said]):
                said = _next(lines, said) or said
            if said is not None:
                ends[said] = "what the failure says"
    return ends


def _next(lines: Sequence[str], index: int) -> int | None:
    """The next line that is not empty; None where none comes soon."""
    for below in range(index + 1, min(index + 1 + _SOON, len(lines))):
        if lines[below]:
            return below
    return None


def _end_of_traceback(lines: Sequence[str], begin: int) -> int | None:
    """The line below a Python traceback that names the exception; None where it is cut off."""
    margin = lines[begin].lower().find("traceback")
    for index in range(begin + 1, min(begin + _LONGEST, len(lines))):
        line = lines[index][margin:] if not lines[index][:margin].strip(" |E+-") else lines[index]
        if line and not line[0].isspace():
            return index
    return None
