"""Log lines as they are drawn: number, time, host, text; failures, causes and groups marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.incident import Cause
from devops_tui.domain.log_finder import plain_line
from devops_tui.domain.log_groups import Group
from devops_tui.domain.log_lines import LogLine
from devops_tui.domain.log_tone import Tone, tone_of
from devops_tui.presentation.ansi import coloured, has_colours
from devops_tui.presentation.layout import blank
from devops_tui.presentation.line import Line, Role, Span, fit, line, span
from devops_tui.presentation.safe_text import SafeText, safe

CAUSE_MARK = "▌"
"""First cell of a line that probably holds the cause."""

_ROLES: Mapping[Tone, Role] = {
    Tone.PLAIN: "text",
    Tone.WARNING: "warning",
    Tone.FAILURE: "failed",
}
_LEAST_DIGITS = 5
_INDENT = "  "
_DEEPEST = 6


class Times(StrEnum):
    """Which time stands before each line."""

    NONE = "none"
    SINCE = "since the first line"
    OF_DAY = "time of day"

    @property
    def next(self) -> Times:
        """The one that comes after it when they are switched through."""
        kinds = list(Times)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


def role_of(text: str) -> Role:
    """The role of a line by what it tells of."""
    return _ROLES[tone_of(text)]


@dataclass(frozen=True, slots=True)
class Fold:
    """How the head of a group is drawn.

    Attributes:
        hidden: Lines below it that are folded away; 0 while it is open.
    """

    group: Group
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class LogLook:
    """How the lines of one log are drawn.

    Attributes:
        causes: Lines that probably hold the cause, by their text.
        began: Arrival of the first line, for `Times.SINCE`.
        local: Any moment in the zone that times are shown in; None for UTC.
        count: Lines in all, for the width of the numbers.
    """

    causes: Mapping[str, Cause] = field(default_factory=dict)
    times: Times = Times.SINCE
    shows_host: bool = False
    shows_job: bool = False
    began: datetime | None = None
    local: datetime | None = None
    count: int = 0

    def head(self, of: LogLine, *, is_failure: bool = False, is_cause: bool = False) -> Line:
        """What stands before the text: the same width on every line."""
        digits = max(_LEAST_DIGITS, len(str(self.count)))
        role: Role = "failed" if is_failure else "muted"
        made = [
            span(CAUSE_MARK, "failed") if is_cause else blank(1),
            span(f"{of.number:>{digits}}", role),
        ]
        if self.times is not Times.NONE:
            made.append(span(self._time(of.at), "muted"))
        if self.shows_job:
            made.append(span(" " + fit(of.job_id, 16), "accent"))
        if self.shows_host:
            made.append(span(" " + fit(of.host, 10), "accent"))
        return (*made, span("  ", "muted"))

    def _time(self, at: datetime) -> str:
        if self.times is Times.OF_DAY:
            zone = self.local.tzinfo if self.local is not None else at.tzinfo
            return fit(f"{at.astimezone(zone):%H:%M:%S}", 10, "right")
        began = self.began or at
        return fit(f"+{max(0.0, (at - began).total_seconds()):.1f} s", 10, "right")

    def line(self, of: LogLine, fold: Fold | None = None) -> Line:
        """One line; the head of a group where `fold` is given."""
        if fold is not None:
            return self._folded(of, fold)
        text = plain_line(of.data)
        cause = self.causes.get(text.strip()) if self.causes else None
        tone = Tone.FAILURE if cause is not None else tone_of(text)
        head = self.head(of, is_failure=tone is Tone.FAILURE, is_cause=cause is not None)
        raw = of.data.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2]
        role = "text" if cause is None and has_colours(raw) else _ROLES[tone]
        made = (*head, *coloured(raw, role))
        if cause is not None and cause.why:
            made = (*made, span(f"   ← {', '.join(cause.why)}", "accent"))
        return made

    def _folded(self, of: LogLine, fold: Fold) -> Line:
        group = fold.group
        name = safe(plain_line(group.name) or "group")
        sign = SafeText("▸ " if fold.hidden else "▾ ")
        role: Role = "failed" if group.has_failure else "title"
        indent = Span(SafeText(_INDENT * min(group.depth, _DEEPEST)))
        made: Line = (
            *self.head(of, is_failure=group.has_failure),
            indent,
            Span(sign, role),
            Span(name, role),
        )
        if fold.hidden:
            lines = "1 line" if fold.hidden == 1 else f"{fold.hidden:,} lines"
            made = (*made, *line((f"  {lines}", "muted")))
        return made


def causes_by_text(causes: Sequence[Cause]) -> dict[str, Cause]:
    """The causes by the text of their line, blanks around it taken off."""
    return {c.text.strip(): c for c in causes if c.text.strip()}
