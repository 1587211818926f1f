"""The part of the double that is about the search for causes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.handover import HandOver, PostMortem
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.domain.rollback import RollbackPlan, Way
from devops_tui.domain.runbook import Runbook, opened

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)


class FakeTriage:
    """Remembers what was marked."""

    known = Diagnosis()
    way_back = RollbackPlan("shop", "production", True, Way.NONE, why_not="never flipped")
    marked: tuple[tuple[str, int, str], ...] = ()
    remarked: tuple[tuple[str, ...], ...] = ()
    quarantined: tuple[Quarantine, ...] = ()
    book = "# Runbook\n\nIn general.\n\n## unit\n\nLook at the rounding.\n"

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        self.marked = (*self.marked, (incident_id, number, why))
        return "rules:\n  - name: 'boom'\n"

    def mark_line(self, place: LogPlace, text: str, why: str = "") -> str:
        self.remarked = (*self.remarked, ("mark", str(place), text, why))
        return "rules:\n  - name: 'boom'\n"

    def grade(self, incident_id: IncidentId, severity: IncidentSeverity, why: str = "") -> None:
        self.remarked = (*self.remarked, ("grade", incident_id, severity.value, why))

    def give(self, incident_id: IncidentId, owner: str, why: str = "") -> None:
        self.remarked = (*self.remarked, ("give", incident_id, owner, why))

    def note(self, incident_id: IncidentId, text: str) -> None:
        self.remarked = (*self.remarked, ("note", incident_id, text))

    def runbook(self, incident_id: IncidentId) -> Runbook:
        return opened("runbook.md", self.book, ["unit"])

    def quarantines(self) -> Sequence[Quarantine]:
        return self.quarantined

    def quarantine(self, test: str, until: datetime, why: str, pipeline: str = "") -> Quarantine:
        made = Quarantine(test, until, why, pipeline, "jun")
        self.quarantined = (*self.quarantined, made)
        return made

    def end_quarantine(self, test: str, why: str) -> Sequence[Quarantine]:
        return ()

    def diagnosis(self, incident_id: IncidentId) -> Diagnosis:
        return self.known

    def rollback_plan(self, service: str) -> RollbackPlan:
        return self.way_back

    def hand_over(self, hours: float) -> HandOver:
        return HandOver("shop", "jun", NOW, NOW)

    def post_mortem(self, incident_id: IncidentId) -> PostMortem:
        found = Incident(incident_id, "f", "a problem", IncidentState.OPEN, NOW, NOW)
        return PostMortem("shop", NOW, found)
