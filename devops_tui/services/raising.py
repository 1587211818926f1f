"""Opens, repeats and resolves incidents of what something watches by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.storms import join_storm, storm_facts

_AGAIN_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Raised:
    """A problem as its watcher sees it; texts are untrusted.

    Attributes:
        fingerprint: One open incident for each.
        data: Of its events.
    """

    fingerprint: str
    title: str
    why: str
    host: str
    data: Mapping[str, Json] = field(default_factory=dict)


class Raising:
    """Belongs to the store's thread; `actor` is who the events say did it."""

    def __init__(self, store: Store, clock: Clock, actor: str) -> None:
        self._store = store
        self._clock = clock
        self._actor = actor

    def open(self, raised: Raised) -> None:
        """Opens one; counts up what was resolved a moment ago; leaves what is open."""
        now = self._clock.now()
        with self._store.transaction():
            if self._store.open_incident(raised.fingerprint) is not None:
                return
            known = self._just_resolved(raised.fingerprint, now)
            if known is not None:
                self._open_again(known, raised, now)
                return
            incident = Incident(
                IncidentId(f"INC-{self._store.next_incident_number()}"),
                raised.fingerprint,
                raised.title,
                IncidentState.OPEN,
                now,
                now,
                host=raised.host,
                why=raised.why,
            )
            incident = join_storm(self._store, incident)
            self._store.add_incident(incident)
            data = {**raised.data, **storm_facts(incident)}
            self._tell("incident.opened", incident.id, raised.title, data)

    def resolve(self, fingerprint: str, why: str) -> None:
        """It is over, by itself."""
        with self._store.transaction():
            known = self._store.open_incident(fingerprint)
            if known is None:
                return
            now = self._clock.now()
            self._store.save_incident(
                replace(known, state=IncidentState.RESOLVED, why=why, resolved_at=now)
            )
            self._tell("incident.resolved", known.id, why, {})

    def _open_again(self, known: Incident, raised: Raised, now: datetime) -> None:
        again = replace(
            known,
            state=IncidentState.OPEN,
            count=known.count + 1,
            last_at=now,
            title=raised.title,
            why=raised.why,
            resolved_at=None,
        )
        self._store.save_incident(again)
        data = {**raised.data, "count": again.count}
        self._tell("incident.repeated", known.id, raised.title, data)

    def _just_resolved(self, fingerprint: str, now: datetime) -> Incident | None:
        for incident in self._store.incidents(limit=100):
            ended = incident.resolved_at
            if incident.fingerprint == fingerprint and ended and now - ended < _AGAIN_WITHIN:
                return incident
        return None

    def _tell(self, kind: str, incident_id: IncidentId, why: str, data: Mapping[str, Json]) -> None:
        self._store.append(
            Event(kind, incident_id, self._clock.now(), self._actor, why, dict(data))
        )
