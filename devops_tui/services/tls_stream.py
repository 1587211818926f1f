"""TLS over any pair of byte streams: a door behind a link is asked as a client would ask it."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache

from devops_tui.ports.transport import ByteReader, ByteWriter

_CHUNK = 1 << 16


async def open_tls(
    reader: ByteReader, writer: ByteWriter, name: str
) -> tuple[ByteReader, ByteWriter]:
    """Shakes hands as a client; the certificate must be valid for `name`.

    Trusted is what OpenSSL trusts on this machine (SSL_CERT_FILE, SSL_CERT_DIR).

    Raises:
        ssl.SSLError: No TLS, or no certificate for `name`.
        EOFError: The other side closed.
    """
    context = await asyncio.to_thread(_context)
    talk = _Talk(reader, writer, context, name)
    try:
        await talk.shake_hands()
    except BaseException:
        writer.close()
        raise
    return _Reader(talk), _Writer(talk)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Talk:
    """The protocol itself, between two buffers in memory and the streams."""

    def __init__(
        self, reader: ByteReader, writer: ByteWriter, context: ssl.SSLContext, name: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    async def shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self.flush()
                await self._take()
            else:
                return await self.flush()

    async def read(self) -> bytes:
        """Some bytes; none at the end."""
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self.flush()
                await self._take()
            except ssl.SSLZeroReturnError:
                return b""

    def write(self, data: bytes) -> None:
        self._tls.write(data)
        self._writer.write(self._outgoing.read())

    async def flush(self) -> None:
        if self._outgoing.pending:
            self._writer.write(self._outgoing.read())
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def _take(self) -> None:
        data = await self._reader.read(_CHUNK)
        if not data:
            raise EOFError("closed in the middle of TLS")
        self._incoming.write(data)


class _Reader:
    """Gives what was decrypted."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk
        self._held = b""

    async def read(self, n: int = -1) -> bytes:
        if n < 0:
            while await self._more():
                pass
            n = len(self._held)
        elif not self._held:
            await self._more()
        return self._take(n)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        while separator not in self._held:
            if len(self._held) > _CHUNK:
                raise asyncio.LimitOverrunError("a line is too long", len(self._held))
            if not await self._more():
                raise asyncio.IncompleteReadError(self._held, None)
        return self._take(self._held.index(separator) + len(separator))

    async def readexactly(self, n: int) -> bytes:
        while len(self._held) < n:
            if not await self._more():
                raise asyncio.IncompleteReadError(self._held, n)
        return self._take(n)

    async def _more(self) -> bool:
        data = await self._talk.read()
        self._held += data
        return bool(data)

    def _take(self, n: int) -> bytes:
        data, self._held = self._held[:n], self._held[n:]
        return data


class _Writer:
    """Encrypts what is written."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk

    def write(self, data: bytes) -> None:
        self._talk.write(data)

    async def drain(self) -> None:
        await self._talk.flush()

    def close(self) -> None:
        self._talk.close()
