"""What the leading worker does for the board: its rules, what comes from outside, its Jira."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.ports.store import Store
from devops_tui.services.automation import Automation
from devops_tui.services.boards import Boards
from devops_tui.services.intake.filing import Filing
from devops_tui.services.intake.folder import FolderIntake
from devops_tui.services.intake.messages import MessageIntake


def board_duties(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    secrets: Secrets,
    changed: Callable[[], Awaitable[None]],
) -> Sequence[Callable[[], Awaitable[None]]]:
    """One watch for the rules, and one for each way of the intake."""
    watches: list[Callable[[], Awaitable[None]]] = []
    if workspace.automation:
        watches.append(Automation(store, clock, workspace, changed).watch)
    intake = workspace.intake
    filing = Filing(store, Boards(store, clock, workspace.board, workspace.team))
    if intake.folder:
        watches.append(FolderIntake(Path(intake.folder), filing, clock).watch)
    if intake.port:
        watches.append(MessageIntake(intake, filing, clock, secrets).watch)
    if workspace.jira is not None:
        watches.append(_jira(store, clock, workspace, workspace.jira, secrets, changed))
    return watches


def _jira(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    settings: JiraSettings,
    secrets: Secrets,
    changed: Callable[[], Awaitable[None]],
) -> Callable[[], Awaitable[None]]:
    """Loads the code of Jira only where there is one."""
    from devops_tui.integrations.jira.http import JiraHttp
    from devops_tui.integrations.jira.tracker import JiraTracker
    from devops_tui.services.tracker.sync import TrackerSync

    http = JiraHttp(settings.url, settings.user, settings.token, secrets)
    tracker = JiraTracker(settings, http)
    rules, team = workspace.board, workspace.team
    return TrackerSync(store, clock, settings, rules, team, tracker, changed).watch
