"""A host as it was at a moment, with the problems that were open then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from devops_tui.domain.fleet import Frame, Host
from devops_tui.domain.incident import Incident
from devops_tui.presentation import units
from devops_tui.presentation.host_detail import detail
from devops_tui.presentation.line import cut, line
from devops_tui.presentation.rows import Row, note

_MOST = 8


def past(
    then: Frame, host: Host | None, incidents: Iterable[Incident], now: datetime, cells: int
) -> list[Row]:
    """The figures of that moment under a line that says which; nothing of now among them."""
    ago = f"{units.time_of_day(then.at, now)}, {units.age(then.at, now)} ago"
    head = line((ago, "match"), ("  not live, ", "warning"), ("0 is live again", "muted"))
    rows = [note("then", cut(head, cells))]
    found = [i for i in incidents if i.host == then.host and _was_open(i, then.at)]
    for each in found[:_MOST]:
        told = line(("  open then ", "failed"), (f"{each.id} ", "accent"), each.title)
        rows.append(note(f"open {each.id}", cut(told, cells)))
    if not found:
        rows.append(note("none open", line(("  no problem that is known was open", "muted"))))
    return [*rows, *detail(then, host, then.at, cells)]


def _was_open(incident: Incident, at: datetime) -> bool:
    return incident.opened_at <= at and (incident.resolved_at is None or at < incident.resolved_at)
