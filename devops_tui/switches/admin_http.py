"""One HTTP request to a balancer's own admin endpoint, over the link to its host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.ports.transport import Transport

_LIMIT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class AdminAnswer:
    """What the endpoint said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The first line of the body, for a complaint."""
        lines = self.body.decode(errors="replace").strip().splitlines()
        return lines[0][:200] if lines else ""


async def ask_admin(
    transport: Transport,
    place: int | str,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 10.0,
) -> AdminAnswer:
    """Asks once over a connection of its own; never asks again by itself.

    `place` is a port of the host's 127.0.0.1, or the path of a UNIX socket there.

    Raises:
        HostUnreachable: No link, nobody listens, or no whole answer in time. What was
            asked may have happened.
        SwitchRefused: What answers does not speak HTTP.
    """
    named = f"127.0.0.1:{place}" if isinstance(place, int) else "127.0.0.1"
    lines = {
        "Host": named,
        "Connection": "close",
        "Content-Length": str(len(body)),
        **({"Content-Type": "application/json"} if body else {}),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    data = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
    if isinstance(place, str):
        return _answer(transport, await transport.exchange(place, data, timeout_s=timeout_s))
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await transport.open_port(place)
            try:
                writer.write(data)
                await writer.drain()
                pieces: list[bytes] = []
                while piece := await reader.read(1 << 16):
                    pieces.append(piece)
                    if sum(map(len, pieces)) > _LIMIT_BYTES:
                        raise SwitchRefused(f"{transport.host}: port {place} says too much")
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError) as error:
        raise HostUnreachable(
            f"{transport.host}: port {place} does not answer: {error or 'no end in time'}",
            "It may have done what it was told: look.",
        ) from None
    return _answer(transport, b"".join(pieces))


def _answer(transport: Transport, data: bytes) -> AdminAnswer:
    head, ending, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if not data:
        raise HostUnreachable(f"{transport.host}: the admin endpoint closed without an answer")
    if not ending or not words[0].startswith("HTTP/") or len(words) < 2:
        raise SwitchRefused(f"{transport.host}: the admin endpoint does not speak HTTP")
    headers = _headers(rest)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body, trailer, is_whole = _unchunked(body)
        headers.update(trailer)
        if not is_whole:
            raise HostUnreachable(f"{transport.host}: the admin endpoint broke off its answer")
    elif len(body) < _length(headers.get("content-length", "0")):
        raise HostUnreachable(f"{transport.host}: the admin endpoint broke off its answer")
    return AdminAnswer(int(words[1]) if words[1].isdecimal() else 0, headers, body)


def _length(text: str) -> int:
    """0 for what is no number: then nobody knows how much belongs to it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _unchunked(body: bytes) -> tuple[bytes, Mapping[str, str], bool]:
    """The body, what follows it (Caddy sends its Etag there), and whether it has an end."""
    whole = b""
    while body:
        size_text, _, body = body.partition(b"\r\n")
        try:
            size = int(size_text.split(b";")[0], 16)
        except ValueError:
            return whole, {}, False
        if size == 0:
            return whole, _headers(body.decode("latin-1").split("\r\n")), True
        whole, body = whole + body[:size], body[size + 2 :]
    return whole, {}, False


def _headers(lines: Iterable[str]) -> dict[str, str]:
    parts = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in parts}
