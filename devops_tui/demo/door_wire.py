"""HTTP/1.1 as a reverse proxy needs it: heads in, heads out, and where a body ends.

Source: RFC 9112 (message framing, sections 6 and 7), RFC 9110 7.6.1 (hop-by-hop).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

HEAD_LIMIT_BYTES = 32 * 1024
HEADERS_LIMIT = 100
PIECE_BYTES = 64 * 1024

_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"proxy-authorization"}
)
_END_TO_END = frozenset({b"host", b"content-length", b"transfer-encoding"})
_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class WireError(ValueError):
    """What came is no HTTP/1.1 that a proxy may pass on; `status` is the answer to it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Framing(Enum):
    """How the end of a body is found when it is not a number of bytes."""

    CHUNKED = "chunked"
    UNTIL_CLOSE = "until close"


Body = int | Framing


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes) -> None:
        """Takes bytes without waiting."""

    async def drain(self) -> None:
        """Waits until not too many bytes are under way."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request line or status line in its three parts, and the headers, names as they came."""

    first: bytes
    second: bytes
    third: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header; `name` in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    def has_token(self, name: bytes, token: bytes) -> bool:
        """Whether a comma-separated header holds a word, in any case."""
        return any(
            token == part.strip().lower()
            for value in self.values(name)
            for part in value.split(b",")
        )


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Reads up to the empty line; the reader's limit must be HEAD_LIMIT_BYTES or more.

    Raises:
        WireError: It is malformed (400) or too large (431).
        EOFError: The peer closed, at the latest in the middle of a head.
    """
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise WireError(431, "the head is too large") from None
    if len(block) > HEAD_LIMIT_BYTES:
        raise WireError(431, "the head is too large")
    lines = block[:-4].lstrip(b"\r\n").split(b"\r\n")
    parts = lines[0].split(b" ", 2)
    if len(parts) == 2 and parts[0].startswith(b"HTTP/1."):
        parts.append(b"")  # a status line without a reason
    if len(parts) != 3 or not parts[0] or not parts[1]:
        raise WireError(400, "the first line is malformed")
    if len(lines) > HEADERS_LIMIT:
        raise WireError(431, "there are too many headers")
    return Head(parts[0], parts[1], parts[2], tuple(_header(line) for line in lines[1:]))


def request_body(head: Head) -> Body:
    """Where the body of a request ends; 0 for none.

    Raises:
        WireError: Length and encoding contradict each other, or one is malformed: passing
            that on is how requests are smuggled.
    """
    encodings, length = _framing(head)
    if encodings:
        if length is not None:
            raise WireError(400, "both Content-Length and Transfer-Encoding")
        if encodings != [b"chunked"]:
            raise WireError(501, "unknown transfer encoding")
        return Framing.CHUNKED
    return length or 0


def answer_body(head: Head, method: bytes) -> Body:
    """Where the body of an answer to `method` ends."""
    status = int(head.second)
    if method == b"HEAD" or status in (204, 304) or status < 200:
        return 0
    encodings, length = _framing(head)
    if encodings:
        return Framing.CHUNKED if encodings[-1] == b"chunked" else Framing.UNTIL_CLOSE
    return Framing.UNTIL_CLOSE if length is None else length


def encode_head(head: Head, extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """The head without what concerns one hop only, `extra` at its end.

    A `Connection` header cannot name away what marks the end of the body.
    """
    named = {
        part.strip().lower() for value in head.values(b"connection") for part in value.split(b",")
    } - _END_TO_END
    lines = [b" ".join((head.first, head.second, head.third))]
    lines += [
        key + b": " + value
        for key, value in head.headers
        if key.lower() not in _HOP_BY_HOP and key.lower() not in named
    ]
    lines += [key + b": " + value for key, value in extra]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class BodyReader:
    """Reads the body of a message; each piece may take `patience_s` seconds.

    Raises:
        EOFError: The peer closed before the end.
        TimeoutError: The peer fell silent.
        WireError: A chunk is malformed.
    """

    def __init__(self, reader: asyncio.StreamReader, patience_s: float) -> None:
        self._reader = reader
        self._patience_s = patience_s

    async def copy(self, sink: Sink, body: Body, *, is_bare: bool = False) -> None:
        """Passes a body on piece by piece; `is_bare` leaves out the marks of chunks."""
        if body is Framing.CHUNKED:
            await self._copy_chunks(sink, is_bare)
        elif body is Framing.UNTIL_CLOSE:
            while piece := await self._piece(PIECE_BYTES):
                sink.write(piece)
                await sink.drain()
        elif isinstance(body, int):
            await self._copy_bytes(sink, body)

    async def whole(self, count: int) -> bytes:
        """A short body at once."""
        async with asyncio.timeout(self._patience_s):
            return await self._reader.readexactly(count)

    async def _copy_bytes(self, sink: Sink, count: int) -> None:
        while count:
            piece = await self._piece(min(count, PIECE_BYTES))
            if not piece:
                raise EOFError("the body was cut")
            count -= len(piece)
            sink.write(piece)
            await sink.drain()

    async def _copy_chunks(self, sink: Sink, is_bare: bool) -> None:
        while size := await self._chunk(sink, is_bare):
            await self._copy_bytes(sink, size)
            if await self._line() != b"\r\n":
                raise WireError(400, "a chunk is longer than it says")
            if not is_bare:
                sink.write(b"\r\n")
        for _ in range(HEADERS_LIMIT):  # trailers, then the empty line
            line = await self._line()
            if not is_bare:
                sink.write(line)
            if line == b"\r\n":
                await sink.drain()
                return
        raise WireError(431, "there are too many trailers")

    async def _chunk(self, sink: Sink, is_bare: bool) -> int:
        """The size of the next chunk; its line was passed on."""
        line = await self._line()
        digits = line.split(b";")[0].strip()
        if not digits or len(digits) > 15 or not set(digits.lower()) <= set(b"0123456789abcdef"):
            raise WireError(400, "a chunk has no size")
        if not is_bare:
            sink.write(line)
        return int(digits, 16)

    async def _piece(self, limit: int) -> bytes:
        async with asyncio.timeout(self._patience_s):
            return await self._reader.read(limit)

    async def _line(self) -> bytes:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError:
            raise WireError(431, "a line is too long") from None


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or not set(name.lower()) <= _TOKEN or b"\n" in value or b"\0" in value:
        raise WireError(400, "a header is malformed")
    return name, value.strip(b" \t")


def _framing(head: Head) -> tuple[list[bytes], int | None]:
    encodings = [
        part.strip().lower()
        for value in head.values(b"transfer-encoding")
        for part in value.split(b",")
    ]
    lengths = set(head.values(b"content-length"))
    if len(lengths) > 1 or any(not value.isdigit() or len(value) > 18 for value in lengths):
        raise WireError(400, "Content-Length is malformed")
    return encodings, int(lengths.pop()) if lengths else None
