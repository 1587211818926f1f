"""The part of the double that is about the search for causes."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.handover import HandOver, PostMortem
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.rollback import RollbackPlan, Way

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)


class FakeTriage:
    """Remembers what was marked."""

    known = Diagnosis()
    way_back = RollbackPlan("shop", "production", True, Way.NONE, why_not="never flipped")
    marked: tuple[tuple[str, int, str], ...] = ()

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        self.marked = (*self.marked, (incident_id, number, why))
        return "rules:\n  - name: 'boom'\n"

    def diagnosis(self, incident_id: IncidentId) -> Diagnosis:
        return self.known

    def rollback_plan(self, service: str) -> RollbackPlan:
        return self.way_back

    def hand_over(self, hours: float) -> HandOver:
        return HandOver("shop", "jun", NOW, NOW)

    def post_mortem(self, incident_id: IncidentId) -> PostMortem:
        found = Incident(incident_id, "f", "a problem", IncidentState.OPEN, NOW, NOW)
        return PostMortem("shop", NOW, found)
