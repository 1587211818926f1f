"""The part of an operator's session that teaches the triage, and says things of problems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from devops_tui.bootstrap.written_words import refuse_secrets
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.domain.runbook import Runbook
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import quarantines, runbooks
from devops_tui.services.labels import Labels
from devops_tui.services.remarks import IncidentRemarks

_RUNBOOK_BYTES = 2 << 20


class TriageSession:
    """Implements ports.front_triage.TriageFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        """Keeps that a cause shown is the cause; returns a rule for it."""
        return self._labels(why).mark(incident_id, number, self._actor, why)

    def mark_line(self, place: LogPlace, text: str, why: str = "") -> str:
        """The same of any line of a log."""
        return self._labels(why).mark_line(place, text, self._actor, why)

    def grade(self, incident_id: IncidentId, severity: IncidentSeverity, why: str = "") -> None:
        """Says how grave a problem is."""
        self._remarks(why).grade(incident_id, severity, self._actor, why)

    def give(self, incident_id: IncidentId, owner: str, why: str = "") -> None:
        """Gives a problem to somebody."""
        self._remarks(why).give(incident_id, owner, self._actor, why)

    def note(self, incident_id: IncidentId, text: str) -> None:
        """Writes a note."""
        self._remarks(text).note(incident_id, self._actor, text)

    def runbook(self, incident_id: IncidentId) -> Runbook:
        """What to do about a problem."""
        workspace = self._store.workspace()
        folder = Path(workspace.folder) if workspace is not None else Path()
        return runbooks.runbook(self._store, incident_id, lambda name: _text(folder / name))

    def quarantines(self) -> Sequence[Quarantine]:
        """All that have not ended."""
        return quarantines.quarantines_of(self._store, self._clock.now())

    def quarantine(self, test: str, until: datetime, why: str, pipeline: str = "") -> Quarantine:
        """Leaves a test out of verdicts until then."""
        refuse_secrets(self._store.workspace(), why)
        made = Quarantine(test, until, why, pipeline, self._actor)
        return quarantines.quarantine(self._store, self._clock, made)

    def end_quarantine(self, test: str, why: str) -> Sequence[Quarantine]:
        """Ends what people asked for."""
        refuse_secrets(self._store.workspace(), why)
        return quarantines.end_quarantine(self._store, self._clock, test, self._actor, why)

    def _labels(self, words: str) -> Labels:
        from devops_tui.triage.ranking import LogRanking  # patterns: not before the first frame

        refuse_secrets(self._store.workspace(), words)
        return Labels(self._store, self._clock, LogRanking())

    def _remarks(self, words: str) -> IncidentRemarks:
        refuse_secrets(self._store.workspace(), words)
        return IncidentRemarks(self._store, self._clock)


def _text(path: Path) -> str:
    """The text of a document.

    Raises:
        NotFound: It cannot be read.
    """
    path = path.expanduser()
    try:
        with path.open("rb") as file:
            return file.read(_RUNBOOK_BYTES).decode("utf-8", "replace")
    except OSError as error:
        todo = "Correct the path in devops.yaml."
        raise NotFound(f"the runbook {path} cannot be read: {error.strerror}", todo) from None
