"""Incidents of alerts: one a rule and host, resolved by itself, silenced with an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName, IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.silence import silencing
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.alerting import AlertWatch, Verdict
from devops_tui.services.silences import silences_of
from devops_tui.services.storms import join_storm, storm_facts

_PREFIX = "alert:"
_AGAIN_WITHIN = timedelta(minutes=30)


class AlertIncidents:
    """Turns verdicts into incidents; belongs to the store's thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open_fingerprints(self) -> Sequence[str]:
        """Alerts that are open in the store."""
        found = self._store.incidents(open_only=True, limit=1000)
        return [i.fingerprint for i in found if i.fingerprint.startswith(_PREFIX)]

    def settle(self, verdicts: Sequence[Verdict], watch: AlertWatch, workspace: Workspace) -> None:
        """Opens, repeats and resolves."""
        if not verdicts:
            return
        now = self._clock.now()
        silences = silences_of(self._store, now, workspace)
        for verdict in verdicts:
            if verdict.is_over:
                self._resolve(verdict)
                continue
            host = workspace.hosts.get(verdict.host) or Host(HostName(verdict.host))
            if silencing(silences, verdict.alert.name, host, now) is not None:
                watch.not_opened(verdict)
            else:
                self._fire(verdict)

    def _fire(self, verdict: Verdict) -> None:
        now = self._clock.now()
        alert = verdict.alert
        what = f"{alert.name}: {verdict.figures} on {verdict.host}"
        why = f"{alert.when}, since {verdict.since:%H:%M:%S} UTC"
        data = {"alert": alert.name, "host": verdict.host, "severity": alert.severity}
        with self._store.transaction():
            if self._store.open_incident(verdict.fingerprint) is not None:
                return
            known = self._just_resolved(verdict.fingerprint, now)
            if known is not None:
                again = replace(
                    known,
                    state=IncidentState.OPEN,
                    count=known.count + 1,
                    last_at=now,
                    title=what,
                    why=why,
                    resolved_at=None,
                )
                self._store.save_incident(again)
                self._store.append(
                    Event(
                        "incident.repeated",
                        known.id,
                        now,
                        "collector",
                        what,
                        {**data, "count": again.count},
                    )
                )
                return
            incident = Incident(
                IncidentId(f"INC-{self._store.next_incident_number()}"),
                verdict.fingerprint,
                what,
                IncidentState.OPEN,
                now,
                now,
                host=verdict.host,
                why=why,
            )
            incident = join_storm(self._store, incident)
            self._store.add_incident(incident)
            data |= storm_facts(incident)
            self._store.append(Event("incident.opened", incident.id, now, "collector", what, data))

    def _just_resolved(self, fingerprint: str, now: datetime) -> Incident | None:
        for incident in self._store.incidents(limit=100):
            ended = incident.resolved_at
            if incident.fingerprint == fingerprint and ended and now - ended < _AGAIN_WITHIN:
                return incident
        return None

    def _resolve(self, verdict: Verdict) -> None:
        now = self._clock.now()
        with self._store.transaction():
            known = self._store.open_incident(verdict.fingerprint)
            if known is None:
                return
            rule = verdict.alert.clear or f"not {verdict.alert.when}"
            why = f"cleared by itself: {verdict.figures} ({rule})"
            self._store.save_incident(
                replace(known, state=IncidentState.RESOLVED, why=why, resolved_at=now)
            )
            self._store.append(Event("incident.resolved", known.id, now, "collector", why))
