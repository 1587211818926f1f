"""The part of an operator's session that is about problems and the way back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from devops_tui.bootstrap.session_history import HistorySession
from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.handover import HandOver, PostMortem
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.rollback import RollbackPlan
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import handover
from devops_tui.services.diagnosis import diagnose
from devops_tui.services.rollbacks import plan_rollback


class IncidentSession(HistorySession, ABC):
    """Implements ports.front_incidents.IncidentFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    @abstractmethod
    def plan_of_flip(self, service: str) -> Sequence[str]:
        """The exact commands that a flip would send; Session has it."""

    @abstractmethod
    def _workspace(self) -> Workspace:
        """The configuration; Session has it."""

    def diagnosis(self, incident_id: IncidentId) -> Diagnosis:
        """What is known of a problem beside its log."""
        return diagnose(self._store, incident_id, self.history_here)

    def hand_over(self, hours: float) -> HandOver:
        """The shift of the last hours."""
        return handover.hand_over(self._store, self._clock, self._actor, hours)

    def post_mortem(self, incident_id: IncidentId) -> PostMortem:
        """The facts of one problem."""
        return handover.post_mortem(self._store, self._clock, incident_id, self.history_here)

    def rollback_plan(self, service: str) -> RollbackPlan:
        """How the service would go back now, or why it cannot."""
        workspace = self._workspace()
        commands = self.plan_of_flip(service)
        return plan_rollback(self._store, self._clock, workspace, service, commands)
