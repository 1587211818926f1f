"""Wishes that come from outside: files in a folder, signed messages; and how they are read."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from devops_tui.domain.board import CardKind
from devops_tui.domain.card_edit import TEXT_LIMIT, TITLE_LIMIT
from devops_tui.domain.errors import Refused

DESK = "service desk"
"""Who files what came in; it has no role, so it can do nothing else."""

WISH_BYTES = 64 << 10
"""A larger wish is refused."""

SIGNED_FOR_S = 300.0
"""How far the time of a signature may be from ours, either way."""

_KINDS = frozenset(kind.value for kind in CardKind)


@dataclass(frozen=True, slots=True)
class Intake:
    """Where wishes come from; nowhere unless it is written.

    Attributes:
        folder: Watched for files; empty for none.
        address, port: Where signed messages are taken; no port means nowhere.
        secret: Reference to the secret that signs them.
    """

    folder: str = ""
    address: str = "127.0.0.1"
    port: int = 0
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants; all text is untrusted.

    Attributes:
        key: What the sender calls it, the same when it is sent again; empty for nothing.
    """

    title: str
    text: str = ""
    kind: CardKind = CardKind.REQUEST
    key: str = ""


def read_wish(data: bytes) -> Wish:
    """A wish out of a file: the first line is its title, the rest its text.

    A first line like "kind: bug" says the kind. An object in JSON is taken as a message is.

    Raises:
        Refused: It is too large, holds no text, or says nothing.
    """
    if len(data) > WISH_BYTES:
        raise Refused(f"more than {WISH_BYTES >> 10} KiB", "Send the gist of it.")
    if b"\0" in data[:4096]:
        raise Refused("no text", "Send text in UTF-8, or JSON.")
    text = data.decode("utf-8-sig", "replace").strip()
    if text.startswith("{"):
        return read_message(data)
    kind = CardKind.REQUEST
    first, _, rest = text.partition("\n")
    key, colon, value = first.partition(":")
    if colon and key.strip().lower() == "kind" and value.strip().lower() in _KINDS:
        kind = CardKind(value.strip().lower())
        first, _, rest = rest.strip().partition("\n")
    return _wish(first.lstrip("# "), rest, kind)


def read_message(data: bytes) -> Wish:
    """A wish out of JSON: {"title": ..., "text": ..., "kind": ..., "id": ...}.

    Raises:
        Refused: It is none, or too large.
    """
    if len(data) > WISH_BYTES:
        raise Refused(f"more than {WISH_BYTES >> 10} KiB", "Send the gist of it.")
    example = 'Send {"title": "...", "text": "...", "kind": "request"}.'
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("no JSON", example) from None
    if not isinstance(found, dict) or not isinstance(found.get("title"), str):
        raise Refused("no title", example)
    text, kind = found.get("text", ""), found.get("kind", CardKind.REQUEST.value)
    if not isinstance(text, str):
        raise Refused("`text` is no text", example)
    if kind not in _KINDS:
        raise Refused("no kind of card", f"There are: {', '.join(sorted(_KINDS))}.")
    wish = _wish(found["title"], text, CardKind(kind))
    return replace(wish, key=str(found.get("id") or ""))


def _wish(title: str, text: str, kind: CardKind) -> Wish:
    title = " ".join(title.split())
    if not title:
        raise Refused("a wish needs a title", "Its first line is the title.")
    if len(title) > TITLE_LIMIT:
        text = f"{title}\n\n{text}"
    return Wish(title[:TITLE_LIMIT], text.strip()[:TEXT_LIMIT], kind)


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """How a message is signed: as the notices that leave this program are."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def why_not_signed(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> str:
    """Why a message is not believed; empty when it is.

    Args:
        secret: Shared with the sender.
        headers: Their names in small letters.
        body: As it came.
        now_s: Seconds since 1970.
    """
    timestamp = headers.get("x-devops-tui-timestamp", "")
    given = headers.get("x-devops-tui-signature", "")
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12 or not given:
        return "not signed"
    wanted = signature_of(secret, timestamp, body)
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        return "a wrong signature"
    if abs(now_s - int(timestamp)) > SIGNED_FOR_S:
        return "signed too long ago, or by another clock"
    return ""


def mark_of_message(wish: Wish, headers: Mapping[str, str]) -> str:
    """The same for a message that is sent again: it is filed once.

    It is made of what is signed alone, so nobody who overhears a message gets past it.
    Who retries with a new signature names the wish by "id".
    """
    key = f"id {wish.key}" if wish.key else headers.get("x-devops-tui-signature", "")
    return f"intake:message:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def mark_of_file(name: str, data: bytes) -> str:
    """The same for a file that was read before: it is filed once."""
    return f"intake:file:{hashlib.sha256(name.encode() + b'/' + data).hexdigest()[:32]}"
