"""Log lines: bytes of several streams as numbered, safe rows; failures marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from devops_tui.domain.incident import Cause
from devops_tui.domain.pipeline import LogChunk
from devops_tui.presentation.layout import blank
from devops_tui.presentation.line import Line, Role, Span, fit, span
from devops_tui.presentation.rows import Row
from devops_tui.presentation.safe_text import SafeText, safe, without_ansi

_FAILURE = re.compile(
    r"\b(?:errors?|fail(?:ed|ure|ures|s)?|fatal|panic(?:ked)?|exception|traceback|aborted|"
    r"segmentation fault|refused|denied|no such file)\b|\w(?:Error|Exception)\b|^E  |\bE\d{4}\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:0|no|without) (?:errors?|fail(?:ed|ures?)?)\b|\b(?:errors?|fail(?:ed|ures?)?)[=: ]+0\b",
    re.IGNORECASE,
)
_WARNING = re.compile(r"\bwarn(?:ing)?s?\b|Warning\b|deprecat", re.IGNORECASE)

CAUSE_MARK = "▌"
"""First cell of a line that probably holds the cause."""

LONGEST_BYTES = 1 << 16
"""A line without an end is shown in pieces of this size."""

_Stream = tuple[str, int, str]


def role_of(text: str) -> Role:
    """Whether a line tells of a failure, a warning, or neither."""
    if _FAILURE.search(_HARMLESS.sub("", text)):
        return "failed"
    return "warning" if _WARNING.search(text) else "text"


class LogLines:
    """Puts the chunks of one or several jobs together to rows.

    Feed it chunks in the order they were stored; a line is given once, when its end came
    or `rest` was asked for. Carriage returns overwrite, as on a terminal.

    Args:
        causes: Lines that probably hold the cause, marked with why.
        shows_time: Seconds since the first chunk before each line.
        shows_host: The host before each line.
    """

    def __init__(
        self,
        causes: Iterable[Cause] = (),
        *,
        shows_time: bool = True,
        shows_host: bool = False,
        shows_job: bool = False,
    ) -> None:
        self._causes = {c.text.strip(): c for c in causes if c.text.strip()}
        self._shows_time = shows_time
        self._shows_host = shows_host
        self._shows_job = shows_job
        self._open: dict[_Stream, bytes] = {}
        self._counts: dict[_Stream, int] = {}
        self._began: datetime | None = None
        self._latest: datetime | None = None
        self.last_seq = 0

    def add(self, chunks: Iterable[LogChunk]) -> list[Row]:
        """The lines that these chunks completed."""
        rows: list[Row] = []
        for chunk in chunks:
            self.last_seq = max(self.last_seq, chunk.seq)
            self._began = self._began or chunk.at
            self._latest = chunk.at
            stream = (chunk.job_id, chunk.attempt, chunk.host)
            *whole, rest = (self._open.get(stream, b"") + chunk.data).split(b"\n")
            while len(rest) > LONGEST_BYTES:
                whole.append(rest[:LONGEST_BYTES])
                rest = rest[LONGEST_BYTES:]
            self._open[stream] = rest
            rows.extend(self._row(stream, data, chunk.at) for data in whole)
        return rows

    def rest(self) -> list[Row]:
        """The last lines that have no end yet; ask when nothing more will come."""
        rows = [
            self._row(stream, data, self._latest) for stream, data in self._open.items() if data
        ]
        self._open.clear()
        return rows

    def _row(self, stream: _Stream, data: bytes, at: datetime | None) -> Row:
        number = self._counts[stream] = self._counts.get(stream, 0) + 1
        text = without_ansi(data.decode("utf-8", "replace")).rstrip("\r").rpartition("\r")[2]
        return Row("/".join(map(str, (*stream, number))), self._line(stream, number, text, at))

    def _line(self, stream: _Stream, number: int, text: str, at: datetime | None) -> Line:
        shown: SafeText = safe(text)
        cause = self._causes.get(text.strip())
        role: Role = "failed" if cause is not None else role_of(text)
        made = [span(CAUSE_MARK, "failed") if cause is not None else blank(1), _number(number)]
        if self._shows_time and self._began is not None and at is not None:
            made.append(
                span(fit(f"+{(at - self._began).total_seconds():.1f} s", 9, "right"), "muted")
            )
        if self._shows_job:
            made.append(span(" " + fit(stream[0], 16), "accent"))
        if self._shows_host:
            made.append(span(" " + fit(stream[2], 10), "accent"))
        made += [span("  ", "muted"), Span(shown, role)]
        if cause is not None and cause.why:
            made.append(span(f"   ← {', '.join(cause.why)}", "accent"))
        return tuple(made)


def _number(number: int) -> Span:
    return span(f"{number:>5}", "muted")
