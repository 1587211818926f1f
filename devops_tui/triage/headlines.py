"""Lines that only announce a failure: what stands below them says what it was.

"Error Message:" or "The following tests failed:" look like errors and tell nothing. Such a
line is known by its words: all of them are words that announcements are made of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from devops_tui.triage.shapes import is_frame

_LONGEST = 70  # characters of an announcement
_BELOW = 3  # lines below it that may be empty or a rule
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_OTHER = re.compile(r"[/\\\"`=<>{}\[\]]|\w\.\w|\w_\w")
_BAD = frozenset(
    _WORD.findall(
        "error errors failure failures failed failing fail fails exception exceptions problem"
        " problems errored unsuccessfully caused diagnostics"
    )
)
_TESTS = frozenset(
    _WORD.findall("test tests example examples scenario scenarios spec specs case cases")
)
_FILLING = frozenset(
    _WORD.findall(
        "a an and at below by cause build check checks command compilation compile completed"
        " details during detail executing execution following for found had has have in is it"
        " job jobs list listed message messages of one or output running run some stack stage"
        " step steps summary task tasks the there this to trace update deploy was were while with"
        " finished ended did not complete reason result results encountered occurred see s total"
    )
)
_ALL = _BAD | _TESTS | _FILLING


def is_headline(line: str) -> bool:
    """Whether a line announces a failure and says nothing about it."""
    if len(line) > _LONGEST or _OTHER.search(line):
        return False
    words = _WORD.findall(line.lower())
    return len(words) > 1 and all(w in _ALL for w in words) and any(w in _BAD for w in words)


def told_below(lines: Sequence[str], heads: Collection[int]) -> Iterator[tuple[int, bool]]:
    """The lines that announcements with a colon point to; whether tests are listed there.

    Args:
        lines: All lines of the piece.
        heads: Indices of lines that are announcements.
    """
    for index in heads:
        head = lines[index].rstrip()
        if not head.endswith(":"):
            continue
        for below in range(index + 1, min(index + 1 + _BELOW, len(lines))):
            line = lines[below]
            if not any(c.isalnum() for c in line):
                continue
            if not is_frame(line) and not is_headline(line):
                yield below, not _TESTS.isdisjoint(_WORD.findall(head.lower()))
            break
