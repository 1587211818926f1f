"""What a screen or a command may ask about the search for causes; part of ports.front."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.ids import IncidentId


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
