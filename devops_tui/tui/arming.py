"""Look-only environments, and for how long the operator has armed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Environment

ARMED_FOR = timedelta(minutes=15)


def environment_of(overview: Overview | None, service: str) -> Environment | None:
    """Where a service lives; without one, the most carefully handled environment."""
    workspace = overview.workspace if overview else None
    if workspace is None:
        return None
    if service in workspace.services:
        return workspace.environment_of(workspace.services[service].name)
    careful = sorted(
        workspace.environments.values(), key=lambda e: (not e.is_protected, not e.is_readonly)
    )
    return careful[0] if careful else None


class Arming:
    """Which environments may be changed now.

    Args:
        is_readonly: Every environment starts look-only, whatever the workspace says.
        now: The operator's clock.
    """

    def __init__(self, is_readonly: bool, now: Callable[[], datetime]) -> None:
        self._is_readonly = is_readonly
        self._now = now
        self._until: dict[str, datetime] = {}

    def shown(self, environment: Environment | None) -> Environment | None:
        """The environment as this session treats it."""
        if environment is not None and self._is_readonly and not environment.is_readonly:
            return replace(environment, is_readonly=True)
        return environment

    def until(self, environment: Environment | None) -> datetime | None:
        """Until when it is armed; None when it is not."""
        end = self._until.get(environment.name if environment else "")
        return end if end is not None and end > self._now() else None

    def is_armed(self, environment: Environment | None) -> bool:
        """Whether changes are allowed there now."""
        shown = self.shown(environment)
        is_look_only = shown.is_readonly if shown else self._is_readonly
        return not is_look_only or self.until(environment) is not None

    def needs_arming(self, environment: Environment | None) -> bool:
        """Whether it is look-only unless armed."""
        shown = self.shown(environment)
        return shown.is_readonly if shown else self._is_readonly

    def toggle(self, environment: Environment | None) -> datetime | None:
        """Arms for 15 minutes, or disarms; returns until when it is armed."""
        name = environment.name if environment else ""
        if self.until(environment) is not None:
            del self._until[name]
            return None
        self._until[name] = self._now() + ARMED_FOR
        return self._until[name]
