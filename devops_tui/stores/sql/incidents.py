"""Problems."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.stores.sql.journal import SqlJournal, dump, load


class SqlIncidents(SqlJournal):
    """Implements ports.store.Incidents."""

    def next_incident_number(self) -> int:
        return self._next("incident")

    def add_incident(self, incident: Incident) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO incident (id, seq, state, fingerprint, body) VALUES (?, ?, ?, ?, ?)",
                (
                    incident.id,
                    self._next("incident row"),
                    incident.state,
                    incident.fingerprint,
                    dump(incident),
                ),
            )

    def save_incident(self, incident: Incident) -> None:
        changed = self._db.execute(
            "UPDATE incident SET state = ?, body = ? WHERE id = ?",
            (incident.state, dump(incident), incident.id),
        )
        if changed != 1:
            raise NotFound(f"no incident {incident.id}")

    def incident(self, incident_id: IncidentId) -> Incident:
        row = self._db.row("SELECT body FROM incident WHERE id = ?", (incident_id,))
        if row is None:
            raise NotFound(f"no incident {incident_id}", "`devops-tui triage` lists them.")
        return load(Incident, row[0])

    def incidents(self, open_only: bool = False, limit: int = 100) -> Sequence[Incident]:
        where = f"WHERE state <> '{IncidentState.RESOLVED.value}'" if open_only else ""
        return self._bodies(
            f"SELECT body FROM incident {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - fixed words
            Incident,
            (limit,),
        )

    def open_incident(self, fingerprint: str) -> Incident | None:
        row = self._db.row(
            "SELECT body FROM incident WHERE fingerprint = ? AND state <> 'resolved'",
            (fingerprint,),
        )
        return load(Incident, row[0]) if row else None
