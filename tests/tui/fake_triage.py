"""The part of the double that is about the search for causes."""

from __future__ import annotations

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.rollback import RollbackPlan, Way


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
