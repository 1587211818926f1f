"""Which screen belongs to which view; imported when it is opened for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devops_tui.tui.screens.base import ViewScreen

VIEWS: Mapping[str, tuple[str, str]] = {
    "home": ("devops_tui.tui.screens.home", "HomeScreen"),
    "pipelines": ("devops_tui.tui.screens.pipelines", "PipelinesScreen"),
    "releases": ("devops_tui.tui.screens.releases", "ReleasesScreen"),
    "board": ("devops_tui.tui.screens.board", "BoardScreen"),
    "fleet": ("devops_tui.tui.screens.fleet", "FleetScreen"),
    "incidents": ("devops_tui.tui.screens.incidents", "IncidentsScreen"),
    "figures": ("devops_tui.tui.screens.figures", "FiguresScreen"),
    "audit": ("devops_tui.tui.screens.audit", "AuditScreen"),
    "tools": ("devops_tui.tui.screens.tools", "ToolsScreen"),
    "artifacts": ("devops_tui.tui.screens.artifacts", "ArtifactsScreen"),
    "changes": ("devops_tui.tui.screens.changes", "ChangesScreen"),
    "stream": ("devops_tui.tui.screens.stream", "StreamScreen"),
    "commands": ("devops_tui.tui.screens.commands", "CommandsScreen"),
    "runbook": ("devops_tui.tui.screens.runbook", "RunbookScreen"),
    "search": ("devops_tui.tui.screens.search", "SearchScreen"),
    "mistakes": ("devops_tui.tui.screens.mistakes", "MistakesScreen"),
}


def make_view(name: str) -> ViewScreen:
    """A new screen of that view; KeyError when there is none of that name."""
    module, class_name = VIEWS[name]
    made: ViewScreen = getattr(import_module(module), class_name)()
    return made


class History:
    """The views that were looked at, as places: a view and what was selected there."""

    def __init__(self) -> None:
        self._places: list[tuple[str, str]] = []
        self._at = -1

    @property
    def here(self) -> tuple[str, str] | None:
        """Where the operator is."""
        return self._places[self._at] if self._places else None

    def visit(self, view: str, subject: str) -> None:
        """Goes somewhere new; what lay ahead is forgotten."""
        if self.here == (view, subject):
            return
        del self._places[self._at + 1 :]
        self._places.append((view, subject))
        self._at = len(self._places) - 1

    def walk(self, by: int) -> tuple[str, str] | None:
        """The place `by` steps away, which is then here; None at the end."""
        there = self._at + by
        if not 0 <= there < len(self._places):
            return None
        self._at = there
        return self._places[there]

    def last_other_view(self) -> tuple[str, str] | None:
        """The newest place of another view."""
        here = self.here
        before = reversed(self._places[: self._at])
        return next((p for p in before if here is None or p[0] != here[0]), None)
