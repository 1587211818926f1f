"""What lines that hold a cause look like, across tools; each shape has its reason in words.

Substrings of the lower-cased line are asked for before any pattern is tried: patterns
over every line of a long log would cost a hundred times as much.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One look of a line.

    Attributes:
        weight: 0 to 1: how likely such a line is the cause itself.
        why: Said to the operator.
        marks: One of them is in the lower-cased line.
        pattern: And this matches somewhere in the line; None asks for no more.
    """

    weight: float
    why: str
    marks: tuple[str, ...]
    pattern: re.Pattern[str] | None = None

    def fits(self, line: str, lower: str) -> bool:
        """Whether the line looks so."""
        if not any(mark in lower for mark in self.marks):
            return False
        return self.pattern is None or self.pattern.search(line) is not None


_EXCEPTION = re.compile(
    r"(?:^|[\s\[(])(?:[A-Za-z_$][\w$]*\.)*[A-Z]\w*(?:Error|Exception|Failure)\b"
)
_HEAD = re.compile(r"^\W*(?:fatal|error|panic|err)\b.*\w", re.IGNORECASE)
_PLACE = re.compile(r"[\w./-]+\.\w{1,5}:\[?\d+(?:[:,]\d+)?\]?")

# the first shape that fits counts
SHAPES = (
    Shape(0.05, "consequence", ("re-run ", "for more information", "mvn <goals>", "to see the")),
    Shape(
        0.05, "consequence", ("[help 1]",), re.compile(r"^\W*(?:ERROR\W+)?\[Help 1\]|^\W*ERROR\W+$")
    ),
    Shape(0.10, "consequence", ("there are test failures", "please refer to", "dump files")),
    Shape(
        0.12,
        "says that it failed",
        (
            "build failure",
            "build failed",
            "compilation error",
            "exit code",
            "exit status",
            "exited with",
            "failed (failures=",
            "failed (errors=",
            "marked build as failure",
            "finished: failure",
            "what went wrong",
            "script returned",
        ),
    ),
    Shape(0.05, "a count", ("errors: 0",), re.compile(r"failures: 0")),
    Shape(0.10, "deprecation", ("deprecat",)),
    Shape(1.00, "assertion", ("assert",), re.compile(r"\bAssert\w*(?:Error|Failed\w*)\b|^E\s")),
    Shape(0.95, "deepest cause", ("caused by:",)),
    Shape(0.95, "no room or no memory", ("no space left", "out of memory", "cannot allocate")),
    Shape(0.95, "syntax", ("syntaxerror", "syntax error", "parse error")),
    Shape(0.90, "missing", ("cannot find", "no such file", "not found", "could not find"), _HEAD),
    Shape(0.90, "error with its place in the source", ("error", "fatal"), _PLACE),
    Shape(0.85, "exception", ("error", "exception", "failure"), _EXCEPTION),
    Shape(0.85, "panic", ("panic:", "segmentation fault", "core dumped", "killed by signal")),
    Shape(0.80, "failing test", ("fail:", "failed ", "<<< fail", "<<< error", "not ok", "✗", "✕")),
    Shape(0.80, "error line", ("error", "fatal", "panic", "err!"), _HEAD),
    Shape(
        0.70,
        "refused",
        ("permission denied", "refused", "unauthorized", "forbidden", "timed out", "timeout"),
    ),
    Shape(
        0.60,
        "missing",
        ("cannot find", "no such file", "not found", "could not", "undefined", "unresolved"),
    ),
    Shape(0.45, "failure word", ("error", "fail", "fatal", "exception", "abort", "unable to")),
    Shape(0.20, "warning", ("warn",)),
)

_FRAMES = (
    re.compile(r"^\s*at [\w$.<>/]+[\s(]"),
    re.compile(r"^\s+File \".*\", line \d+"),
    re.compile(r"^\s*\.\.\. \d+ (?:more|common)"),
    re.compile(r"^\s*from .*:\d+:in "),
)


def shape_of(line: str) -> Shape | None:
    """The shape of a line; None for one that looks like nothing in particular."""
    lower = line.lower()
    for shape in SHAPES:
        if shape.fits(line, lower):
            return shape
    return None


def is_frame(line: str) -> bool:
    """Whether a line is a frame of a stack trace: a place on the way, not the cause."""
    return any(pattern.match(line) for pattern in _FRAMES)
