"""A link to one host over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from devops_tui.domain.errors import CommandTimedOut
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.ports.pulse import Pulse
from devops_tui.ports.transport import ByteReader, ByteWriter, Completed
from devops_tui.transports import failure, upload
from devops_tui.transports.capped import Capped
from devops_tui.transports.framing import COMMAND, Envelope
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.ssh_ahead import ChannelsAhead, Streams
from devops_tui.transports.ssh_channel import ScriptChannel
from devops_tui.transports.ssh_config import USER_FILE
from devops_tui.transports.ssh_link import SshLink
from devops_tui.transports.ssh_reader import SshReader, SshWriter

_REPLY_LIMIT = 64 << 20
_CHUNK = 1 << 16


class SshTransport:
    """Runs scripts, copies files and reaches sockets over one SSH connection.

    Needs: an OpenSSH-like server with POSIX sh; SFTP is used when it is there.
    Cancel: closes the channel of the call; what the remote script did is then unknown.

    Raises:
        HostUnreachable: no link, or it broke (retry can help).
        HostKeyUnknown, HostKeyChanged, HostKeyRevoked, LoginRefused: walls.
    """

    def __init__(
        self,
        host: Host,
        *,
        via: SshTransport | None = None,
        limits: LinkLimits | None = None,
        config_file: Path = USER_FILE,
    ) -> None:
        limits = limits or LinkLimits()
        self._link: SshLink = SshLink(host, via._link if via else None, limits, config_file)
        self._slots = asyncio.Semaphore(limits.sessions)
        # Long-lived scripts may not use the whole budget up, or no short question gets in.
        self._long_slots = asyncio.Semaphore(max(1, limits.sessions - 2))
        self._ahead = ChannelsAhead()
        self._left: set[str] = set()  # partial uploads that broken links left on the host

    @property
    def host(self) -> HostName:
        """The name in the workspace."""
        return self._link.host.name

    async def connect(self) -> None:
        """Opens the link now; nothing when it is open."""
        await self._link.connection()

    async def run(
        self,
        script: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
    ) -> Completed:
        """Runs POSIX sh; `stdin` is all that the script can read.

        The time of opening the link is not counted: it has limits of its own.

        Returns:
            Completed; its exit_code is None when the link broke before the host said it.

        Raises:
            CommandTimedOut: It was ended here; whether it was there is unknown.
        """
        stdout, stderr = Capped(limit_bytes), Capped(limit_bytes)
        await self._link.connection()
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._slots,
                self._script(script, stdout.take, stderr.take, takes_input=bool(stdin)) as channel,
            ):
                if stdin:
                    await channel.begun
                    if not channel.ended.done():
                        channel.write(stdin)
                        channel.write_eof()
                await channel.ended
        except TimeoutError as error:
            raise CommandTimedOut(
                f"a command on {self.host} took more than {timeout_s:g} s",
                "It was given up here; it may still be running there.",
            ) from error
        channel.check_began()
        return Completed(
            channel.exit_code, bytes(stdout), bytes(stderr), stdout.is_cut or stderr.is_cut
        )

    async def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        """Copies a file whole or not at all (a temporary name, then a rename).

        A relative target, or one that begins with "~/", lies under the login's home; its
        folder must be there.

        Raises:
            CommandFailed: The host would not take it (no folder, no room, no permission).
        """
        async with self._slots:
            if await self._put_by_sftp(source, target, mode):
                return
            output, complaint = Capped(0), Capped(2000)
            script = upload.script(source, target, mode)
            async with self._script(
                script, output.take, complaint.take, takes_input=True
            ) as channel:
                await channel.begun
                for chunk in upload.chunks(source):
                    if channel.ended.done():
                        break
                    channel.write(chunk)
                    await channel.drain()
                channel.write_eof()
                await channel.ended
            upload.check(channel.exit_code, bytes(complaint), self.host, target)

    async def call_ahead(self, socket_path: str) -> None:
        """Opens the channel of the next exchange with this socket, for a few seconds.

        Raises:
            HostUnreachable: No link, or nobody listens there.
        """
        self._ahead.put(socket_path, await self._open_socket(socket_path))

    async def exchange(self, socket_path: str, data: bytes, *, timeout_s: float = 5.0) -> bytes:
        """Sends to a UNIX socket on the host and reads until it closes.

        No shell and no remote process take part (direct-streamlocal).

        Raises:
            CommandTimedOut: The socket did not close in time; what was sent may have acted.
        """
        reply = Capped(_REPLY_LIMIT)
        await self._link.connection()
        try:
            async with asyncio.timeout(timeout_s):
                streams = self._ahead.take(socket_path) or await self._open_socket(socket_path)
                reader, writer = streams
                try:
                    writer.write(data)
                    while chunk := await reader.read(_CHUNK):
                        reply.take(chunk)
                finally:
                    writer.close()
        except TimeoutError as error:
            raise CommandTimedOut(
                f"{socket_path} on {self.host} did not answer within {timeout_s:g} s",
                "It may have done what it was told: look before telling it again.",
            ) from error
        except failure.LINK_ERRORS as error:
            raise failure.of_link(error, self.host) from error
        return bytes(reply)

    async def _open_socket(self, socket_path: str) -> Streams:
        return await self._link.open(
            lambda connection: connection.open_unix_connection(socket_path, encoding=None)
        )

    async def open_port(
        self, port: int, address: str = "127.0.0.1"
    ) -> tuple[ByteReader, ByteWriter]:
        """A TCP connection from the host to one of its own ports (direct-tcpip)."""
        reader, writer = await self._link.open(
            lambda connection: connection.open_connection(address, port, encoding=None)
        )
        return SshReader(reader, self.host), SshWriter(writer, self.host)

    async def session(self, script: str, on_data: Callable[[bytes], None]) -> SshSession:
        """Starts a long-lived script; `on_data` gets its output as it arrives.

        Returns as soon as the channel is open; what is written before the script began
        waits for it. The script's error output is dropped.
        """
        for slots in (taken := [self._long_slots, self._slots]):
            await slots.acquire()
        try:
            channel = await self._open_script(script, on_data, lambda _: None, takes_input=True)
        except BaseException:
            for slots in taken:
                slots.release()
            raise

        def give_back(_: asyncio.Future[None]) -> None:
            for slots in taken:
                slots.release()

        channel.ended.add_done_callback(give_back)
        return SshSession(channel)

    async def pulse(self, timeout_s: float) -> Pulse:
        """As ports.pulse says: whether the server, or at least the host's system, answers."""
        return await self._link.pulse(timeout_s)

    async def close(self) -> None:
        """Closes the link and waits until it is closed; the next call opens a new one."""
        self._ahead.close()
        await self._link.close()

    async def _open_script(
        self,
        script: str,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
        *,
        takes_input: bool,
    ) -> ScriptChannel:
        envelope = Envelope.new(takes_input=takes_input)
        program = envelope.program(script)
        channel = ScriptChannel(self.host, envelope, on_stdout, on_stderr)
        raw, _ = await self._link.open(
            lambda connection: connection.create_session(lambda: channel, COMMAND, encoding=None)
        )
        raw.write(program)
        if not takes_input:
            raw.write_eof()
        return channel

    @asynccontextmanager
    async def _script(
        self,
        script: str,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
        *,
        takes_input: bool,
    ) -> AsyncIterator[ScriptChannel]:
        channel = await self._open_script(script, on_stdout, on_stderr, takes_input=takes_input)
        try:
            yield channel
        finally:
            channel.close()

    async def _put_by_sftp(self, source: Path, target: str, mode: int) -> bool:
        """False when the host has no SFTP; nothing was sent then."""
        connection = await self._link.connection()
        try:
            client = await connection.start_sftp_client()
        except failure.LINK_ERRORS as error:
            if connection.is_closed():
                raise failure.of_link(error, self.host) from error
            return False
        async with client:
            await upload.by_sftp(client, source, target, mode, self.host, self._left)
        return True


class SshSession:
    """A long-lived script on a host."""

    def __init__(self, channel: ScriptChannel) -> None:
        self._channel = channel

    def write(self, data: bytes) -> None:
        """Sends without waiting; raises HostUnreachable when the link is gone."""
        self._channel.write(data)

    async def wait_closed(self) -> int | None:
        """The exit code, or None when the link broke.

        Raises:
            LoginRefused: The account ran something else than our script.
        """
        await asyncio.shield(self._channel.ended)
        self._channel.check_began()
        return self._channel.exit_code

    def close(self) -> None:
        """Ends the channel; the script notices by the end of its input."""
        self._channel.close()
