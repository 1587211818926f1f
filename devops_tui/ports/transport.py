"""A link to one host, over SSH or to this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from devops_tui.domain.ids import HostName


@dataclass(frozen=True, slots=True)
class Completed:
    """How a short command ended.

    Attributes:
        exit_code: None when the link broke before the host said it: unknown, not 0.
        stdout, stderr: Raw bytes, capped at the transport's limit.
        is_cut: Whether output was dropped at the cap.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    is_cut: bool = False


class Session(Protocol):
    """A long-lived remote script that takes bytes and gives bytes."""

    def write(self, data: bytes) -> None:
        """Sends without waiting; raises HostUnreachable when the link is gone."""
        ...

    async def wait_closed(self) -> int | None:
        """The exit code, or None when the link broke."""
        ...

    def close(self) -> None: ...


class Transport(Protocol):
    """One connection to one host; opened at first use, reopened after a loss.

    Every call may raise HostError (HostUnreachable can be retried, key errors are walls).
    Cancelling a call closes its channel; what the remote command did is then unknown.
    """

    @property
    def host(self) -> HostName: ...

    async def connect(self) -> None:
        """Opens the link now; nothing when it is open."""
        ...

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        """Runs POSIX sh; the script goes on stdin of `exec sh -s`, `stdin` after it.

        For short questions only: a job goes through a Runner, which survives the link.

        Raises:
            CommandTimedOut: It was ended here; whether it was there is unknown.
        """
        ...

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        """Copies a file whole or not at all (a temporary name, then a rename)."""
        ...

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        """Sends to a UNIX socket on the host and reads until it closes (HAProxy's way)."""
        ...

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        """A TCP connection from the host to one of its own ports."""
        ...

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> Session:
        """Starts a long-lived script; `on_data` gets its output as it arrives."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class CallsAhead(Protocol):
    """A transport whose way to a socket can be opened before something is said.

    What is said then arrives without the journey of opening: so many hosts hear it at
    nearly one moment.
    """

    async def call_ahead(self, socket_path: str) -> None:
        """Opens the way of the next `exchange` with this socket; it stays a few seconds."""
        ...


class ByteReader(Protocol):
    """The reading half of a stream."""

    async def read(self, n: int = -1) -> bytes: ...

    async def readuntil(self, separator: bytes = b"\n") -> bytes: ...

    async def readexactly(self, n: int) -> bytes: ...


class ByteWriter(Protocol):
    """The writing half of a stream."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...

    def close(self) -> None: ...


class Links(Protocol):
    """Gives the one Transport of each host."""

    def to(self, host: HostName) -> Transport:
        """Raises NotFound for a host that the workspace does not have."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """Where a detached command stands.

    Attributes:
        state: "none", "running", "done" or "lost".
        exit_code: When done.
        size_bytes: Of the output so far.
        why: When lost: "rebooted", "killed", ...
    """

    state: str
    exit_code: int | None = None
    size_bytes: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """A host owes an answer.

    Attributes:
        since_s: Seconds since the question, or since the last byte that came after it.
        retry_in_s: Seconds until it is asked again; 0 while it is being asked.
    """

    since_s: float
    retry_in_s: float = 0.0


class Runner(Protocol):
    """Detached commands on one host: they survive the link, the worker and its terminal."""

    async def start(
        self,
        task_id: str,
        script: str,
        *,
        env: dict[str, str],
        secrets: dict[str, str],
        folder: str,
    ) -> TaskStatus:
        """Starts once: the same id never starts twice, a repeat returns where it stands.

        `secrets` go over stdin into the command's environment and into no file that stays.
        """
        ...

    async def status(self, task_id: str) -> TaskStatus: ...

    def follow(self, task_id: str, offset: int) -> AsyncIterator[bytes]:
        """The output from a byte offset until the command ended; re-attaches by itself.

        Raises HostUnreachable after its patience; follow again from where it stopped.
        """
        ...

    def silence(self) -> Silence | None:
        """Whether the host owes an answer; None when it owes none. Costs nothing."""
        ...

    async def stop(self, task_id: str, grace_s: float = 5.0) -> TaskStatus:
        """TERM to the whole process group, KILL after the grace."""
        ...

    async def clean(self, task_id: str) -> None:
        """Removes the spool of an ended command."""
        ...

    async def tasks(self) -> Sequence[str]:
        """Ids of the commands that have a spool, as the host shows them."""
        ...


class Runners(Protocol):
    """Gives the Runner of each host."""

    def on(self, host: HostName) -> Runner: ...
