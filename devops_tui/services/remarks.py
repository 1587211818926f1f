"""Writes down how grave a problem is, whose it is, and notes on it."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.remark import GRADED, NOTED, OWNED, IncidentSeverity, Remarks, remarks
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_EVENTS = 500
_LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class IncidentRemarks:
    """The remarks of one workspace; each call raises NotFound where there is no such problem."""

    store: Store
    clock: Clock

    def of(self, incident_id: IncidentId) -> Remarks:
        """All of one problem."""
        return remarks_of(self.store, incident_id)

    def grade(
        self, incident_id: IncidentId, severity: IncidentSeverity, actor: str, why: str
    ) -> None:
        """Says how grave it is."""
        self._append(GRADED, incident_id, actor, why, {"severity": severity.value})

    def give(self, incident_id: IncidentId, owner: str, actor: str, why: str) -> None:
        """Gives it to somebody of the team; an empty owner to nobody.

        Raises:
            NotFound: There is no such person in the team.
        """
        workspace = self.store.workspace()
        team = {member.name for member in workspace.team.members} if workspace else set()
        if owner and team and owner not in team:
            raise NotFound(f"nobody named {owner} is in the team", f"There are: {_some(team)}.")
        self._append(OWNED, incident_id, actor, why, {"owner": owner})

    def note(self, incident_id: IncidentId, actor: str, text: str) -> None:
        """Writes a note.

        Raises:
            Refused: It is empty, or longer than a note.
        """
        if not text.strip():
            raise Refused("an empty note", "Say what you saw or did.")
        if len(text) > _LONGEST_NOTE:
            raise Refused("too long for a note", f"{_LONGEST_NOTE} characters are the most.")
        self._append(NOTED, incident_id, actor, text.strip(), {})

    def _append(
        self, kind: str, incident_id: IncidentId, actor: str, why: str, data: dict[str, Json]
    ) -> None:
        with self.store.transaction():
            self.store.incident(incident_id)  # raises NotFound
            event = Event(kind, incident_id, self.clock.now(), actor, why, data)
            self.store.append(event)


def remarks_of(store: Store, incident_id: IncidentId) -> Remarks:
    """What people said of a problem."""
    return remarks(store.events(subject=incident_id, limit=_EVENTS, newest=True))


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:8])
