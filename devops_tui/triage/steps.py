"""Where the failing step ends, in logs of runners that go on to clean up after it.

What comes after it complains of reports and files that the failed step never wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_ENDS = re.compile(
    r"##\[error\](?:Process completed with exit code|.{0,80}exited with code) [1-9]?"
    r"|^Error: Process completed with exit code [1-9]"
    r"|^The command \".{1,500}\" (?:failed and )?exited with [1-9]"
    r"|^ERROR: (?:Job failed|script returned exit code [1-9])"
    r"|Error: The command exited with status [1-9]"
)
_CLEANS = re.compile(
    r"(?i:\W{0,6}(?:(?:begin|begin of |step|stage|phase|task|running|post|section)\b.{0,12} )?"
    r"(?:clean(?:ing)?[ -]?up|after[_ -]script|tear(?:ing)?[ -]?down|post[ -]job"
    r"|(?:uploading|saving|archiving) (?:artifacts?|caches?|reports?))\b.{0,40})"
)

STEP_MARKS = (
    "process completed with exit code",
    "exited with code ",
    "exited with ",
    "error: job failed",
    "script returned exit code",
    "clean",
    "after_script",
    "after script",
    "tear",
    "post job",
    "post-job",
    "uploading ",
    "saving ",
    "archiving ",
)


def end_of_step(lines: Sequence[str], marked: Mapping[int, Sequence[str]]) -> int:
    """Where a runner says that a step failed, or begins to clean up; the end without any.

    Args:
        lines: All lines of the piece.
        marked: The marks that were found, by the index of the line.
    """
    ends = (
        index
        for index, marks in marked.items()
        if any(mark in STEP_MARKS for mark in marks)
        and (_ENDS.search(lines[index]) or _CLEANS.fullmatch(lines[index]))
    )
    return max(ends, default=len(lines))
