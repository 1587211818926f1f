"""What a screen or a command may ask about problems; part of ports.front.Front."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.handover import HandOver, PostMortem
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.rollback import RollbackPlan


class IncidentFront(Protocol):
    """Calls are synchronous and belong to one thread; all may raise DevopsError."""

    def diagnosis(self, incident_id: IncidentId) -> Diagnosis:
        """What is known of a problem beside its log; tens of milliseconds.

        Raises:
            NotFound: There is no such problem.
        """
        ...

    def hand_over(self, hours: float) -> HandOver:
        """The shift of the last hours, for whoever is on call next."""
        ...

    def post_mortem(self, incident_id: IncidentId) -> PostMortem:
        """The facts of one problem; raises NotFound."""
        ...

    def rollback_plan(self, service: str) -> RollbackPlan:
        """How the service would go back now, or why it cannot; changes nothing.

        Raises:
            NotFound: There is no such service.
        """
        ...
