"""One script in a process group of its own on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.ids import HostName
from devops_tui.transports.framing import Envelope, Unwrapper

_STDIN, _STDOUT = 0, 1


class LocalScript(asyncio.SubprocessProtocol):
    """Bytes in, bytes out, by callbacks: the same shape as a script on an SSH channel.

    Attributes:
        ended: Done when the process is gone and its output was given.
    """

    def __init__(
        self,
        host: HostName,
        envelope: Envelope,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
    ) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host = host
        self._takes_input = envelope.takes_input
        self._stdout = Unwrapper(envelope)
        self._stderr = Unwrapper(envelope)
        self._on_stdout = on_stdout
        self._on_stderr = on_stderr
        self._process: asyncio.SubprocessTransport | None = None
        self._unsent = bytearray()
        self._wants_eof = False

    @property
    def exit_code(self) -> int | None:
        """What the script's shell said, else how its process ended (128+n for a signal)."""
        if self._stdout.exit_code is not None:
            return self._stdout.exit_code
        code = self._process.get_returncode() if self._process else None
        return 128 - code if code is not None and code < 0 else code

    def begin(self, program: bytes) -> None:
        """Sends the script."""
        self._send(program)
        if not self._takes_input:
            self._send_eof()

    def write(self, data: bytes) -> None:
        """Sends now, or as soon as the script began; raises HostUnreachable when it ended."""
        if self.ended.done():
            raise HostUnreachable(f"the session on {self._host} is closed", "Open it again.")
        if self._stdout.has_begun:
            self._send(data)
        else:
            self._unsent += data

    def write_eof(self) -> None:
        """Says that no input follows."""
        self._wants_eof = True
        if self._stdout.has_begun:
            self._send_eof()

    def kill(self) -> None:
        """Ends the process group at once; nothing when it is gone."""
        if self._process is not None and self._process.get_returncode() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.get_pid(), signal.SIGKILL)
        self.release()

    async def end(self) -> None:
        """Kills the process group and waits until its leader is gone, a second at most."""
        self.kill()
        await asyncio.wait([self.ended], timeout=1.0)

    def release(self) -> None:
        """Closes our ends of the pipes; the script notices by the end of its input."""
        if self._process is not None:
            for descriptor in (0, 1, 2):
                if pipe := self._process.get_pipe_transport(descriptor):
                    pipe.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process was started (asyncio calls this)."""
        assert isinstance(transport, asyncio.SubprocessTransport)  # noqa: S101 - narrows the type
        self._process = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Output came (asyncio calls this)."""
        if fd == _STDOUT:
            had_begun = self._stdout.has_begun
            if output := self._stdout.feed(data):
                self._on_stdout(output)
            if self._stdout.has_begun and not had_begun:
                self._send_waiting()
        elif output := self._stderr.feed(data):
            self._on_stderr(output)
        if self._stdout.has_ended and self._stderr.has_ended:
            self.release()  # children may hold the pipes open, but nothing they say is ours

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """A pipe was closed (asyncio calls this); a script may end without reading its input."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone and its pipes are closed (asyncio calls this)."""
        if tail := self._stdout.finish():
            self._on_stdout(tail)
        if tail := self._stderr.finish():
            self._on_stderr(tail)
        if self._process is not None:
            self._process.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def _send_waiting(self) -> None:
        if self._unsent:
            self._send(bytes(self._unsent))
            self._unsent.clear()
        if self._wants_eof:
            self._send_eof()

    def _send(self, data: bytes) -> None:
        pipe = self._process.get_pipe_transport(_STDIN) if self._process else None
        if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing():
            pipe.write(data)

    def _send_eof(self) -> None:
        pipe = self._process.get_pipe_transport(_STDIN) if self._process else None
        if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing():
            pipe.write_eof()


class LocalSession:
    """A long-lived script on this machine."""

    def __init__(self, script: LocalScript) -> None:
        self._script = script

    def write(self, data: bytes) -> None:
        """Sends without waiting; raises HostUnreachable when the script ended."""
        self._script.write(data)

    async def wait_closed(self) -> int | None:
        """The exit code."""
        await asyncio.shield(self._script.ended)
        return self._script.exit_code

    def close(self) -> None:
        """Ends the script and all of its process group."""
        self._script.kill()
