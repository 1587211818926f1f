"""A CI server that builds when it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from devops_tui.domain.tool_build import BuildOrder, BuildThere, LogPiece
from devops_tui.ports.tool import ToolWeb


class LogWeb(ToolWeb, Protocol):
    """HTTP to a tool that also has what grows without bound."""

    async def piece(
        self, path: str, query: Mapping[str, str], most: int
    ) -> tuple[bytes, Mapping[str, str]]:
        """GET; at most so many bytes of a 2xx answer, and its headers in small letters."""
        ...


class BuildServer(Protocol):
    """Builds of one order; keeps how far the log of it was read.

    Every call may raise ToolSilent, and ToolRefused where the server says no. Cancel: the
    connection is cut.
    """

    async def check(self, order: BuildOrder) -> None:
        """Changes nothing.

        Raises:
            NotFound: There is no such job.
            Refused: The build could not be told from others, or would not be what is wanted.
        """
        ...

    async def find(self, order: BuildOrder) -> BuildThere | None:
        """The build with the order's mark, or its place in the queue; None where none is."""
        ...

    async def look(self, order: BuildOrder, there: BuildThere) -> BuildThere | None:
        """How that build stands now; None when it is not there any more."""
        ...

    async def start(self, order: BuildOrder) -> None:
        """Asks for the build, in one request that is never repeated here.

        Raises:
            ToolRefused: The server answered, and not with a success.
            ToolSilent: Nobody knows whether it was heard.
        """
        ...

    async def read_log(self, there: BuildThere) -> LogPiece:
        """The next piece of the log, of bounded size."""
        ...

    async def stop(self, order: BuildOrder, there: BuildThere) -> None:
        """Asks for its end; `look` says when that is reached."""
        ...
