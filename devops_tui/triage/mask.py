"""Makes lines of two runs comparable: colours, times, ids, numbers and folders are taken out.

Everything works on many lines at once: a pattern over one long text costs a fifth of the
same pattern over each of its lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LINE_LIMIT = 2000
"""Characters of a line that are looked at: of a longer one its beginning and its end."""

_TAIL = 500

_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    rb"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles and links
    rb"|\x1b[@-Z\\-_]"
)
_CONTROLS = bytes(b for b in (*range(32), 127) if b not in b"\t\n\r")
_LATE_CONTROLS = re.compile(r"[\x80-\x9f]")
_HEAD = re.compile(
    r"(?:[^\t\n]{0,80}\t){0,3}"  # a runner's columns before the time
    r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
    r"|\[\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?\]"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: [AP]M)?\]?:?)(?![\w:]) ?"
)
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d)\b)?"
)
_FOLDERS = re.compile(r"/(?<![\w.:/]/)(?:[\w.+@~-]+/)+(?=[\w.+@~-])")
_IDS = re.compile(
    r"\b(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|0x[0-9a-fA-F]+"
    r"|(?=[a-f]{0,80}[0-9])(?=[0-9]{0,80}[a-f])[0-9a-f]{7,})\b"
)
_NUMBERS = re.compile(r"\b\d[\d.,]*")
_SPACES = re.compile(r" {2,}")


def lines_of(data: bytes) -> list[str]:
    """The lines as a person saw them: without colours, the last state of a progress bar."""
    if b"\x1b" in data:
        data = _ESCAPES.sub(b"", data)
    text = data.translate(None, _CONTROLS).decode("utf-8", "replace")
    if b"\xc2" in data:
        text = _LATE_CONTROLS.sub("", text)
    lines = text.split("\n")
    if "\r" in text:
        lines = [_last_state(line) if "\r" in line else line for line in lines]
    return [(line if len(line) <= LINE_LIMIT else _ends_of(line)).rstrip() for line in lines]


def without_stamp(line: str) -> str:
    """The line without a time at its beginning, whatever columns stand before that time."""
    return without_stamps([line])[0]


def without_stamps(lines: Sequence[str]) -> list[str]:
    """The same for many lines."""
    head = _HEAD.match
    return [line[found.end() :] if (found := head(line)) else line for line in lines]


def mask(line: str) -> str:
    """What stays the same when the same thing happens again elsewhere and later."""
    return mask_lines([line.replace("\n", " ")])[0]


def mask_lines(lines: Sequence[str]) -> list[str]:
    """The same for many lines, none of which holds a line feed."""
    if not lines:
        return []
    text = "\n".join(lines)
    text = _STAMP.sub("<time>", text)
    text = _NUMBERS.sub("0", _IDS.sub("<id>", text))
    if "/" in text:
        text = _FOLDERS.sub("<dir>/", text)
    text = _SPACES.sub(" ", text.replace("\t", " "))
    return [line.strip() for line in text.split("\n")]


def _ends_of(line: str) -> str:
    return f"{line[: LINE_LIMIT - _TAIL - 3]} … {line[-_TAIL:]}"


def _last_state(line: str) -> str:
    line = line.rstrip("\r ")
    return line[line.rfind("\r") + 1 :]
