"""The two halves of a forwarded TCP connection, with errors of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import asyncssh

from devops_tui.transports import failure

T = TypeVar("T")


class SshReader:
    """asyncssh's reader with the signatures of asyncio's.

    Raises:
        asyncio.IncompleteReadError: The stream ended before what was asked for.
        HostUnreachable: The link broke.
    """

    def __init__(self, reader: asyncssh.SSHReader[bytes], host: str) -> None:
        self._reader = reader
        self._host = host

    async def read(self, n: int = -1) -> bytes:
        """Up to `n` bytes, all until the end for -1; empty at the end."""
        return await _through(self._reader.read(n), self._host)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Everything up to the separator, and the separator."""
        return await _through(self._reader.readuntil(separator), self._host)

    async def readexactly(self, n: int) -> bytes:
        """Exactly `n` bytes."""
        return await _through(self._reader.readexactly(n), self._host)


class SshWriter:
    """asyncssh's writer; what is written to a link that is gone is an error at `drain`."""

    def __init__(self, writer: asyncssh.SSHWriter[bytes], host: str) -> None:
        self._writer = writer
        self._host = host

    def write(self, data: bytes) -> None:
        """Sends without waiting; raises HostUnreachable when the link is gone."""
        try:
            self._writer.write(data)
        except failure.LINK_ERRORS as error:
            raise failure.of_link(error, self._host) from error

    async def drain(self) -> None:
        """Waits until more may be written; raises HostUnreachable when the link broke."""
        await _through(self._writer.drain(), self._host)

    def close(self) -> None:
        """Ends the connection."""
        self._writer.close()


async def _through(act: Awaitable[T], host: str) -> T:
    try:
        return await act
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise
    except failure.LINK_ERRORS as error:
        raise failure.of_link(error, host) from error
