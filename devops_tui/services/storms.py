"""Joins problems that break out together into one storm, told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.event import Event, Json
from devops_tui.domain.incident import Incident
from devops_tui.domain.storm import PROBABLY, gathering
from devops_tui.ports.store import Store

_LOOKED_AT = 200


def join_storm(store: Store, incident: Incident) -> Incident:
    """A problem that is about to be opened, as a member of the storm that it makes or joins.

    Belongs inside of the transaction that opens it. The event "incident.storm" is written
    with the problem that makes it a storm, so it is told once; the members that follow
    are not told one by one.
    """
    members = gathering(incident, store.incidents(limit=_LOOKED_AT))
    if not members:
        return incident
    name = next((member.storm for member in members if member.storm), "")
    is_new = not name
    name = name or members[0].id
    for member in members[:-1]:
        if not member.storm:
            store.save_incident(replace(member, storm=name))
    if is_new:
        data = {"members": [member.id for member in members], "count": len(members)}
        why = "; ".join(member.title for member in members)
        what = f"{PROBABLY}: {why}"
        store.append(Event("incident.storm", name, incident.opened_at, "worker", what, data))
    return replace(incident, storm=name)


def storm_facts(incident: Incident) -> Mapping[str, Json]:
    """What the event of an opened problem says of its storm."""
    return {"storm": incident.storm} if incident.storm else {}
