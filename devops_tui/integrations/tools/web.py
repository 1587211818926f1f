"""HTTP to one connected tool: checked TLS, no redirects, bounded answers, cut on a cancel.

A reading is a handful of requests a minute: each has a connection of its own.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from devops_tui import __version__
from devops_tui.domain.errors import DevopsError, ToolRefused, ToolSilent
from devops_tui.domain.tool import ToolSettings
from devops_tui.integrations.cuttable import Cuttable, closing_early
from devops_tui.ports.runtime import Secrets

TIMEOUT_S = 20.0
MOST_BYTES = 16 << 20
_SAID = 200


class HttpToolWeb:
    """Implements ports.tool.ToolWeb.

    Args:
        token_header: Name and pattern of the header for a token; a `user` and `password`
            go as Basic. None for a tool whose questions bear the login themselves.
        timeout_s: For all of one request.
        accept: What the tool wants to be asked for.
    """

    def __init__(
        self,
        settings: ToolSettings,
        secrets: Secrets,
        token_header: tuple[str, str] | None = ("Authorization", "Bearer {}"),
        timeout_s: float = TIMEOUT_S,
        accept: str = "application/json",
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._token_header = token_header
        self._timeout_s = timeout_s
        self._accept = accept
        target = urlsplit(settings.url)
        self._host, self._port = target.hostname or "", target.port
        self._is_tls = target.scheme == "https"
        self._prefix = target.path.rstrip("/")

    async def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """GET; what the JSON of a 2xx answer says."""
        return _json(await self._ask("GET", path, query, None, {}), self._host)

    async def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """GET; a 2xx answer as text."""
        return (await self._ask("GET", path, query, None, {})).decode("utf-8", "replace")

    async def post(
        self,
        path: str,
        body: Any,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """POST of JSON, or of a form where `body` is bytes."""
        is_form = isinstance(body, bytes)
        data = body if is_form else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        more = {"Content-Type": kind, **(headers or {})}
        return _json(await self._ask("POST", path, query, data, more), self._host)

    async def piece(
        self, path: str, query: Mapping[str, str], most: int
    ) -> tuple[bytes, Mapping[str, str]]:
        """GET; at most so many bytes of a 2xx answer, and its headers in small letters."""
        return await self._exchange("GET", path, query, None, {}, most)

    async def login(self) -> tuple[str, str]:
        """User and secret; both empty where there is no login."""
        login = self._settings.login
        reference = login.token or login.password
        if not reference:
            return "", ""
        return "" if login.token else login.user, await self._secret(reference)

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        data: bytes | None,
        more: Mapping[str, str],
    ) -> bytes:
        said, _ = await self._exchange(method, path, query, data, more, MOST_BYTES + 1)
        if len(said) > MOST_BYTES:
            raise ToolSilent(
                f"{self._host} answers with more than {MOST_BYTES >> 20} MiB",
                "Narrow down what is asked for.",
            )
        return said

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        data: bytes | None,
        more: Mapping[str, str],
        most: int,
    ) -> tuple[bytes, Mapping[str, str]]:
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": self._accept, "User-Agent": f"devops-tui/{__version__}"}
        headers |= {**more, **(await self._login())}
        end = Cuttable()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(self._call, method, target, data, headers, end, most)
        except TimeoutError:
            raise ToolSilent(f"{self._host} did not answer in {self._timeout_s:.0f} s") from None
        finally:
            end.cut()

    async def _login(self) -> Mapping[str, str]:
        user, secret = await self.login()
        if not secret or self._token_header is None:
            return {}
        if self._settings.login.token:
            name, pattern = self._token_header
            return {name: pattern.format(secret)}
        pair = base64.b64encode(f"{user}:{secret}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}

    async def _secret(self, reference: str) -> str:
        try:
            secret = (await self._secrets.resolve(reference)).strip()
        except DevopsError as error:
            raise ToolSilent(error.title, error.hint) from None
        if not secret.isascii() or not secret or any(c < " " for c in secret):
            raise ToolSilent(f"the secret of {self._settings.name} is none", f"See {reference}.")
        return secret

    def _call(
        self,
        method: str,
        target: str,
        data: bytes | None,
        headers: Mapping[str, str],
        end: Cuttable,
        most: int,
    ) -> tuple[bytes, Mapping[str, str]]:
        link = self._link(end)
        try:
            link.request(method, target, data, dict(headers))
            answer = link.getresponse()
            with closing_early(answer):
                said = answer.read(most)
        except ssl.SSLCertVerificationError as error:
            raise ToolSilent(
                f"the certificate of {self._host} is not trusted: {error.verify_message}",
                "Name the file of its authority as `ca:`.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ToolSilent(f"{self._host} does not answer: {reason}") from None
        finally:
            end.let_go()
            link.close()
        if not 200 <= answer.status < 300:
            raise refusal(self._host, answer.status, said)
        return said, {name.lower(): value for name, value in answer.getheaders()}

    def _link(self, end: Cuttable) -> http.client.HTTPConnection:
        link: http.client.HTTPConnection
        if self._is_tls:
            try:
                trust = ssl.create_default_context(cafile=self._settings.ca or None)
            except OSError as error:  # ssl.SSLError is one
                what = f"{self._settings.ca} is no file of certificates: {error.strerror or error}"
                raise ToolSilent(what, "See `ca:` of this tool.") from None
            link = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s, context=trust
            )
        else:
            link = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        link._create_connection = end.connect  # type: ignore[attr-defined] # no other door
        return link


def refusal(host: str, status: int, said: bytes) -> ToolRefused:
    """What a status means; the words are the tool's own, in one line."""
    shown = "".join(c if c.isprintable() else " " for c in said[:4096].decode("utf-8", "replace"))
    words = "" if "<" in shown[:80] else " ".join(shown.split())[:_SAID]  # a page says nothing
    told = f"{host} answers {status}{f': {words}' if words else ''}"
    hint = ""
    if status in (401, 403):
        hint = "Is the login right, and may it read?"
    if 300 <= status < 400:
        hint = "Redirects are not followed: write the address itself."
    if status == 404:
        hint = "Does the URL lead to such a tool, with its whole path?"
    return ToolRefused(told, hint, status)


def _json(said: bytes, host: str) -> Any:
    text = said.decode("utf-8-sig", "replace")  # one odd byte does not hide all the rest
    try:
        return json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise ToolSilent(
            f"{host} answers with what is no JSON", "Does the URL lead to the tool's interface?"
        ) from None
