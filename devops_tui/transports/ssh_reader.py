"""The reading half of a forwarded TCP connection."""

from __future__ import annotations

import asyncssh


class SshReader:
    """asyncssh's reader with the signatures of asyncio's.

    Raises:
        asyncio.IncompleteReadError: The stream ended before what was asked for.
    """

    def __init__(self, reader: asyncssh.SSHReader[bytes]) -> None:
        self._reader = reader

    async def read(self, n: int = -1) -> bytes:
        """Up to `n` bytes, all until the end for -1; empty at the end."""
        return await self._reader.read(n)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Everything up to the separator, and the separator."""
        return await self._reader.readuntil(separator)

    async def readexactly(self, n: int) -> bytes:
        """Exactly `n` bytes."""
        return await self._reader.readexactly(n)
