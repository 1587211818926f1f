"""Makes lines of two runs comparable: colours, times, ids, numbers and folders are taken out."""

from __future__ import annotations

import re

LINE_LIMIT = 2000
"""Characters of a line that are looked at."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b[@-Z\\-_]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
    r"|\[?\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b\]?"
)
_FOLDERS = re.compile(r"(?<![\w.:/])(?:[A-Za-z]:)?(?:/[\w.+@~-]+)+/(?=[\w.+@~-])")
_IDS = re.compile(
    r"\b(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|0x[0-9a-fA-F]+"
    r"|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,})\b"
)
_NUMBERS = re.compile(r"\b\d[\d.,]*")
_HAS_DIGIT = re.compile(r"\d")


def lines_of(data: bytes) -> list[str]:
    """The lines as a person saw them: without colours, the last state of a progress bar."""
    text = data.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return [_clean(line) for line in text.split("\n")]


def without_stamp(line: str) -> str:
    """The line without a time at its beginning, whatever stands before that time."""
    found = _STAMP.search(line, 0, 120)
    if found is None or (found.start() > 0 and "\t" not in line[: found.start()]):
        return line
    return line[found.end() :].removeprefix(" ")


def mask(line: str) -> str:
    """What stays the same when the same thing happens again elsewhere and later."""
    masked = line
    if _HAS_DIGIT.search(line):  # most masks need one: plain lines cost little
        if ":" in masked:
            masked = _STAMP.sub("<time>", masked)
        masked = _NUMBERS.sub("0", _IDS.sub("<id>", masked))
    if "/" in masked:
        masked = _FOLDERS.sub("<dir>/", masked)
    return " ".join(masked.split())


def _clean(line: str) -> str:
    line = line.rstrip("\r\n ")
    if "\r" in line:
        line = line[line.rindex("\r") + 1 :]
    line = line[:LINE_LIMIT]
    return _CONTROLS.sub("", line) if not line.isprintable() else line
