"""A very small web server: GET /metrics, and nothing else.

Meant for loopback: without a password, one request a connection, bounded in size and time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

MOST_CLIENTS = 16
_HEAD_BYTES = 16 << 10
_ANSWER_S = 10.0
PATH = "/metrics"

log = logging.getLogger(__name__)

Text = Callable[[bool], tuple[str, str]]
"""(content type, text); the argument says whether the reader knows OpenMetrics."""


class ScrapeServer:
    """Serves a text that is made anew for each request."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._server: asyncio.Server | None = None
        self._clients = 0

    async def open(self, address: str, port: int) -> int:
        """Listens; the port, where 0 asked for any.

        Raises:
            OSError: Another program has the port, or the address is not of this machine.
        """
        self._server = await asyncio.start_server(self._serve, address, port, limit=_HEAD_BYTES)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Listens no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            async with asyncio.timeout(_ANSWER_S):
                if self._clients > MOST_CLIENTS:
                    answer = _answer(503, "text/plain", "too many readers\n")
                else:
                    answer = self._answer(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer)
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            log.info("a reader of figures went away: %r", error)
        finally:
            self._clients -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> bytes:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if method not in ("GET", "HEAD"):
            return _answer(405, "text/plain", "only GET\n")
        if path != PATH:
            return _answer(404, "text/plain", f"figures are at {PATH}\n")
        accepts = " ".join(
            v for n, _, v in (x.partition(":") for x in lines) if n.lower() == "accept"
        )
        kind, text = self._text("application/openmetrics-text" in accepts)
        return _answer(200, kind, text, is_head=method == "HEAD")


_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


def _answer(status: int, kind: str, text: str, *, is_head: bool = False) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (b"" if is_head else body)
