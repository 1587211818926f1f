"""A connected tool that is read: a CI server, a monitor, a keeper of logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from devops_tui.domain.tool import Reading, ToolSettings


class ToolWeb(Protocol):
    """HTTP to one tool: logged in, certificates checked, no redirects, bounded answers.

    Paths begin with a slash and follow the tool's URL. Every call may raise ToolSilent, whose
    words hold nothing of what was sent. Cancel: the connection is cut.
    """

    async def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """GET; what the JSON of a 2xx answer says. Untrusted."""
        ...

    async def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """GET; a 2xx answer as text. Untrusted."""
        ...

    async def post(
        self,
        path: str,
        body: Any,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """POST of JSON, or of a form where `body` is bytes; as `json`.

        `headers` may bear what the tool itself gave for a login.
        """
        ...

    async def login(self) -> tuple[str, str]:
        """User and secret, for a tool that wants them in its questions; a token has no user."""
        ...


class ToolReader(Protocol):
    """One kind of tool."""

    async def read(self, web: ToolWeb, settings: ToolSettings) -> Reading:
        """What it says now.

        Raises:
            ToolSilent: It does not answer, or not as such a tool does.
        """
        ...


class Tool(Protocol):
    """One tool of the configuration."""

    @property
    def settings(self) -> ToolSettings: ...

    async def read(self) -> Reading:
        """As ToolReader."""
        ...
