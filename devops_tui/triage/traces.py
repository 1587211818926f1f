"""Lines that tell by their place what they are: what follows the frames of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_BEGIN = "traceback (most recent call last)"
_LONGEST = 400  # lines of one trace

TRACE_MARKS = (_BEGIN, "panicked at", "panic: ", "--- fail: ")


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
        following = lines[index + 1 : index + 2]
        if "panicked at" in marks and lines[index].endswith(":") and any(following):
            ends[index + 1] = "what the panic says"
    return ends


def _end_of_traceback(lines: Sequence[str], begin: int) -> int | None:
    """The line below a Python traceback that names the exception; None where it is cut off."""
    margin = lines[begin].lower().find("traceback")
    for index in range(begin + 1, min(begin + _LONGEST, len(lines))):
        line = lines[index][margin:] if not lines[index][:margin].strip(" |E+-") else lines[index]
        if line and not line[0].isspace():
            return index
    return None
