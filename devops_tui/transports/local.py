"""This machine, with the same promises as a host over SSH."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from devops_tui.domain.errors import CommandFailed, CommandTimedOut, HostUnreachable
from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.ports.transport import ByteReader, ByteWriter, Completed
from devops_tui.transports import upload
from devops_tui.transports.capped import Capped
from devops_tui.transports.framing import Envelope
from devops_tui.transports.local_script import LocalScript, LocalSession

_REPLY_LIMIT = 64 << 20
_CHUNK = 1 << 16


class LocalTransport:
    """Runs scripts as processes of this machine; they begin in the home folder.

    Needs: POSIX sh.
    Cancel: ends the script and all of its process group.
    """

    def __init__(self, host: HostName = THIS_MACHINE) -> None:
        self._host = host
        self._open: set[LocalScript] = set()

    @property
    def host(self) -> HostName:
        """The name in the workspace."""
        return self._host

    async def connect(self) -> None:
        """Nothing: this machine is always there."""

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        """Runs POSIX sh; `stdin` is all that the script can read.

        Raises:
            CommandTimedOut: It took too long and was ended, with its process group.
        """
        stdout, stderr = Capped(limit_bytes), Capped(limit_bytes)
        running = await self._start(script, stdout.take, stderr.take, takes_input=bool(stdin))
        try:
            async with asyncio.timeout(timeout_s):
                if stdin:
                    running.write(stdin)
                    running.write_eof()
                await asyncio.shield(running.ended)
        except TimeoutError as error:
            await running.end()
            raise CommandTimedOut(
                f"a command on {self._host} took more than {timeout_s:g} s",
                "It was ended with all that it had started.",
            ) from error
        except asyncio.CancelledError:
            await running.end()
            raise
        return Completed(
            running.exit_code, bytes(stdout), bytes(stderr), stdout.is_cut or stderr.is_cut
        )

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        """Copies a file whole or not at all; see the port.

        Raises:
            CommandFailed: No folder, no room, no permission.
        """
        await asyncio.to_thread(self._put, source, target, mode)

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        """Sends to a UNIX socket and reads until it closes.

        Raises:
            HostUnreachable: Nobody listens there.
            CommandTimedOut: The socket did not close in time; what was sent may have acted.
        """
        reply = Capped(_REPLY_LIMIT)
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_unix_connection(socket_path)
                try:
                    writer.write(data)
                    while chunk := await reader.read(_CHUNK):
                        reply.take(chunk)
                finally:
                    writer.close()
        except TimeoutError as error:
            raise CommandTimedOut(
                f"{socket_path} on {self._host} did not answer within {timeout_s:g} s",
                "It may have done what it was told: look before telling it again.",
            ) from error
        except OSError as error:
            raise HostUnreachable(
                f"{socket_path} on {self._host}: {error.strerror or error}",
                "Does its program run, and may we use the socket?",
            ) from error
        return bytes(reply)

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        """A TCP connection to a port of this machine; raises HostUnreachable."""
        try:
            return await asyncio.open_connection(address, port)
        except OSError as error:
            raise HostUnreachable(
                f"port {port} of {address} on {self._host}: {error.strerror or error}",
                "Does its program run?",
            ) from error

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> LocalSession:
        """Starts a long-lived script; its error output is dropped."""
        return LocalSession(await self._start(script, on_data, lambda _: None, takes_input=True))

    async def close(self) -> None:
        """Ends the scripts that still run and waits for them."""
        for running in list(self._open):
            await running.end()

    async def _start(
        self,
        script: str,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
        *,
        takes_input: bool,
    ) -> LocalScript:
        envelope = Envelope.new(takes_input=takes_input)
        program = envelope.program(script)
        running = LocalScript(self._host, envelope, on_stdout, on_stderr)
        try:
            await asyncio.get_running_loop().subprocess_exec(
                lambda: running, "sh", "-s", cwd=Path.home(), start_new_session=True
            )
        except OSError as error:
            raise HostUnreachable(
                f"sh cannot be started here: {error.strerror}", "Is there memory and a home?"
            ) from error
        self._open.add(running)
        running.ended.add_done_callback(lambda _: self._open.discard(running))
        running.begin(program)
        return running

    def _put(self, source: Path, target: str, mode: int) -> None:
        place = Path.home() / upload.from_home(target)
        partial = Path(upload.partial_name(str(place)))
        try:
            try:
                descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with source.open("rb") as reader, os.fdopen(descriptor, "wb") as writer:
                    shutil.copyfileobj(reader, writer, _CHUNK)
                partial.chmod(mode & 0o7777)
                partial.replace(place)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
        except OSError as error:
            raise CommandFailed(
                f"{self._host} did not take {target}: {error.strerror}",
                1,
                "Is the folder there, is it ours to write in, and has its disk room?",
            ) from error
