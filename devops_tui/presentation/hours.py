"""Windows and freezes on screen, and the glass that somebody broke."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.hours import Shut, shut
from devops_tui.domain.pipeline import ENDS, Run
from devops_tui.domain.traffic import Flip
from devops_tui.domain.workspace import Workspace
from devops_tui.presentation.line import Line, line


def shut_now(workspace: Workspace | None, service: str, now: datetime) -> Shut | None:
    """What keeps a service from being changed now; None when nothing does, or is known to."""
    if workspace is None or service not in workspace.services:
        return None
    return shut(workspace.hours_of(service), now)


def shut_line(workspace: Workspace | None, service: str, now: datetime) -> Line:
    """Like "‖ outside of the window, opens Mon 14 Sep 09:00 Europe/Berlin"."""
    found = shut_now(workspace, service, now)
    return line((f"‖ {found.short}", "waits")) if found is not None else ()


def glass_of_run(run: Run) -> Line:
    """Red while the run goes on; empty when nobody broke the glass for it."""
    return glass_line(run.glass) if run.state not in ENDS else _past(run.glass)


def glass_of_flip(flip: Flip) -> Line:
    """Red while the flip goes on."""
    return glass_line(flip.glass) if flip.ended_at is None else _past(flip.glass)


def glass_line(told: str) -> Line:
    """Who broke the glass, and why, in red."""
    return line(("! glass broken by ", "failed"), (told, "failed")) if told else ()


def _past(told: str) -> Line:
    return line(("glass broken by ", "muted"), (told, "muted")) if told else ()
