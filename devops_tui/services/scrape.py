"""Serves figures: GET /metrics, and nothing else.

Meant for loopback: without a password.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from devops_tui.services.small_web import SmallServer, answer, read_head

PATH = "/metrics"

Text = Callable[[bool], tuple[str, str]]
"""(content type, text); the argument says whether the reader knows OpenMetrics."""


class ScrapeServer:
    """Serves a text that is made anew for each request."""

    def __init__(self, text: Text) -> None:
        self._text = text
        busy = answer(503, "text/plain", b"too many readers\n")
        self._server = SmallServer(self._answer, busy, "a reader of figures")

    async def open(self, address: str, port: int) -> int:
        """Listens; the port, where 0 asked for any.

        Raises:
            OSError: Another program has the port, or the address is not of this machine.
        """
        return await self._server.open(address, port)

    async def close(self) -> None:
        """Listens no more."""
        await self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> bytes:
        head = await read_head(reader)
        if head.method not in ("GET", "HEAD"):
            return answer(405, "text/plain", b"only GET\n")
        if head.target.partition("?")[0] != PATH:
            return answer(404, "text/plain", f"figures are at {PATH}\n".encode())
        accepts = " ".join(value for name, value in head.fields if name == "accept")
        kind, text = self._text("application/openmetrics-text" in accepts)
        return answer(200, kind, text.encode(), is_head=head.method == "HEAD")
