"""Takes wishes as signed messages: POST /cards, and nothing else.

Meant for loopback or a proxy with TLS before it. What is not signed with the shared secret,
or was signed too long ago, is not read further; a message that comes again finds its card.
"""

from __future__ import annotations

import asyncio
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
from devops_tui.services.small_web import Head, SmallServer, answer, read_head

PATH = "/cards"
LEAST_SECRET = 16
"""Characters; a shorter secret can be guessed from one message."""

_AGAIN_S = 30.0

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
    _server: SmallServer | None = None

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
        busy = _told(503, {"error": "too many at once"})
        self._server = SmallServer(self._answer, busy, "a sender")
        return await self._server.open(self.intake.address, self.intake.port)

    async def close(self) -> None:
        """Listens no more."""
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        try:
            return _told(*await self._take(reader, writer))
        except _Turned as no:
            log.info("a message was not taken: %s", no)
            return _told(no.status, {"error": str(no)})

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, dict[str, object]]:
        headers = _headers(await read_head(reader))
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


def _headers(head: Head) -> dict[str, str]:
    if head.target != PATH:
        raise _Turned(404, f"wishes are taken at {PATH}")
    if head.method != "POST":
        raise _Turned(405, "only POST")
    found: dict[str, str] = {}
    for name, value in head.fields:
        if name in found:  # two lengths, or two signatures: nobody knows which one counts
            raise _Turned(400, f"{name} twice")
        found[name] = value
    return found


def _told(status: int, told: dict[str, object]) -> bytes:
    return answer(status, "application/json", json.dumps(told).encode() + b"\n")
