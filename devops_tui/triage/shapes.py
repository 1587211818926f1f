"""What lines that hold a cause look like, across tools; each shape has its reason in words.

Pieces of the lower-cased line are asked for before any pattern is tried: patterns over
every line of a long log would cost a hundred times as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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


_EXCEPTION = re.compile(
    r"(?:^|[\s\[(])(?:[A-Za-z_$][\w$]{0,80}\.){0,12}[A-Z]\w{0,80}(?:Error|Exception|Failure)\b"
)
_HEAD = re.compile(
    r"^\W{0,20}(?:[\w./+-]{1,60}(?:\[\d+\])?:\s{1,4}){0,3}"
    r"\W{0,8}(?:[Ff]atal|FATAL|[Ee]rror|ERROR|[Pp]anic|PANIC|[Ee]rr|ERR|CRITICAL)\b.{0,300}\w"
)
_PLACE = re.compile(r"[\w./-]{1,200}\.[A-Za-z]\w{0,4}[:(]\[?\d+(?:[:,]\d+)?[\]):]?")
_COUNT = re.compile(
    r"\b(?:[1-9]\d*|no) (?:tests? )?(?:errors?|failed|failures?|failing)\b"
    r"|\b(?:[Ff]ound|[Ee]rrors|[Ff]ailures|[Ff]ail(?:ed)?)[: ]+[1-9]\d*\b"
)
_NO_FAULT = re.compile(
    r"\b(?:0|no|without) (?:errors?|failures?|failed|problems?)\b"
    r"|(?i:\b(?:errors?|failures?|failed|fail|exceptions?)\s{0,3}[:=]\s{0,3}(?:0|none|false|\[\])"
    r"(?![\w.]))"
)
_OPTION = re.compile(r"--?[a-z][\w-]{0,40}(?:error|fail)|\b(?:error|fail)[\w]{0,20}=(?:\w|/)")
GOES_ON = re.compile(
    r"(?i:\b(?:going on|goes on|skipp(?:ed|ing)|ignor(?:ed|ing)|continuing|optional|non-fatal"
    r"|fall(?:s|ing)? back|using (?:the )?defaults?|retry(?:ing)?(?!-)|allowed to fail)\b)"
)
_COMPARED = re.compile(
    r"\b[Ee]xpect(?:ed|ing|ation)?\b.{0,200}\b(?:but|got|received|actual|found|instead|matches"
    r"|to (?:be|equal|eq|have|contain|match|find|include))\b"
    r"|[Cc]ondition not satisfied:|\bTest Failed at \S"
    r"|\bexpect\(.{0,80}\)\.(?:not\.)?to|[Ff]ailed asserting|^\W{0,12}Failure/Error: \S"
    r"|\b[Aa]ssertion\b.{0,80}\bfailed\b|\bAssert\.\w{1,40}\(\)"
)
_SIDES = re.compile(
    r"^\W{0,12}(?:Evaluated|[Ee]xpected(?: equality of these values)?|[Aa]ctual|[Rr]eceived"
    r"|got|left|right)\s{0,4}:"
)
_SOURCE = re.compile(r"^\s*(?:>{1,3}\s{0,3})?\d{1,6} [|\u2502] ")
_WORD = re.compile(  # as a part of a name it says nothing: error-pages, "errors", /fail/x
    r"(?i:(?<![a-z0-9./\"'_-])(?:[a-z]{0,30}(?:error|exception|fail(?:ed|ure)?)s?|fail\w{0,5}|fatal"
    r"|abort\w{0,4}|unable)(?![a-z0-9/\"'_-]|\.\w))"
)
_LEVEL = re.compile(
    r"\blevel=(?:fatal|panic|error|crit\w{0,4})\b"
    r"|\"level\"\s?:\s?\"(?:fatal|panic|error|critical)\"",
    re.IGNORECASE,
)

# the first shape that fits counts
SHAPES = (
    Shape(0.05, "consequence", ("re-run ", "for more information", "mvn <goals>", "to see the")),
    Shape(
        0.05,
        "consequence",
        (
            "resume the build",
            "mvn <args>",
            "post-build",
            "step \u2018",
            "step ?",
            "after correcting the problems",
            "run with --",
            "run with `",
            "a complete log of this run",
            "see above",
            "see the log",
            "giving up",
            "tests did not pass",
            "skipping run",
            "result: fail",
            "dubious, test returned",
            "looks like you failed",
            "not recoverable: exiting",
            "begin failed--compilation aborted",
        ),
    ),
    Shape(
        0.05,
        "consequence",
        ("[help 1]",),
        re.compile(r"^\W{0,9}(?:ERROR\W{1,9})?\[Help 1\]|^\W{0,9}ERROR\W{1,9}$"),
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
            "returned non-zero",
            "aborting due to",
            "could not compile",
            "recipe for target",
            "error: process completed",
            "unsuccessful",
            "has failed",
            "have failed",
            "did not complete successfully",
            "didn't complete successfully",
            "could not be renewed",
            "build stopped",
            "exited with error code",
            "failed to create/update the stack",
            "error executing action",
            "running exception handlers",
            "error occurred while installing",
            "error occurred while running",
            "failed to build gem native",
        ),
    ),
    Shape(0.05, "a count", ("errors: 0",), re.compile(r"[Ff]ailures: 0")),
    Shape(0.04, "says that nothing is wrong", ("error", "fail", "exception"), _NO_FAULT),
    Shape(0.04, "says that nothing is wrong", ("✓", "✔"), re.compile(r"^\W{0,9}[✓✔]")),
    Shape(0.20, "place of a failure", ("error trace:",)),
    Shape(0.15, "a line of the source", (" | ", " \u2502 "), _SOURCE),
    Shape(0.10, "deprecation", ("deprecat",)),
    Shape(
        0.15,
        "goes on",
        ("going on", "skip", "ignor", "continu", "optional", "retry", "fall", "default", "allowed"),
        GOES_ON,
    ),
    Shape(
        0.04,
        "says that nothing is wrong",
        ("pass", "ok"),
        re.compile(r"(?:PASSED|\bOK|ok)$|^\W{0,9}(?:PASS(?:ED)?|ok \d{1,6})\b"),
    ),
    Shape(
        1.00, "assertion", ("assert",), re.compile(r"\bAssert\w{0,40}(?:Error|Failed\w{0,20})\b")
    ),
    Shape(1.00, "assertion", ("e  ",), re.compile(r"^E\s{2,}\S")),
    Shape(
        0.92,
        "assertion",
        ("expect", "assert", "failure/error", "condition not", "test failed at"),
        _COMPARED,
    ),
    Shape(
        0.88,
        "assertion",
        ("evaluated", "expected", "actual", "received", "got:", "left:", "right:"),
        _SIDES,
    ),
    Shape(0.95, "deepest cause", ("caused by:",)),
    Shape(0.95, "no room or no memory", ("no space left", "out of memory", "cannot allocate")),
    Shape(0.95, "syntax", ("syntaxerror", "syntax error", "parse error")),
    Shape(
        0.96,
        "error with its code",
        ("error ",),
        re.compile(r"\b[Ee]rror [A-Z]{1,8}-?\d{2,6}\b(?!\.\d)"),
    ),
    Shape(
        0.93,
        "linter finding",
        ("error",),
        re.compile(r"^\s*\d+:\d+\s+error\s|:\d+ [A-Z]{2,6}\d{3,5} error:"),
    ),
    Shape(0.45, "goes on with an error", ("[error]",), re.compile(r"^\[ERROR\] {2,12}\S")),
    Shape(
        0.90,
        "missing",
        ("cannot find", "no such file", "not found", "could not find", "can't open"),
        _HEAD,
    ),
    Shape(0.90, "error with its place in the source", ("error", "fatal"), _PLACE),
    Shape(0.86, "exception", ("error", "exception", "failure"), _EXCEPTION),
    Shape(0.85, "panic", ("panic:", "panicked at", "segmentation fault", "core dumped", "killed")),
    Shape(
        0.86,
        "failing test",
        ("failure", "***"),
        re.compile(r"^\S{1,200}:\d+: Failure\b|\*\*\*(?:Timeout|Failed|Exception|Not Run)\b"),
    ),
    Shape(0.86, "error line", ("level",), _LEVEL),
    Shape(0.30, "a count of failures", ("error", "fail"), _COUNT),
    Shape(0.80, "failing test", ("fail:", "<<< fail", "<<< error", "not ok", "✗", "✕", "✖")),
    Shape(0.80, "failing test", ("failed",), re.compile(r"^\W{0,9}FAILED\b|\bFAILED\b")),
    Shape(0.82, "error line", ("error", "fatal", "panic", "err!", "err:", "critical"), _HEAD),
    Shape(
        0.70,
        "refused",
        (
            "permission denied",
            "refused",
            "unauthorized",
            "forbidden",
            "timed out",
            "timeout",
            "not permitted",
            "access denied",
        ),
    ),
    Shape(
        0.65,
        "missing",
        (
            "cannot find",
            "no such file",
            "not found",
            "could not",
            "undefined",
            "unresolved",
            "can't ",
            "couldn't ",
            "cannot ",
            "does not exist",
            "not a valid",
            "invalid ",
            "unknown ",
            "no such ",
            "unrecognized",
            "unexpected",
            "missing",
            "mismatch",
            "not defined",
            "is not set",
            "must be",
            "must have",
            "attempt to ",
        ),
    ),
    Shape(
        0.75,
        "vulnerability",
        ("cve-", "vulnerabilit", "severity:"),
        re.compile(
            r"\bCVE-\d|\b[1-9]\d* (?:\w+ ){0,3}vulnerabilit|[Ss]everity: (?:high|critical)\b"
        ),
    ),
    Shape(
        0.80,
        "failing step",
        ("_failed",),
        re.compile(r"\b[A-Z]{3,20}(?:_[A-Z]{2,20}){0,4}_FAILED\b"),
    ),
    Shape(
        0.60,
        "does not fit",
        (
            "incompatible",
            "not compatible",
            "unsatisfiable",
            "no solution found",
            "not satisf",
            "not up to date",
            "changed significantly",
            "would have been modified",
            "explicitly forbidden",
            "conflict",
            "out of sync",
            "not trusted",
            "unhealthy",
            "exceeded",
            "misbehaving",
            "rejected",
            "expired",
            "held by",
            "exhausted",
            "insufficient",
            "quota",
            "crashed",
            "not reached",
            "does not match",
            "do not match",
        ),
    ),
    Shape(0.10, "an option", ("error", "fail"), _OPTION),
    Shape(
        0.45, "failure word", ("error", "fail", "fatal", "exception", "abort", "unable to"), _WORD
    ),
    Shape(0.20, "warning", ("warn",)),
)

MARKS = tuple(dict.fromkeys(mark for shape in SHAPES for mark in shape.marks))

_BY_MARK = {
    mark: tuple(n for n, shape in enumerate(SHAPES) if mark in shape.marks) for mark in MARKS
}
_WARNING = re.compile(
    r"^\W{0,6}(?:(?i:warn(?:ing)?)\b(?!\s{2})|[Ww]:)"
    r"|(?:^|\s)\[?(?:WARN(?:ING)?|[Ww]arning)(?: [A-Z]{1,8}\d{2,6})?[\]:]"
    r"|\blevel\W{1,5}warn"
)
_HARMLESS = re.compile(
    r"^\s*(?:rm|rmdir|unlink): |(?i:\bno (?:matching )?files (?:to upload|were found)"
    r"|no matching files|\bno cache (?:key|entry)? ?(?:found|yet))"
    r"|ERROR:(?:bus|gpu_\w{1,40}|viz_\w{1,40}|angle_\w{1,40}|gl_\w{1,40})\.cc\("
    r"|canberra-gtk-module|Couldn't connect to accessibility bus"
)
_INFORMATION = re.compile(
    r"^\W{0,3}(?:INFO|DEBUG|TRACE|NOTICE)\b|\s(?:INFO|DEBUG|TRACE)\s"
    r"|\blevel\W{1,5}(?:info|debug|trace)\b"
)

_AT_PLACE = re.compile(
    r"(?:\w{1,20}: )?[\w./+-]{1,200}\.[A-Za-z]\w{0,9}:\d{1,7}(?::\d{1,6})?: ?"
    r"(?!note|warning|info|In |\s)\S"
)
_FRAMES = (
    re.compile(r"^\s*at [\w$.<>/]+[\s(]"),
    re.compile(r"^\s+File \".{1,300}\", line \d+"),
    re.compile(r"^\s*\.\.\. \d+ (?:more|common)"),
    re.compile(r"^\s*from .{1,300}:\d+:in "),
)


def shape_of(line: str, marks: Iterable[str]) -> Shape | None:
    """The shape of a line; None for one that looks like nothing in particular.

    Args:
        line: As a person saw it.
        marks: Which of MARKS stand in it; others are ignored.
    """
    wanted = {number for mark in marks for number in _BY_MARK.get(mark, ())}
    for number in sorted(wanted):
        shape = SHAPES[number]
        if shape.pattern is None or shape.pattern.search(line):
            return shape
    return None


def damping_of(line: str) -> float:
    """What is left of a weight where the line calls itself a warning, or is known as harmless."""
    if _WARNING.search(line, 0, 200) or _HARMLESS.search(line, 0, 200):
        return 0.35
    return 0.6 if _INFORMATION.search(line, 0, 80) else 1.0


def is_place(line: str) -> bool:
    """Whether a line begins with a place in a source and says something about it."""
    return ":" in line and _AT_PLACE.match(line) is not None


def is_frame(line: str) -> bool:
    """Whether a line is a frame of a stack trace: a place on the way, not the cause."""
    return any(pattern.match(line) for pattern in _FRAMES)
