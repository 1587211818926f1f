"""The smallest HTTP/1.1 client that a probe needs: GET over any pair of byte streams.

The streams may be a local socket or a port of a host behind SSH; the bytes are the same.
Everything that comes back is untrusted, and bounded in size and time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from devops_tui.domain.errors import HostError, HostUnreachable, NoAnswer
from devops_tui.ports.transport import ByteReader, ByteWriter

Open = Callable[[], Awaitable[tuple[ByteReader, ByteWriter]]]

_BODY_LIMIT_BYTES = 1 << 20
_HEAD_LIMIT_LINES = 200
_INTERIM = range(100, 200)
_SLICES = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; all text is untrusted.

    Attributes:
        headers: Names in lower case; of a repeated one the last.
        body: At most 1 MiB; a larger one is an error.
        latency_ms: From the first byte sent to the last byte received; opening the
            connection is not in it.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    latency_ms: float = 0.0


class KeepAlive:
    """Holds one connection for several requests, one after the other.

    Opens at the first request and again after the server closed it. Not for use by
    two tasks at once.
    """

    def __init__(
        self, open: Open, host: str = "localhost", fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._open = open
        self._fields = tuple(fields)
        self._host = host
        self._streams: tuple[ByteReader, ByteWriter] | None = None

    async def get(self, path: str, timeout_s: float) -> Answer:
        """Asks once; never asks again by itself.

        Cancel: the connection is closed, the next request opens another.

        Raises:
            NoAnswer: Refused, closed, silent for `timeout_s`, or not HTTP.
            HostError: The link to the host failed, or opened no connection in time.
        """
        answered = False
        try:
            answer, stays_open = await _in_time(self._exchange(path), timeout_s)
            answered = stays_open
        except HostError:
            raise
        except TimeoutError:
            if self._streams is None:  # a port of a host that is there says yes or no at once
                what = f"no connection within {timeout_s:g} s"
                raise HostUnreachable(what, "Is the link to the host up?") from None
            raise NoAnswer(f"no answer within {timeout_s:g} s") from None
        except EOFError:
            raise NoAnswer("the connection was closed before an answer") from None
        except (OSError, ValueError, asyncio.LimitOverrunError) as error:
            raise NoAnswer(_reason(error)) from error
        finally:
            if not answered:
                self.close()
        return answer

    async def _exchange(self, path: str) -> tuple[Answer, bool]:
        if self._streams is None:
            self._streams = await self._open()
        return await _ask(*self._streams, path, self._host, self._fields)

    def close(self) -> None:
        """Closes the connection; harmless when there is none."""
        streams, self._streams = self._streams, None
        if streams is not None:
            with suppress(OSError, RuntimeError):  # the loop or the link may be gone already
                streams[1].close()


async def get(open: Open, path: str, host: str, timeout_s: float) -> Answer:
    """One request on a connection of its own; see `KeepAlive.get` for errors.

    `host` is the value of the Host header.
    """
    connection = KeepAlive(open, host)
    try:
        return await connection.get(path, timeout_s)
    finally:
        connection.close()


async def _in_time(work: Coroutine[Any, Any, T], timeout_s: float) -> T:
    """As asyncio.timeout, but what this process stood still meanwhile does not count.

    A worker that waited for its store would otherwise take the server for silent.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(_SLICES):
            done, _ = await asyncio.wait({task}, timeout=timeout_s / _SLICES)
            if done:
                return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    raise TimeoutError


async def _ask(
    reader: ByteReader,
    writer: ByteWriter,
    path: str,
    host: str,
    fields: Sequence[tuple[str, str]],
) -> tuple[Answer, bool]:
    began = time.perf_counter()
    writer.write(_request(path, host, fields))
    await writer.drain()
    status, headers = await _head(reader)
    while status in _INTERIM:
        status, headers = await _head(reader)
    body, is_framed = await _body(reader, status, headers)
    latency_ms = (time.perf_counter() - began) * 1000
    stays_open = is_framed and headers.get("connection", "").lower() != "close"
    return Answer(status, headers, body, latency_ms), stays_open


def _request(path: str, host: str, fields: Sequence[tuple[str, str]]) -> bytes:
    for text in (path, host, *(word for pair in fields for word in pair)):
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("a path, host or field has characters that HTTP does not allow")
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: devops-tui\r\nAccept: */*\r\n"
    more = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{head}{more}\r\n".encode("ascii")


async def _head(reader: ByteReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise ValueError("the answer is not HTTP/1.1")
    if len(lines) > _HEAD_LIMIT_LINES:
        raise ValueError("the answer has too many headers")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers


async def _body(reader: ByteReader, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """The body, and whether its end was marked so that the connection can go on."""
    if status in (204, 304):
        return b"", True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _chunks(reader), True
    length = headers.get("content-length")
    if length is not None:
        size = int(length)
        if not 0 <= size <= _BODY_LIMIT_BYTES:
            raise ValueError(
                f"the answer's body has {size} bytes, the limit is {_BODY_LIMIT_BYTES}"
            )
        return await reader.readexactly(size), True
    return await _until_closed(reader), False


async def _chunks(reader: ByteReader) -> bytes:
    body = bytearray()
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if size < 0 or len(body) + size > _BODY_LIMIT_BYTES:
            raise ValueError("the answer's body is too large")
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass  # trailers mean nothing to a probe
            return bytes(body)
        body += await reader.readexactly(size)
        await reader.readexactly(2)


async def _until_closed(reader: ByteReader) -> bytes:
    body = bytearray()
    while piece := await reader.read(65536):
        body += piece
        if len(body) > _BODY_LIMIT_BYTES:
            raise ValueError("the answer's body is too large")
    return bytes(body)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) or type(error).__name__
