"""The few frames of WebSocket that a load and its server exchange: short texts, unbroken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os

TEXT, CLOSE = 1, 8
_KEY_TAIL = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_of(key: str) -> str:
    """What the server answers to a client's key (RFC 6455, 1.3)."""
    return base64.b64encode(hashlib.sha1(key.encode() + _KEY_TAIL).digest()).decode()  # noqa: S324 - as the protocol says


def frame(opcode: int, payload: bytes, *, is_masked: bool) -> bytes:
    """One whole frame of less than 126 bytes."""
    mask = os.urandom(4) if is_masked else b""
    body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if is_masked else payload
    return bytes((0x80 | opcode, (0x80 if is_masked else 0) | len(payload))) + mask + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Opcode and payload of the next frame; raises EOFError where the other side is gone."""
    first, second = await reader.readexactly(2)
    mask = await reader.readexactly(4) if second & 0x80 else bytes(4)
    payload = await reader.readexactly(second & 0x7F)
    return first & 0x0F, bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
