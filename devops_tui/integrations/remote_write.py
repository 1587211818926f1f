"""Prometheus remote write 1.0: one message of protobuf, packed as snappy, by POST.

Needs: a receiver (Prometheus with --web.enable-remote-write-receiver, VictoriaMetrics).
Cancel: cut at once; the request may have arrived, and the receiver takes the same points
twice without harm.
Source: the specification of Prometheus Remote-Write 1.0; protobuf's encoding guide; the
description of snappy's block format.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from devops_tui import __version__
from devops_tui.domain.errors import ConfigError, NotFound, NotTold
from devops_tui.domain.export import Credentials, Series
from devops_tui.integrations.cuttable import Cuttable
from devops_tui.integrations.figure_http import authorization, post, words_of
from devops_tui.ports.runtime import Secrets

_HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "User-Agent": f"devops-tui/{__version__}",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_BLOCK = 1 << 16
_SAID_BYTES = 300
_LONGEST_S = 30.0
_TOO_MANY = 429
_WHO = (401, 403)
_NOBODY = Credentials()


class NotTaken(NotTold):
    """The receiver says that these points are wrong: the same again would not help."""

    is_retryable = False


class RemoteWrite:
    """Implements ports.export.FigureSink."""

    def __init__(self, secrets: Secrets | None = None) -> None:
        self._secrets = secrets

    async def send(self, url: str, series: Sequence[Series], who: Credentials = _NOBODY) -> None:
        """Sends all of it or nothing; the secret is looked up for each message."""
        body = packed(write_request(series))
        try:
            told = await authorization(who, self._secrets)
        except (ConfigError, NotFound) as error:
            raise NotTold(f"the secret is missing: {error.title}", error.hint) from None
        end = Cuttable()
        try:
            async with asyncio.timeout(_LONGEST_S):
                await asyncio.to_thread(_post, url, body, {**_HEADERS, **told}, end)
        except TimeoutError:
            host = urlsplit(url).hostname or ""
            raise NotTold(f"{host} takes no figures: no answer in {_LONGEST_S:.0f} s") from None
        finally:
            end.cut()


def write_request(series: Iterable[Series]) -> bytes:
    """The message WriteRequest: field 1 of it is a TimeSeries, again and again."""
    return b"".join(_field(1, _time_series(one)) for one in series)


def packed(data: bytes) -> bytes:
    """`data` as a snappy block of literals: a valid one that is not made smaller.

    Compressing in Python would cost more than the bytes do on a local network.
    """
    parts = [_varint(len(data))]
    for start in range(0, len(data), _BLOCK):
        piece = data[start : start + _BLOCK]
        parts.append(b"\xf4" + struct.pack("<H", len(piece) - 1))  # 61 << 2: two bytes of length
        parts.append(piece)
    return b"".join(parts)


def _time_series(series: Series) -> bytes:
    labels = (
        _field(1, _field(1, _text(name)) + _field(2, _text(value))) for name, value in series.labels
    )
    points = (
        _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(at_ms))
        for at_ms, value in series.points
    )
    return b"".join((*labels, *points))


def _field(number: int, content: bytes) -> bytes:
    """A field with a length before it: text, bytes, or a message within."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _text(value: str) -> bytes:
    return value.encode("utf-8", "backslashreplace")


def _post(url: str, body: bytes, headers: Mapping[str, str], end: Cuttable) -> None:
    host = urlsplit(url).hostname or ""
    try:
        status, said = post(url, body, headers, _SAID_BYTES, end=end)
    except NotTold as error:
        raise NotTold(f"{host} takes no figures: {error.title}", error.hint) from None
    if 200 <= status < 300:
        return
    words = words_of(said)
    told = f"{host} takes no figures: it answers {status}{f': {words}' if words else ''}"
    if status in _WHO:
        raise NotTold(told, "Correct user, password or token of `remote_write`.")
    if status < 500 and status != _TOO_MANY:
        raise NotTaken(told, "Is the URL that of a remote write receiver?")
    raise NotTold(told)
