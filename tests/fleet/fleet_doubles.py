"""A clock that a test moves, and links whose other end a test plays."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.file_system import FileSystem
from devops_tui.domain.fleet import Scope
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Counters
from devops_tui.ports.pulse import Pulse
from devops_tui.ports.transport import ByteReader, ByteWriter, Completed
from devops_tui.services.watch import WatchTools

MARK = "abc123"
DF = b"""Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/vda1 100 70 30 70% /
/dev/vdb1 100 91 9 91% /var/lib/data
"""


class ManualClock:
    """Implements ports.runtime.Clock; `advance` wakes who sleeps, in order."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self._start = datetime(2026, 3, 1, 3, 12, 44, tzinfo=UTC)
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.elapsed_s + seconds, woken))
        await woken

    async def advance(self, seconds: float, step_s: float = 0.1) -> None:
        target = self.elapsed_s + seconds
        while self.elapsed_s < target - 1e-9:
            self.elapsed_s = min(target, self.elapsed_s + step_s)
            due = [s for s in self._sleepers if s[0] <= self.elapsed_s + 1e-9]
            self._sleepers = [s for s in self._sleepers if s not in due]
            for _, woken in due:
                if not woken.done():
                    woken.set_result(None)
            await settle()


async def settle() -> None:
    """Lets every task run until it waits again."""
    for _ in range(20):
        await asyncio.sleep(0)


def record(uptime_s: float, busy: int = 0, idle: int = 0) -> bytes:
    """A record as the probe sends it."""
    text = f"r u {uptime_s:.2f} c {busy} 0 0 {idle} 0 0 0 0 k 1 m 1000 250 0 0 l 0.5 0.4 0.3 p 7"
    return b"{%s %s}%s\n" % (MARK.encode(), text.encode(), MARK.encode())


HELLO = b"{abc123 h awk}abc123\n"


class FakeSession:
    """Remembers what it was asked; the test answers through `say`."""

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self.say = on_data
        self.ticks = 0
        self.is_closed = False
        self.ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    def write(self, data: bytes) -> None:
        if self.ended.done():
            raise HostUnreachable("the session is closed")
        self.ticks += data.count(b"\n")

    async def wait_closed(self) -> int | None:
        return await asyncio.shield(self.ended)

    def close(self) -> None:
        self.is_closed = True
        if not self.ended.done():
            self.ended.set_result(None)


class FakeTransport:
    """A host that answers by itself while `is_answering`, or refuses with `refusal`."""

    def __init__(self, host: HostName, clock: ManualClock) -> None:
        self._host = host
        self._clock = clock
        self.sessions: list[FakeSession] = []
        self.refusal: Exception | None = None
        self.df: bytes | Exception = DF
        self.df_count = 0
        self.closings = 0
        self.verdict_of_link = Pulse.UNKNOWN

    async def pulse(self, timeout_s: float) -> Pulse:
        return self.verdict_of_link

    @property
    def host(self) -> HostName:
        return self._host

    async def connect(self) -> None:
        return None

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> FakeSession:
        self.attempts = getattr(self, "attempts", 0) + 1
        if self.refusal is not None:
            raise self.refusal
        session = FakeSession(on_data)
        self.sessions.append(session)
        return session

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        self.df_count += 1
        if isinstance(self.df, Exception):
            raise self.df
        return Completed(0, self.df, b"")

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        raise NotImplementedError

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        raise NotImplementedError

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        raise NotImplementedError

    async def close(self) -> None:
        self.closings += 1


class FakeLinks:
    """One FakeTransport per host."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.transports: dict[HostName, FakeTransport] = {}
        self.is_closed = False

    def to(self, host: HostName) -> FakeTransport:
        return self.transports.setdefault(host, FakeTransport(host, self._clock))

    async def close(self) -> None:
        self.is_closed = True


class FakeMachine:
    """This machine as a test says it is."""

    def __init__(self) -> None:
        self.uptime_s = 100.0
        self.fault: OSError | None = None

    def counters(self) -> Counters:
        if self.fault is not None:
            raise self.fault
        self.uptime_s += 1.0
        ticks = int(self.uptime_s * 100)
        return Counters(self.uptime_s, (ticks, 0, 0, ticks, 0, 0, 0, 0), 2, 1000, 500)

    def fullest(self) -> FileSystem | None:
        return FileSystem("/home", 0.42)


def tools_of(clock: ManualClock, machine: FakeMachine | None = None) -> WatchTools:
    def script(scope: Scope, mark: str) -> str:
        return f"{scope} {mark}"

    return WatchTools(
        clock=clock,
        monotonic=clock.monotonic,
        script=script,
        this_machine=machine or FakeMachine(),
        new_mark=lambda: MARK,
        chance=Random(7),  # noqa: S311 - a test wants the same chance each time
    )


def talk_to(script: str, shell: Sequence[str], path: Path, ticks: int) -> bytes:
    """What a script prints on a host whose PATH is `path`: hello, an answer a tick, the rest."""
    env = {"PATH": str(path)}
    with subprocess.Popen(
        [*shell, "-s"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(script.encode())
        process.stdin.flush()
        said = process.stdout.readline()
        for _ in range(ticks):
            process.stdin.write(b"t\n")
            process.stdin.flush()
            said += process.stdout.readline()
        process.stdin.close()
        said += process.stdout.read()
        assert process.wait(10) == 0
    return said
