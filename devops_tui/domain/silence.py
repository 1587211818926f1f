"""Silences: a rule or a host that opens no incidents until an end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.event import Event

SILENCED = "alert.silenced"
SUBJECT = "alerts"


@dataclass(frozen=True, slots=True)
class Silence:
    """Attributes: what: the name of an alert, or of a host; why: untrusted text."""

    what: str
    until: datetime
    actor: str
    why: str


def active(events: Iterable[Event], now: datetime) -> Sequence[Silence]:
    """Those of the events that have not ended; the newest about a thing counts."""
    found: dict[str, Silence] = {}
    for event in sorted(events, key=lambda e: e.seq):
        if event.kind == SILENCED:
            what, until = str(event.data["what"]), str(event.data["until"])
            found[what] = Silence(what, datetime.fromisoformat(until), event.actor, event.why)
    return [s for s in found.values() if s.until > now]
