"""Tells a command log what is sent to a host, for operators who want to see every command."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.ids import HostName
from devops_tui.ports.pulse import HasPulse, Pulse
from devops_tui.ports.transport import (
    ByteReader,
    ByteWriter,
    CallsAhead,
    Completed,
    Session,
    Transport,
)


class RecordedTransport:
    """A transport that reports each call once it ended, with its first line only.

    Attributes:
        inner: The transport that does the work, for callers who report for themselves.
    """

    def __init__(
        self,
        inner: Transport,
        on_command: Callable[[CommandRecord], None],
        mask: Callable[[str], str],
    ) -> None:
        self.inner = inner
        self._on_command = on_command
        self._mask = mask

    @property
    def host(self) -> HostName:
        """The name in the workspace."""
        return self.inner.host

    async def connect(self) -> None:
        """Opens the link; not a command, so not reported."""
        await self.inner.connect()

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        """As the port says."""
        with self.report(first_line(script)) as report:
            completed = await self.inner.run(
                script, stdin=stdin, timeout_s=timeout_s, limit_bytes=limit_bytes
            )
            report.exit_code = completed.exit_code
            return completed

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        """As the port says."""
        with self.report(f"put {source.name} {target}") as report:
            await self.inner.put(source, target, mode)
            report.exit_code = 0

    async def call_ahead(self, socket_path: str) -> None:
        """As the port says, where the transport inside can; nothing is said, so not reported."""
        if isinstance(self.inner, CallsAhead):
            await self.inner.call_ahead(socket_path)

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        """As the port says."""
        line = first_line(data.decode("utf-8", "replace"))
        with self.report(f"{socket_path}: {line}") as report:
            reply = await self.inner.exchange(socket_path, data, timeout_s=timeout_s)
            report.exit_code = 0
            return reply

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        """As the port says."""
        with self.report(f"connect {address} port {port}") as report:
            streams = await self.inner.open_port(port, address)
            report.exit_code = 0
            return streams

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> Session:
        """As the port says; reported when it began, as nobody knows when it ends."""
        with self.report(first_line(script)):
            return await self.inner.session(script, on_data)

    async def pulse(self, timeout_s: float) -> Pulse:
        """As the port says, where the transport inside can; not a command, so not reported."""
        if isinstance(self.inner, HasPulse):
            return await self.inner.pulse(timeout_s)
        return Pulse.UNKNOWN

    async def close(self) -> None:
        """As the port says."""
        await self.inner.close()

    @contextmanager
    def report(self, command: str) -> Iterator[Report]:
        """Reports what is done inside under these words."""
        report = Report()
        at, started = datetime.now(UTC), time.monotonic()
        try:
            yield report
        finally:
            self._on_command(
                CommandRecord(
                    at,
                    self.host,
                    self._mask(command),
                    report.exit_code,
                    time.monotonic() - started,
                )
            )


class Report:
    """What is still to be known of a command; `exit_code` None means unknown."""

    exit_code: int | None = None


def first_line(script: str) -> str:
    """The first line that says something, without blanks around it."""
    return next((line.strip() for line in script.splitlines() if line.strip()), "")[:500]
