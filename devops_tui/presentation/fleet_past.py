"""The fleet as it was at a minute of its history: how each host was, and a mark that says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from devops_tui.domain.fleet import Frame
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import OK, Mark
from devops_tui.presentation.host import Condition, condition
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line

_UNKNOWN = 3  # rank: not known

NOT_READ = Condition(Mark("○", "reading…", "muted"), "", _UNKNOWN, 0.0)
"""Of a host whose figures of then were asked for and did not come yet."""

NOT_SEEN = Condition(Mark("?", "not seen", "lost"), "no figures of that minute", _UNKNOWN, 0.0)


_WELL = Condition(OK, "", 4, 0.0)  # no figure of then is live


def how_then(then: Frame) -> Condition:
    """How a host was, by the same thresholds as now; without a sample nobody knows."""
    if then.sample is None:
        return NOT_SEEN
    how = condition(then, then.at)
    return _WELL if how.rank == _WELL.rank else how


def mark(at: datetime, now: datetime, *, is_kept: bool) -> Line:
    """That this is the past, which minute, and how to come back.

    `is_kept` tells whether figures are kept on this machine at all.
    """
    there = at.astimezone(now.tzinfo)
    zone = f" {there.tzname()}" if there.tzinfo is not None else ""
    when = f"THE PAST: {units.time_of_day(at, now)}{zone}, {units.age(at, now)} ago"
    parts = [line((when, "warning")), line(("0", "key"), (" is now", "muted"))]
    if not is_kept:
        parts.insert(1, line(("no figures are kept on this machine", "failed")))
    return joined(parts)


def summary(how: Mapping[str, Condition]) -> Line:
    """Counts: "214 hosts · ✕ 2 hurt · ? 3 not seen"."""
    every = list(how.values())
    parts = [line((units.plural(len(every), "host"), "text"))]
    if hurt := sum(each.rank == 1 for each in every):
        parts.append(line((f"✕ {hurt:,} hurt", "failed")))
    for unknown in (NOT_SEEN, NOT_READ):
        if count := every.count(unknown):
            mark = unknown.mark
            parts.append(line((f"{mark.glyph} {count:,} {mark.word}", mark.role)))
    return joined(parts)
