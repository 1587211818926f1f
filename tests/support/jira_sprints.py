"""The sprints of a site: planned, begun, ended, as the descriptions of Jira Software say."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from support.jira_talk import SiteRefusal, SiteTalk

SPRINT = "customfield_10020"
_NAME = 30


class SiteSprints(SiteTalk):
    """Base of JiraSite.

    Attributes:
        sprints: All of the board, in their order.
        may_run_sprints: Whether the account of the worker may.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sprints: list[dict[str, Any]] = []
        self.may_run_sprints = True

    @abstractmethod
    def _told(
        self,
        number: str,
        by: str,
        name: str,
        old: Any,
        new: Any,
        words: str,
        *,
        is_touched: bool = True,
    ) -> None:
        """One more line of a history."""

    @property
    def sprint(self) -> dict[str, Any] | None:
        """The one that runs."""
        return next((s for s in self.sprints if s["state"] == "active"), None)

    @sprint.setter
    def sprint(self, sprint: dict[str, Any] | None) -> None:
        self.sprints = [sprint] if sprint is not None else []

    def sprint_of(self, number: str) -> dict[str, Any]:
        """One of them."""
        for sprint in self.sprints:
            if str(sprint["id"]) == number:
                return sprint
        raise SiteRefusal(404, "Sprint does not exist or you do not have permission to view it.")

    def plan_sprint(self, name: str, **more: Any) -> dict[str, Any]:
        """A new one, which does not run."""
        if not 0 < len(name) <= _NAME:
            raise SiteRefusal(400, "Sprint name must be shorter than 30 characters.")
        made = {"id": int(next(self._numbers)), "name": name, "state": "future", **more}
        self.sprints.append(made)
        return made

    def change_sprint(self, number: str, body: dict[str, Any]) -> dict[str, Any]:
        """Of one that is closed, only name and goal can be changed."""
        sprint, state = self.sprint_of(number), body.get("state")
        allowed = {"future": "active", "active": "closed"}
        if state not in (None, sprint["state"], allowed.get(sprint["state"])):
            raise SiteRefusal(400, f"state: a sprint that is {sprint['state']} cannot be {state}.")
        wanted = {**sprint, **body}
        if state == "active" and not (wanted.get("startDate") and wanted.get("endDate")):
            raise SiteRefusal(400, "A sprint needs both dates to be started.")
        if state == "active" and self.sprint not in (None, sprint):
            raise SiteRefusal(400, "Another sprint of this board is active.")
        sprint.update(body)
        return sprint

    def to_sprint(self, number: str, by: str, sprint: dict[str, Any] | None) -> None:
        issue = self.issue(number)
        closed = [s for s in issue[SPRINT] or () if s["state"] == "closed"]
        issue[SPRINT] = [*closed, *([sprint] if sprint else ())] or None
        self._told(number, by, "Sprint", "", str(sprint["id"]) if sprint else "", "a sprint")
        self._show(number)
