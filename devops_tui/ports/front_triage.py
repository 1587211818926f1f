"""What a screen or a command may ask about the search for causes; part of ports.front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.ids import IncidentId
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.domain.runbook import Runbook


class TriageFront(Protocol):
    """What an operator teaches the triage."""

    def mark_cause(self, incident_id: IncidentId, number: int, why: str = "") -> str:
        """Keeps that a cause shown is the cause; returns a rule for it, as YAML.

        The same line comes first in the next failure of that job.

        Args:
            incident_id: The problem.
            number: Which of its causes, from 1.
            why: In the operator's words; may be empty.

        Raises:
            NotFound: There is no such problem.
            Refused: It has no such cause, or belongs to no job.
        """
        ...

    def mark_line(self, place: LogPlace, text: str, why: str = "") -> str:
        """The same of any line of a log; returns a rule for it, as YAML.

        Raises:
            NotFound: There is no such run.
            Refused: Nothing stands in the line.
        """
        ...

    def grade(self, incident_id: IncidentId, severity: IncidentSeverity, why: str = "") -> None:
        """Says how grave a problem is; raises NotFound."""
        ...

    def give(self, incident_id: IncidentId, owner: str, why: str = "") -> None:
        """Gives a problem to somebody of the team, or to nobody; raises NotFound."""
        ...

    def note(self, incident_id: IncidentId, text: str) -> None:
        """Writes a note on a problem; raises NotFound, or Refused for an empty one."""
        ...

    def runbook(self, incident_id: IncidentId) -> Runbook:
        """What to do about a problem, at its section; raises NotFound where nothing is named."""
        ...

    def quarantines(self) -> Sequence[Quarantine]:
        """Tests that are left out of verdicts now, by the configuration or by a wish."""
        ...

    def quarantine(self, test: str, until: datetime, why: str, pipeline: str = "") -> Quarantine:
        """Leaves a test out of verdicts until then; of one pipeline, or of all.

        Raises:
            Refused: The reason is empty, or the end is none or more than 90 days away.
            NotFound: There is no such pipeline.
        """
        ...

    def end_quarantine(self, test: str, why: str) -> Sequence[Quarantine]:
        """Ends what people asked for of a test; raises NotFound."""
        ...
