"""The part of an operator's session that is about the Jira beside the board."""

from __future__ import annotations

from abc import ABC, abstractmethod

from devops_tui.bootstrap.written_words import refuse_secrets
from devops_tui.domain.board import Card
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import TrackedCard, TrackerStatus
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.board_ledger import Ledger
from devops_tui.services.tracker import questions


class TrackerSession(ABC):
    """Implements ports.front_tracker.TrackerFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    @abstractmethod
    def ensure_worker(self) -> None:
        """Starts a worker when none is alive; Session has it."""

    @abstractmethod
    def _workspace(self) -> Workspace:
        """The configuration; Session has it."""

    def tracker_status(self) -> TrackerStatus:
        """How the two sides stand."""
        return questions.status(self._store, self._jira())

    def tracked_card(self, card_id: CardId) -> TrackedCard:
        """What is known of the issue of a card."""
        return questions.tracked_card(self._store, self._jira(), card_id)

    def ask_tracker(self) -> str:
        """Wants a round at once."""
        self._jira()
        wish = questions.ask_for_round(self._store)
        self.ensure_worker()
        return wish

    def resolve_clash(self, card_id: CardId, field: str, take: str, why: str = "") -> Card:
        """Decides a field."""
        workspace = self._workspace()
        self._jira()
        refuse_secrets(workspace, why)
        ledger = Ledger(self._store, self._clock, workspace.board, workspace.team)
        return questions.Questions(ledger).resolve(card_id, field, take, self._actor, why)

    def _jira(self) -> JiraSettings:
        jira = self._workspace().jira
        if jira is None:
            raise NotFound("the workspace has no Jira", "Write one as `jira:` below `board:`.")
        return jira
