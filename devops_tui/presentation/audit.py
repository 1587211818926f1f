"""What happened: one line per event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.event import KINDS, Event
from devops_tui.presentation import units
from devops_tui.presentation.jobs import figures
from devops_tui.presentation.layout import Field, Grid, Part, joined
from devops_tui.presentation.line import Role, line
from devops_tui.presentation.rows import Row, heading

FIELDS = (
    Field("time", "time", 14, keep=3),
    Field("who", "who", 8, keep=2),
    Field("subject", "what to", 12, keep=1),
    Field("kind", "what", 20, keep=0),
    Field("why", "why and with which result", 16, keep=4, grows=True),
)

_ROLES: dict[str, Role] = {
    "failed": "failed",
    "refused": "failed",
    "rejected": "failed",
    "reverted": "failed",
    "drifted": "failed",
    "opened": "warning",
    "overridden": "warning",
    "asked": "waits",
    "approved": "ok",
    "resolved": "ok",
    "done": "ok",
}


def event_list(events: Sequence[Event], now: datetime, width: int) -> list[Row]:
    """The newest first, as given by their place in the log."""
    grid = Grid(FIELDS, width)
    rows = [heading(grid.heading())] if events else []
    newest_first = sorted(events, key=lambda e: e.seq, reverse=True)
    rows.extend(Row(f"event {e.seq}", grid.row(_cells(e, now))) for e in newest_first)
    return rows


def _cells(event: Event, now: datetime) -> dict[str, Part]:
    reason = line(f"“{event.why}”") if event.why else ()
    told = joined([reason, figures(event.data)])
    return {
        "time": (units.time_of_day(event.at, now), "muted"),
        "who": event.actor,
        "subject": (event.subject, "accent"),
        "kind": (event.kind, _role(event.kind)),
        "why": told or line((KINDS.get(event.kind, ""), "muted")),
    }


def _role(kind: str) -> Role:
    return next((role for word, role in _ROLES.items() if word in kind), "text")
