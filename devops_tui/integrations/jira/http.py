"""JSON over HTTP to one site: connections that are kept for a moment, and what answers mean.

Certificates are verified, redirects are not followed, and no message holds a header that
was sent. Source: Atlassian, "Rate limiting" and the status codes of the REST interfaces.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from devops_tui import __version__
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.tracker_errors import (
    TrackerBusy,
    TrackerConflict,
    TrackerError,
    TrackerLogin,
    TrackerNotThere,
    TrackerRefused,
    TrackerUnreachable,
)
from devops_tui.domain.web import plain_http_leaves
from devops_tui.integrations.cuttable import Cut, Cuttable, closing_early
from devops_tui.ports.runtime import Secrets

TIMEOUT_S = 60.0
_STEP_S = 20.0
_IDLE_S = 4.0  # a site closes what is idle, and a request on it would be of unknown end
_KEPT = 8
_BODY_BYTES = 64 << 20
_SAID = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer; `at` is the clock of the site, None where it does not say."""

    status: int
    body: Any
    at: datetime | None


class JiraHttp:
    """Asks one site as one account.

    Args:
        user: Of a Cloud token; empty sends the token as it is (a personal access token).
        token: A reference; resolved once, and again after a 401.
        context: For tests; the system's certificates by default.

    Cancel: the connection is cut; what was asked may be done all the same.
    """

    def __init__(
        self,
        url: str,
        user: str,
        token: str,
        secrets: Secrets,
        context: ssl.SSLContext | None = None,
    ) -> None:
        target = urlsplit(url)
        if plain_http_leaves(url):
            raise TrackerRefused("plain http would show the token to the network", "Use https://.")
        self.host = target.hostname or ""
        self._port = target.port
        self._prefix = target.path.rstrip("/")
        self._is_tls = target.scheme == "https"
        self._context = context
        self._user = user
        self._token = token
        self._secrets = secrets
        self._header = ""
        self._kept: list[tuple[http.client.HTTPConnection, float]] = []
        self._lock = threading.Lock()
        self._is_closed = False

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        """One request.

        Raises:
            TrackerError: Its children say what happened, and whether it was sent.
        """
        if not self._header:
            self._header = await self._login()
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        call = _Call(self._take, self._give, self.host)
        data = None if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": self._header,
            "Accept": "application/json",
            "User-Agent": f"devops-tui/{__version__}",
            "X-Atlassian-Token": "no-check",
        }
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.to_thread(call.run, method, target, data, headers)
        except TimeoutError:
            what = f"{self.host} did not answer in {TIMEOUT_S:.0f} s"
            raise TrackerUnreachable(what, is_sent=True) from None
        except TrackerLogin:
            self._header = ""
            raise
        finally:
            call.cut()

    def close(self) -> None:
        """Gives the connections back; what is still asked gives its own back at its end."""
        with self._lock:
            self._is_closed = True
            kept, self._kept = self._kept, []
        for link, _ in kept:
            link.close()

    async def _login(self) -> str:
        try:
            token = (await self._secrets.resolve(self._token)).strip()
        except DevopsError as error:
            raise TrackerLogin(error.title, error.hint) from None
        if not token.isascii() or not token or any(c <= " " for c in token):
            raise TrackerLogin("the token of Jira is none", f"Look at {self._token}.")
        if not self._user:
            return f"Bearer {token}"
        pair = base64.b64encode(f"{self._user}:{token}".encode()).decode()
        return f"Basic {pair}"

    def _take(self) -> http.client.HTTPConnection:
        now = time.monotonic()
        with self._lock:
            while self._kept:
                link, since = self._kept.pop()
                if now - since < _IDLE_S:
                    return link
                link.close()
        if self._is_tls:
            trust = self._context or ssl.create_default_context()
            self._context = trust
            return http.client.HTTPSConnection(
                self.host, self._port, timeout=_STEP_S, context=trust
            )
        return http.client.HTTPConnection(self.host, self._port, timeout=_STEP_S)

    def _give(self, link: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._is_closed and len(self._kept) < _KEPT:
                self._kept.append((link, time.monotonic()))
                return
        link.close()


class _Call:
    """One request, on a thread; `cut` ends it from any other."""

    def __init__(
        self,
        take: Callable[[], http.client.HTTPConnection],
        give: Callable[[http.client.HTTPConnection], None],
        host: str,
    ) -> None:
        self._take = take
        self._give = give
        self._host = host
        self._end = Cuttable()

    def run(
        self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """The answer; raises TrackerError."""
        link = self._take()
        is_kept = False
        try:
            answer, said = self._asked(link, method, target, data, headers)
            is_kept = self._end.let_go() and answer.isclosed() and not answer.will_close
        finally:
            self._end.let_go()
            if is_kept:
                self._give(link)
            else:
                link.close()
        if not 200 <= answer.status < 300:
            raise refusal(self._host, answer.status, answer.headers, said)
        return Answer(answer.status, _json(said, self._host), _date(answer.headers.get("Date")))

    def cut(self) -> None:
        """Ends what still waits for the other side."""
        self._end.cut()

    def _asked(
        self,
        link: http.client.HTTPConnection,
        method: str,
        target: str,
        data: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[http.client.HTTPResponse, bytes]:
        is_sent = False
        try:
            if link.sock is None:
                link._create_connection = self._end.connect  # type: ignore[attr-defined] # no other door
                link.connect()
            self._end.hold(link.sock)
            link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            is_sent = True
            link.request(method, target, data, dict(headers))
            answer = link.getresponse()
            with closing_early(answer):
                return answer, answer.read(_BODY_BYTES)
        except Cut:
            raise TrackerUnreachable(f"{self._host} was not asked: cancelled") from None
        except ssl.SSLCertVerificationError as error:
            raise TrackerRefused(
                f"the certificate of {self._host} is not trusted: {error.verify_message}",
                "Add its authority to this machine's certificates.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            what = f"{self._host} does not answer: {reason}"
            raise TrackerUnreachable(what, is_sent=is_sent) from None


def refusal(host: str, status: int, headers: Message, said: bytes) -> TrackerError:
    """What a status means; the words are Jira's own, in one line."""
    words = _words(said)
    told = f"{host} answers {status}{f': {words}' if words else ''}"
    wait_s = _wait_s(headers.get("Retry-After"))
    if status == 429 or (status == 503 and wait_s is not None):
        return TrackerBusy(f"{host} asks to be left alone for a while", "", wait_s or 60.0)
    if status >= 500:
        return TrackerUnreachable(told, is_sent=True)
    if status == 401:
        return TrackerLogin(told, "Is the token still valid, and `user` the one it belongs to?")
    if status == 409:
        return TrackerConflict(told)
    if status in (404, 410):
        return TrackerNotThere(told, "Is it there, and may the account see it?")
    if 300 <= status < 400:
        return TrackerRefused(told, "Redirects are not followed: write the address itself.")
    return TrackerRefused(told, "May the account do this?" if status == 403 else "")


def _words(said: bytes) -> str:
    """Jira says what is wrong in two lists; other things in front of it say it as text."""
    text = said[:4096].decode("utf-8", "replace")
    with suppress(ValueError):
        body = json.loads(said)
        if isinstance(body, dict):
            errors = body.get("errors")
            parts = [str(m) for m in body.get("errorMessages") or ()]
            if isinstance(errors, dict):
                parts += [f"{name}: {what}" for name, what in errors.items()]
            text = " ".join(parts) or str(body.get("message") or "")
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_SAID]


def _wait_s(text: str | None) -> float | None:
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    at = _date(text)
    return None if at is None else max(1.0, (at - datetime.now(UTC)).total_seconds())


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _json(said: bytes, host: str) -> Any:
    if not said.strip():
        return {}
    try:
        return json.loads(said)
    except ValueError:
        what = f"{host} answers with what is no JSON"
        raise TrackerUnreachable(what, "Does the URL lead to Jira?", is_sent=True) from None
