"""When running work probably ends: "ends about 14:32, usually 2 m 10 s"."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.expectation import Expectation
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line

_CELLS = 10


def told(expected: Expectation | None, now: datetime, *, has_bar: bool = True) -> Line:
    """One line; empty when nothing is known."""
    if expected is None:
        return ()
    usually = line((f"usually {units.duration(expected.usual_s)}", "muted"))
    if expected.is_longer:
        over = units.duration(expected.for_s - expected.usual_s)
        return joined([line((f"longer than usual by {over}", "warning")), usually])
    if expected.ends_at is None:
        return joined([line(("should end now", "running")), usually])
    ends = expected.ends_at.astimezone()
    here = now.astimezone()
    far = (expected.ends_at - now).total_seconds() < 60
    at = f"{ends:%H:%M:%S}" if far else f"{ends:%H:%M}"
    day = "" if ends.date() == here.date() else f"{ends:%m-%d} "
    about = line((f"ends about {day}{at}", "running"))
    return joined([bar(expected.ratio) if has_bar else (), about, usually])


def bar(ratio: float, cells: int = _CELLS) -> Line:
    """How far it is, as a bar with its share beside it."""
    full = min(cells, max(0, round(ratio * cells)))
    share = units.percent(ratio)
    return line(("█" * full, "running"), ("░" * (cells - full), "muted"), (f" {share}", "muted"))
