"""A Transport to this machine without SSH: real sockets, real files, real processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from devops_tui.domain.errors import CommandTimedOut, HostUnreachable, NotFound
from devops_tui.domain.ids import HostName
from devops_tui.ports.transport import ByteReader, ByteWriter, Completed, Session


class LoopbackTransport:
    """Reaches this machine under a name.

    Attributes:
        is_cut: Whether every call fails as if the link were gone.
        ports: Where a port of this host really is: several hosts share this machine.
        before_exchange: Awaited with what is about to be sent, to hold or break it.
    """

    def __init__(self, host: str) -> None:
        self.host = HostName(host)
        self.is_cut = False
        self.before_exchange: Callable[[bytes], Awaitable[None]] | None = None
        self.ports: dict[int, int] = {}
        self.exchanged: list[bytes] = []

    async def connect(self) -> None:
        self._check()

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        self._check()
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            script,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(timeout_s):
                out, err = await process.communicate(stdin)
        except TimeoutError:
            raise CommandTimedOut(f"no end within {timeout_s:g} s") from None
        finally:
            if process.returncode is None:  # cancelled as well: nothing is left behind
                process.kill()
                await process.communicate()
        return Completed(process.returncode, out[:limit_bytes], err[:limit_bytes])

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        self._check()
        _put(source, Path(target), mode)

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        self._check()
        if self.before_exchange is not None:
            await self.before_exchange(data)
        self.exchanged.append(data)
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_unix_connection(socket_path)
                try:
                    writer.write(data)
                    await writer.drain()
                    answer = await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise HostUnreachable(f"{socket_path} does not answer: {error}") from None
        self._check()
        return answer

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        self._check()
        try:
            return await asyncio.open_connection(address, self.ports.get(port, port))
        except OSError as error:
            raise HostUnreachable(f"port {port} does not answer: {error}") from None

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> Session:
        raise HostUnreachable("a loopback link has no sessions")

    async def close(self) -> None:
        return

    def _check(self) -> None:
        if self.is_cut:
            raise HostUnreachable(f"no link to {self.host}")


class LoopbackLinks:
    """The transports of several hosts that are all this machine."""

    def __init__(self, *hosts: str) -> None:
        self.transports = {HostName(host): LoopbackTransport(host) for host in hosts}

    def to(self, host: HostName) -> LoopbackTransport:
        try:
            return self.transports[host]
        except KeyError:
            raise NotFound(f"no host {host}") from None

    async def close(self) -> None:
        for transport in self.transports.values():
            await transport.close()


def _put(source: Path, target: Path, mode: int) -> None:
    temporary = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, temporary)
    temporary.chmod(mode)
    temporary.rename(target)
