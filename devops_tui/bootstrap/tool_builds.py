"""A build on a connected CI server: which adapter drives which kind, by whose login."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.tools import web_of
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.tool import ToolKind, ToolSettings
from devops_tui.domain.tool_build import BuildOrder, BuildThere
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Secrets
from devops_tui.ports.tool_build import BuildServer
from devops_tui.services.tools.builds import BuildFollowing, Telling
from devops_tui.transports.masker import Masker
from devops_tui.transports.secrets import ReferencedSecrets


async def follow_build(
    workspace: Workspace,
    tool: str,
    order: BuildOrder,
    telling: Telling,
    asked: Callable[[], None],
) -> BuildThere:
    """See BuildFollowing.see_through; the log comes masked of what the login needs."""
    secrets = _Remembering()
    server = _server(_settings(workspace, tool), secrets)
    log = _MaskedLog(telling.log, secrets)
    following = BuildFollowing(server, order, SystemClock(), replace(telling, log=log.feed), asked)
    try:
        return await following.see_through()
    finally:
        log.end()


async def stop_build(
    workspace: Workspace, tool: str, order: BuildOrder, telling: Telling
) -> BuildThere | None:
    """See BuildFollowing.stop."""
    server = _server(_settings(workspace, tool), _Remembering())
    return await BuildFollowing(server, order, SystemClock(), telling).stop()


class _Remembering:
    """Implements ports.runtime.Secrets, and keeps what it gave."""

    def __init__(self) -> None:
        self._inner = ReferencedSecrets()
        self.values: set[str] = set()

    async def resolve(self, reference: str) -> str:
        value = await self._inner.resolve(reference)
        self.values |= {value, value.strip()}
        return value


class _MaskedLog:
    """Nothing was logged before the first question was asked, and so the secrets are known."""

    def __init__(self, out: Callable[[bytes], None], secrets: _Remembering) -> None:
        self._out = out
        self._secrets = secrets
        self._masker: Masker | None = None

    def feed(self, piece: bytes) -> None:
        if self._masker is None:
            self._masker = Masker(self._secrets.values)
        self._out(self._masker.feed(piece))

    def end(self) -> None:
        """What was held back, as it might have been the beginning of a secret."""
        if self._masker is not None:
            self._out(self._masker.feed(b"", final=True))


def _settings(workspace: Workspace, tool: str) -> ToolSettings:
    found = next((t for t in workspace.tools if t.name == tool), None)
    if found is None:
        known = ", ".join(t.name for t in workspace.tools) or "none"
        raise NotFound(f"no tool {tool}", f"There are: {known}.")
    return found


def _server(settings: ToolSettings, secrets: Secrets) -> BuildServer:
    web = web_of(settings, secrets)
    if settings.kind is ToolKind.JENKINS:
        from devops_tui.integrations.tools.jenkins_builds import JenkinsBuilds

        return JenkinsBuilds(web)
    if settings.kind is ToolKind.BUILDBOT:
        from devops_tui.integrations.tools.buildbot_builds import BuildbotBuilds

        return BuildbotBuilds(web)
    raise Refused(
        f"{settings.name} is a {settings.kind}: it is read, and builds nothing for us",
        f"Builds can be asked of: {ToolKind.BUILDBOT}, {ToolKind.JENKINS}.",
    )
