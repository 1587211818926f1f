"""Reads a tool as the worker does: settings, login and all."""

from __future__ import annotations

from typing import Any

from devops_tui.bootstrap.tools import ConnectedTool
from devops_tui.domain.errors import NotFound
from devops_tui.domain.export import Credentials
from devops_tui.domain.tool import Reading, ToolKind, ToolSettings

SECRET = "swordfish-4711"


class OneSecret:
    """Implements ports.runtime.Secrets: `env:TOKEN` is all there is."""

    async def resolve(self, reference: str) -> str:
        if reference != "env:TOKEN":
            raise NotFound(f"no secret {reference}")
        return SECRET


def settings_of(kind: ToolKind, url: str, **more: Any) -> ToolSettings:
    """A tool that is called "tool"."""
    return ToolSettings("tool", kind, url, **more)


async def read_tool(
    kind: ToolKind, url: str, *, token: bool = False, user: str = "", **more: Any
) -> Reading:
    """One reading; a token, or a user with a password, is the secret."""
    login = Credentials(token="env:TOKEN") if token else Credentials()
    if user:
        login = Credentials(user=user, password="env:TOKEN")
    settings = settings_of(kind, url, login=login, **more)
    return await ConnectedTool(settings, OneSecret(), lambda t: t.replace(SECRET, "***")).read()
