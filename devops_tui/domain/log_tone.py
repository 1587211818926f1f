"""What a line of a log tells of: a failure, a warning, or neither."""

from __future__ import annotations

import re
from enum import StrEnum


class Tone(StrEnum):
    """How a line sounds."""

    PLAIN = "plain"
    WARNING = "warning"
    FAILURE = "failure"


_FAILURE = re.compile(
    r"\b(?:errors?|fail(?:ed|ure|ures|s)?|fatal|panic(?:ked)?|exception|traceback|aborted|"
    r"segmentation fault|refused|denied|no such file)\b|\w(?:error|exception)\b|^e  |\be\d{4}\b"
)
_HARMLESS = re.compile(
    r"\b(?:0|no|without) (?:errors?|fail(?:ed|ures?)?)\b|\b(?:errors?|fail(?:ed|ures?)?)[=: ]+0\b"
)
_WARNING = re.compile(r"\bwarn(?:ing)?s?\b|warning\b|deprecat")
_CODE = re.compile(r"\be\d{4}\b")

_WORDS = (
    "error", "fail", "fatal", "panic", "exception", "traceback", "aborted",
    "segmentation fault", "refused", "denied", "no such file",
)  # fmt: skip
_WORD_BYTES = tuple(word.encode() for word in _WORDS)
_CODE_BYTES = re.compile(rb"\be\d{4}\b")


def tone_of(text: str) -> Tone:
    """The tone of one line, its colours taken off."""
    lower = text.lower()
    if _may_fail(lower) and _FAILURE.search(_HARMLESS.sub("", lower)):
        return Tone.FAILURE
    if ("warn" in lower or "deprecat" in lower) and _WARNING.search(lower):
        return Tone.WARNING
    return Tone.PLAIN


def _may_fail(lower: str) -> bool:
    """A quick look that misses none: searching for plain words is many times faster."""
    return (
        any(word in lower for word in _WORDS)
        or lower.startswith("e  ")
        or _CODE.search(lower) is not None
    )


def may_hold_failure(data: bytes) -> bool:
    """Whether a piece of a log may hold a failing line: cheap, and it misses none.

    `data` must hold whole lines.
    """
    lower = data.lower()
    return (
        any(word in lower for word in _WORD_BYTES)
        or lower.startswith(b"e  ")
        or b"\ne  " in lower
        or _CODE_BYTES.search(lower) is not None
    )
