"""One POST to a program that keeps figures: checked TLS, no redirects, a bounded answer."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from devops_tui.domain.errors import NotTold
from devops_tui.domain.export import Credentials
from devops_tui.integrations.cuttable import Cuttable, closing_early
from devops_tui.ports.runtime import Secrets

TIMEOUT_S = 10.0


async def authorization(credentials: Credentials, secrets: Secrets | None) -> dict[str, str]:
    """The header that says who we are; empty where nothing is asked for.

    Raises:
        NotTold: The secret cannot be looked up; the message never holds it.
    """
    reference = credentials.token or credentials.password
    if not reference:
        return {}
    if secrets is None:
        raise NotTold("nothing here looks up secrets")
    value = await secrets.resolve(reference)
    if not value.isascii() or not value.isprintable():
        raise NotTold("the secret holds characters that no header takes", "Look at its source.")
    if credentials.token:
        return {"Authorization": f"Bearer {value}"}
    pair = base64.b64encode(f"{credentials.user}:{value}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    most_bytes: int,
    timeout_s: float = TIMEOUT_S,
    end: Cuttable | None = None,
) -> tuple[int, bytes]:
    """Status and the beginning of the answer; raises NotTold when there is none.

    `end` cuts it from another thread.
    """
    target = urlsplit(url)
    host, path = target.hostname or "", target.path or "/"
    end = end or Cuttable()
    link: http.client.HTTPConnection
    if target.scheme == "https":
        trust = ssl.create_default_context()
        link = http.client.HTTPSConnection(host, target.port, timeout=timeout_s, context=trust)
    else:
        link = http.client.HTTPConnection(host, target.port, timeout=timeout_s)
    link._create_connection = end.connect  # type: ignore[attr-defined] # no other door
    try:
        where = f"{path}?{target.query}" if target.query else path
        link.request("POST", where, body, dict(headers))
        answer = link.getresponse()
        with closing_early(answer):
            return answer.status, answer.read(most_bytes)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise NotTold(f"{host} does not answer: {reason}") from None
    finally:
        end.let_go()
        link.close()


def words_of(said: bytes) -> str:
    """The beginning of an answer as words for people; untrusted."""
    return "".join(c if c.isprintable() else " " for c in said.decode("ascii", "replace")).strip()
