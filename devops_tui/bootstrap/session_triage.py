"""The part of an operator's session that teaches the triage."""

from __future__ import annotations

from devops_tui.domain.ids import IncidentId
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.labels import Labels


class TriageSession:
    """Implements ports.front_triage.TriageFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        """Keeps that a cause shown is the cause; returns a rule for it."""
        from devops_tui.triage.ranking import LogRanking  # patterns: not before the first frame

        labels = Labels(self._store, self._clock, LogRanking())
        return labels.mark(incident_id, number, self._actor, why)
