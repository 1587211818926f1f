"""One command on a demo host: bytes in, bytes out, signals, exit code, as sshd does it.

The command is not killed when its connection goes away: it meets a closed pipe, as
under OpenSSH. The channel ends when the command ended and nobody holds its output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import asyncssh

from devops_tui.demo.children import Children

_CHUNK_BYTES = 1 << 16


class CommandRunner:
    """Runs the commands of one host through /bin/sh in its home."""

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self._home = home
        self._env = dict(env)
        self._children = Children()
        self._running: set[asyncio.Task[None]] = set()

    def serve(self, channel: asyncssh.SSHServerProcess[bytes]) -> None:
        """Takes a new channel; the work belongs to the host, not to the connection."""
        task = asyncio.get_running_loop().create_task(self._serve(channel))
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a command could not be served", "exception": error}
            )

    async def _serve(self, channel: asyncssh.SSHServerProcess[bytes]) -> None:
        argv = ["/bin/sh", "-c", channel.command] if channel.command else ["/bin/sh"]
        inputs, outputs, errors = os.pipe(), os.pipe(), os.pipe()
        env = self._env | dict(channel.env)
        try:
            pid = self._children.start(
                argv,
                stdin=inputs[0],
                stdout=outputs[1],
                stderr=errors[1],
                env=env,
                folder=self._home,
            )
        except OSError as error:
            os.close(inputs[1])
            os.close(outputs[0])
            os.close(errors[0])
            channel.stderr.write(f"sh: {error.strerror}\n".encode())
            channel.exit(127)
            return
        finally:
            os.close(inputs[0])
            os.close(outputs[1])
            os.close(errors[1])
        feeding = asyncio.create_task(self._feed(channel, pid, inputs[1]))
        try:
            await asyncio.gather(
                _pump(outputs[0], channel.stdout), _pump(errors[0], channel.stderr)
            )
            code = await self._children.ended(pid)
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding
        with contextlib.suppress(OSError, asyncssh.Error):  # the client may be gone
            _tell_end(channel, code)

    async def _feed(self, channel: asyncssh.SSHServerProcess[bytes], pid: int, target: int) -> None:
        """Client to command: its input, and its signals."""
        loop = asyncio.get_running_loop()
        pipe = os.fdopen(target, "wb", buffering=0)
        transport, room = await loop.connect_write_pipe(_Room, pipe)
        try:
            while True:
                try:
                    data = await channel.stdin.read(_CHUNK_BYTES)
                except asyncssh.SignalReceived as received:
                    self._signal(pid, received.signal)
                    continue
                except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived):
                    continue
                except (OSError, asyncssh.Error):
                    return
                if not data:
                    return
                transport.write(data)  # dropped when the command reads no more
                await room.wait()
        finally:
            transport.close()

    def _signal(self, pid: int, name: str) -> None:
        number = getattr(signal, f"SIG{name}", None)
        if isinstance(number, signal.Signals):
            self._children.send(pid, number)


class _Room(asyncio.Protocol):
    """Whether a pipe takes more bytes now."""

    def __init__(self) -> None:
        self._has_room = asyncio.Event()
        self._has_room.set()

    def pause_writing(self) -> None:
        self._has_room.clear()

    def resume_writing(self) -> None:
        self._has_room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._has_room.set()

    async def wait(self) -> None:
        """Returns when there is room, or nobody left to make room for."""
        await self._has_room.wait()


async def _pump(source: int, target: asyncssh.SSHWriter[bytes]) -> None:
    """Command to client, no faster than the client reads."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_CHUNK_BYTES)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(source, "rb", buffering=0)
    )
    try:
        while data := await reader.read(_CHUNK_BYTES):
            target.write(data)
            await target.drain()
    except (OSError, asyncssh.Error):
        return  # nobody reads any more: the command gets SIGPIPE, as from sshd
    finally:
        transport.close()


def _tell_end(channel: asyncssh.SSHServerProcess[bytes], code: int) -> None:
    if code >= 0:
        channel.exit(code)
        return
    name = signal.Signals(-code).name.removeprefix("SIG")
    channel.exit_with_signal(name)
