"""What people add to a problem: how grave it is, whose it is, notes; from the event log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.event import Event

OWNED, GRADED, NOTED = "incident.owned", "incident.graded", "incident.noted"


class IncidentSeverity(StrEnum):
    """How grave a problem is; the gravest first."""

    CRITICAL = "critical"  # users are hurt
    MAJOR = "major"  # a release or a service is held up
    MINOR = "minor"  # it can wait until the day


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote; untrusted text."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """What people said of one problem.

    Attributes:
        severity: Also that of the alert that opened it, until somebody says otherwise;
            None while nobody said.
        owner: Whose it is; empty for nobody's. Who acknowledges a problem that is nobody's
            owns it.
        notes: Oldest first.
    """

    severity: IncidentSeverity | None = None
    owner: str = ""
    notes: tuple[Note, ...] = ()


_OF_ALERTS = {
    "critical": IncidentSeverity.CRITICAL,
    "high": IncidentSeverity.CRITICAL,
    "medium": IncidentSeverity.MAJOR,
    "low": IncidentSeverity.MINOR,
}


def remarks(events: Iterable[Event]) -> Remarks:
    """Of one problem.

    Args:
        events: Its own, in any order.
    """
    severity: IncidentSeverity | None = None
    owner, is_given = "", False
    notes: list[Note] = []
    for event in sorted(events, key=lambda e: e.seq):
        if event.kind == "incident.opened":
            severity = _OF_ALERTS.get(str(event.data.get("severity") or ""))
        elif event.kind == GRADED:
            severity = IncidentSeverity(str(event.data["severity"]))
        elif event.kind == OWNED:
            owner, is_given = str(event.data["owner"]), bool(event.data["owner"])
        elif event.kind == "incident.acknowledged" and not is_given:
            owner = event.actor
        elif event.kind == NOTED:
            notes.append(Note(event.at, event.actor, event.why))
    return Remarks(severity, owner, tuple(notes))
