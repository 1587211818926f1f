"""Storms: several problems of different origin within minutes, which have one cause below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.incident import Incident

WITHIN = timedelta(minutes=10)
FEWEST = 3
PROBABLY = "probably infrastructure"


@dataclass(frozen=True, slots=True)
class Storm:
    """Problems that broke out together.

    Attributes:
        id: That of the first of them.
        members: Oldest first.
    """

    id: str
    members: tuple[Incident, ...]

    @property
    def began_at(self) -> datetime:
        """When the first of them began."""
        return self.members[0].opened_at

    @property
    def told(self) -> str:
        """What it is, in one line."""
        return f"{len(self.members)} problems broke out together: {PROBABLY}"


def origin(incident: Incident) -> str:
    """Where a problem broke out: failures of one run count once, they have one reason."""
    return incident.run_id or incident.host or incident.id


def gathering(incident: Incident, others: Iterable[Incident]) -> tuple[Incident, ...]:
    """The storm that a new problem makes or joins, itself last; empty when it is none.

    A storm goes on as long as each new problem comes within ten minutes of one of it.
    """
    near = [
        other
        for other in others
        if other.fingerprint != incident.fingerprint
        and timedelta() <= incident.opened_at - other.opened_at <= WITHIN
    ]
    known = next((other.storm for other in near if other.storm), "")
    if not known and len({origin(each) for each in (*near, incident)}) < FEWEST:
        return ()
    ordered = sorted(near, key=lambda other: other.opened_at)
    return (*ordered, incident)


def storms(incidents: Sequence[Incident]) -> tuple[Storm, ...]:
    """The storms that have an unresolved problem, the newest first."""
    groups: dict[str, list[Incident]] = {}
    for incident in incidents:
        if incident.storm:
            groups.setdefault(incident.storm, []).append(incident)
    found = [
        Storm(name, tuple(sorted(members, key=lambda i: i.opened_at)))
        for name, members in groups.items()
        if any(member.resolved_at is None for member in members)
    ]
    return tuple(sorted(found, key=lambda storm: storm.began_at, reverse=True))
