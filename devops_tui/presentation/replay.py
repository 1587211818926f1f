"""The bar above a replay: which time is shown, how fast it goes, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.view import Overview
from devops_tui.presentation.layout import joined, pad
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.line import width as cells_of


@dataclass(frozen=True, slots=True)
class ReplayState:
    """Where a replay stands; times in the zone to show them in."""

    shown_at: datetime
    start: datetime
    end: datetime
    speed: float
    is_paused: bool
    complaint: str = ""


def replay_bar(overview: Overview | None, state: ReplayState, width: int) -> Line:
    """One line that cannot be taken for a live one."""
    name = overview.workspace.name if overview is not None and overview.workspace else ""
    what = line((" REPLAY ", "title"), (name, "muted"))
    when = line((f"{state.shown_at:%Y-%m-%d %H:%M:%S}", "accent"))
    pace = line((_pace(state), "warning" if state.is_paused else "muted"))
    damage = line(("✕ damaged", "failed")) if state.complaint else ()
    span = line((f"of {state.start:%H:%M} to {state.end:%H:%M}, {_share(state)} %", "muted"))
    for parts in ((damage, span, pace, when), (damage, pace, when), (pace, when), (when,)):
        right = joined([part for part in parts if part], line("  "))
        if min(cells_of(what), 12) + cells_of(right) + 2 <= width:
            break
    return pad((*pad(what, max(0, width - cells_of(right) - 1)), *right, *line(" ")), width)


def speed_of(speed: float) -> str:
    """A speed for people: "8x", "0.5x"."""
    return f"{speed:g}x"


def _pace(state: ReplayState) -> str:
    if state.is_paused:
        return "paused"
    return "at its end" if state.shown_at >= state.end else speed_of(state.speed)


def _share(state: ReplayState) -> int:
    whole_s = (state.end - state.start).total_seconds()
    passed_s = (state.shown_at - state.start).total_seconds()
    return int(passed_s * 100 / whole_s) if whole_s > 0 else 100
