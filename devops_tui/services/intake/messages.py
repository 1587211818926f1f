"""Takes wishes as signed messages: POST /cards, and nothing else.

Meant for loopback or a proxy with TLS before it. What is not signed with the shared secret,
or was signed too long ago, is not read further; a message that comes again finds its card.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass

from devops_tui.domain.errors import DevopsError, Refused, StoreError
from devops_tui.domain.intake import (
    WISH_BYTES,
    Intake,
    mark_of_message,
    read_message,
    why_not_signed,
)
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.services.intake.filing import Filing

PATH = "/cards"
MOST_CLIENTS = 16
LEAST_SECRET = 16
"""Characters; a shorter secret can be guessed from one message."""

_HEAD_BYTES = 16 << 10
_ANSWER_S = 10.0
_AGAIN_S = 30.0
_REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}

log = logging.getLogger(__name__)


class _Turned(Exception):
    """A message that is not taken: the status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class MessageIntake:
    """Listens where the intake says.

    Attributes:
        secrets: Looks up the secret when it begins to listen.
    """

    intake: Intake
    filing: Filing
    clock: Clock
    secrets: Secrets
    _secret: str = ""
    _server: asyncio.Server | None = None
    _clients: int = 0

    async def watch(self) -> None:
        """Listens until cancelled; where it cannot, it tries again."""
        place = f"{self.intake.address}:{self.intake.port}"
        while True:
            try:
                await self.open()
            except (OSError, DevopsError) as error:
                log.warning("wishes cannot be taken at %s: %s", place, error)
                await self.clock.sleep(_AGAIN_S)
                continue
            log.info("wishes are taken at http://%s%s", place, PATH)
            try:
                await asyncio.Event().wait()
            finally:
                await self.close()

    async def open(self) -> int:
        """Listens; the port, where 0 asked for any.

        Raises:
            OSError: Another program has the port, or the address is not of this machine.
            DevopsError: The secret cannot be looked up, or is too short.
        """
        secret = (await self.secrets.resolve(self.intake.secret)).strip()
        if len(secret) < LEAST_SECRET:
            what = f"the secret of the intake has less than {LEAST_SECRET} characters"
            raise Refused(what, "Make a longer one: `openssl rand -hex 32`.")
        self._secret = secret
        address, port = self.intake.address, self.intake.port
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
                try:
                    if self._clients > MOST_CLIENTS:
                        raise _Turned(503, "too many at once")
                    status, told = await self._take(reader, writer)
                except _Turned as no:
                    status, told = no.status, {"error": str(no)}
                    log.info("a message was not taken: %s", no)
                writer.write(_answer(status, told))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            log.info("a sender went away: %r", error)
        finally:
            self._clients -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, dict[str, object]]:
        headers = _headers(await reader.readuntil(b"\r\n\r\n"))
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdecimal() or len(length) > 12:
            raise _Turned(411, "say Content-Length")
        if int(length) > WISH_BYTES:
            raise _Turned(413, f"more than {WISH_BYTES >> 10} KiB")
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(length))
        why_not = why_not_signed(self._secret, headers, body, self.clock.now().timestamp())
        if why_not:
            raise _Turned(401, why_not)
        try:
            wish = read_message(body)
            card, is_new = self.filing.file(wish, mark_of_message(wish, headers))
        except Refused as error:
            raise _Turned(422, str(error)) from None
        except StoreError:
            raise _Turned(503, "nothing was stored, send it again") from None
        return (201 if is_new else 200), {"card": card.id}


def _headers(head: bytes) -> dict[str, str]:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    if rest.partition(" ")[0] != PATH:
        raise _Turned(404, f"wishes are taken at {PATH}")
    if method != "POST":
        raise _Turned(405, "only POST")
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = name.strip().lower()
        if name in found:  # two lengths, or two signatures: nobody knows which one counts
            raise _Turned(400, f"{name} twice")
        found[name] = value.strip()
    return found


def _answer(status: int, told: dict[str, object]) -> bytes:
    body = json.dumps(told).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
