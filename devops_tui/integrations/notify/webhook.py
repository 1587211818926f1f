"""JSON by HTTP POST, as Slack and Mattermost take it, signed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import re
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from devops_tui.domain.codec import encode
from devops_tui.domain.errors import DevopsError, NotTold
from devops_tui.domain.notify import Message, WebhookWay
from devops_tui.domain.web import plain_http_leaves
from devops_tui.integrations.cuttable import Cuttable, closing_early
from devops_tui.ports.runtime import Clock, Secrets

TIMEOUT_S = 20.0

_STEP_S = 10.0  # for one step on the wire
_BODY_BYTES = 4096
_CALLS = re.compile(r"@(?=all\b|channel\b|everyone\b|here\b)", re.IGNORECASE)


class WebhookSender:
    """Needs: nothing but the network. Certificates are verified, redirects are not followed.

    Args:
        context: For tests; the system's certificates by default.
    """

    def __init__(
        self, way: WebhookWay, secrets: Secrets, clock: Clock, context: ssl.SSLContext | None = None
    ) -> None:
        self._way = way
        self._secrets = secrets
        self._clock = clock
        self._context = context

    async def send(self, message: Message) -> None:
        """See ports.notify.Sender."""
        try:
            url = self._way.url
            if not url.startswith(("https://", "http://")):
                url = (await self._secrets.resolve(url)).strip()
            secret = await self._secrets.resolve(self._way.sign) if self._way.sign else ""
        except DevopsError as error:
            raise NotTold(error.title, error.hint) from None
        target = _target(url, is_plain_allowed=self._way.is_plain_allowed)
        body = json.dumps(body_of(message, has_details=self._way.has_details)).encode()
        now = f"{self._clock.now().timestamp():.0f}"
        headers = headers_of(message, body, now, secret)
        post = _Post(target, self._context)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await asyncio.to_thread(post.run, body, headers)
        except TimeoutError:
            raise NotTold(f"{target.hostname} did not answer in {TIMEOUT_S:.0f} s") from None
        finally:
            post.cut()


def body_of(message: Message, *, has_details: bool) -> dict[str, object]:
    """Text for people, with nothing of it acting; the facts for programs."""
    title = f"{escaped(message.title)}\n" if len(message.lines) > 1 else ""
    lines = "\n".join(escaped(told) for told in message.lines)
    if not title:
        lines = f"[{escaped(message.workspace)}] {lines}"
    body: dict[str, object] = {"text": f"{title}{lines}"}
    if has_details:
        body["devops_tui"] = {
            "key": message.key,
            "workspace": message.workspace,
            "channel": message.channel,
            "severity": message.severity.value,
            "notices": encode(message.notices),
            "more": message.more,
        }
    return body


def escaped(text: str) -> str:
    """As Slack wants it; "@here" and the like call nobody."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALLS.sub("@\u2060", safe)


def headers_of(message: Message, body: bytes, now: str, secret: str) -> dict[str, str]:
    """The headers; with a secret the timestamp and the body are signed."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "devops-tui",
        "Idempotency-Key": hashlib.sha256(message.key.encode()).hexdigest(),
        "X-Devops-Tui-Timestamp": now,
    }
    if secret:
        digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        headers["X-Devops-Tui-Signature"] = f"v1={digest}"
    return headers


def _target(url: str, *, is_plain_allowed: bool) -> SplitResult:
    """Raises NotTold; its text never holds the URL, which may be a secret."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        found, port = SplitResult("", "", "", "", ""), None
    if found.scheme not in ("https", "http") or not found.hostname or port == 0:
        raise NotTold("no URL of a webhook", "Write it like https://chat.example.com/hook.")
    if not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise NotTold("the URL of the webhook holds what no URL may hold", "Correct it.")
    if plain_http_leaves(url) and not is_plain_allowed:
        raise NotTold(
            "plain http would carry this over the network unprotected",
            "Use https://, or allow it by `plain_http: true`.",
        )
    return found


class _Post:
    """One request, on a thread; `cut` ends it from any other."""

    def __init__(self, target: SplitResult, context: ssl.SSLContext | None) -> None:
        host, port = target.hostname or "", target.port
        self._host = host
        self._path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        self._end = Cuttable()
        self._link: http.client.HTTPConnection
        if target.scheme == "https":
            trust = context or ssl.create_default_context()
            self._link = http.client.HTTPSConnection(host, port, timeout=_STEP_S, context=trust)
        else:
            self._link = http.client.HTTPConnection(host, port, timeout=_STEP_S)

    def run(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises NotTold unless the answer is 2xx."""
        try:
            self._link._create_connection = self._end.connect  # type: ignore[attr-defined] # no other door
            self._link.connect()
            self._end.hold(self._link.sock)
            self._link.request("POST", self._path, body, dict(headers))
            answer = self._link.getresponse()
            with closing_early(answer):
                said = answer.read(_BODY_BYTES)
        except ssl.SSLCertVerificationError as error:
            raise NotTold(
                f"the certificate of {self._host} is not trusted: {error.verify_message}",
                "Add its authority to this machine's certificates.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise NotTold(f"{self._host} cannot be told: {reason}") from None
        finally:
            self._end.let_go()
            self._link.close()
        if not 200 <= answer.status < 300:
            raise _refusal(self._host, answer, said)

    def cut(self) -> None:
        """Ends what still waits for the other side."""
        self._end.cut()


def _refusal(host: str, answer: http.client.HTTPResponse, said: bytes) -> NotTold:
    words = said[:200].decode("ascii", "replace")
    shown = "".join(c if c.isprintable() else " " for c in words).strip()
    told = f"{host} answers {answer.status}{f': {shown}' if shown else ''}"
    if 300 <= answer.status < 400:
        return NotTold(told, "Redirects are not followed: write the address itself.")
    wait = answer.getheader("Retry-After") or ""
    return NotTold(told, retry_after_s=float(wait) if wait.isdecimal() else None)
