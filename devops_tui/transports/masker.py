r"""Takes secrets out of streams of bytes, in all the forms in which programs print them.

Forms: plain, URL-encoded (two ways), base64 at each of its three offsets (both alphabets),
hexadecimal (both cases), JSON (with and without \u escapes), quoted for a shell, and each
line of a secret of several lines.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = b"***"
SHORTEST = 4
"""Bytes; what is shorter would mask ordinary text everywhere and protects nothing."""


class Masker:
    """Feeds on chunks and gives them back with every form of every secret replaced.

    The end of a chunk that may be the beginning of a secret is held back until the next
    one; `feed(b"", final=True)` gives the rest. One Masker belongs to one stream.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({form for secret in secrets for form in _forms(secret)}, key=_longest_first)
        self._pattern = re.compile(b"|".join(map(re.escape, forms))) if forms else None
        self._prefixes = frozenset(form[:end] for form in forms for end in range(1, len(form)))
        self._longest = max(map(len, forms), default=0)
        self._held = b""

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        """What is certain of the stream so far; the same bytes whatever the chunks are."""
        if self._pattern is None:
            return chunk
        data = self._held + chunk
        certain = len(data) if final else len(data) - self._open_end(data)
        output: list[bytes] = []
        position = 0
        for match in self._pattern.finditer(data):
            if match.start() >= certain:
                break
            output += (data[position : match.start()], MASK)
            position = match.end()
        if position < certain:
            output.append(data[position:certain])
            position = certain
        self._held = data[position:]
        return b"".join(output)

    def mask(self, text: str) -> str:
        """A whole text at once; does not touch the stream."""
        if self._pattern is None:
            return text
        masked = self._pattern.sub(MASK, text.encode("utf-8", "surrogateescape"))
        return masked.decode("utf-8", "surrogateescape")

    def _open_end(self, data: bytes) -> int:
        """Length of the longest end of `data` that could still become a longer form."""
        for length in range(min(self._longest - 1, len(data)), 0, -1):
            if data[-length:] in self._prefixes:
                return length
        return 0


def _longest_first(form: bytes) -> tuple[int, bytes]:
    return -len(form), form


def _forms(secret: str) -> Iterator[bytes]:
    for text in {secret, secret.strip(), *secret.splitlines()}:
        plain = text.encode("utf-8", "surrogateescape")
        if len(plain) < SHORTEST:
            continue
        yield plain
        yield quote(plain, safe="").encode()
        yield quote(plain).encode()
        yield quote_plus(plain).encode()
        yield json.dumps(text)[1:-1].encode("utf-8", "surrogateescape")
        yield json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape")
        yield shlex.quote(text).strip("'").encode("utf-8", "surrogateescape")
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        yield from _base64_forms(plain)


def _base64_forms(plain: bytes) -> Iterator[bytes]:
    """The digits that the secret alone decides, wherever it begins in a group of three."""
    for offset in range(3):
        padded = b"\0" * offset + plain
        first = (0, 2, 3)[offset]
        last = len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            digits = encode(padded)[first:last]
            if len(digits) >= SHORTEST:
                yield digits
