"""The part of the double that is about the search for causes."""

from __future__ import annotations

from devops_tui.domain.ids import IncidentId


class FakeTriage:
    """Remembers what was marked."""

    marked: tuple[tuple[str, int, str], ...] = ()

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        self.marked = (*self.marked, (incident_id, number, why))
        return "rules:\n  - name: 'boom'\n"
