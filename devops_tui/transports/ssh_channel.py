"""One script on one SSH channel: its input, its output without noise, its exit code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import asyncssh

from devops_tui.domain.errors import HostUnreachable, LoginRefused
from devops_tui.transports.framing import Envelope, Unwrapper
from devops_tui.transports.lean import lighten_channel

FLOOD_BYTES = 1 << 20
"""So much before the script's first word is no greeting: the account runs something else."""


class ScriptChannel(asyncssh.SSHClientSession[bytes]):
    """Bytes in, bytes out, by callbacks: the stream interface costs a third more.

    Attributes:
        ended: Done when both closing marks came or the channel closed.
        begun: Done when the host read the script, or when it never will.
    """

    def __init__(
        self,
        host: str,
        envelope: Envelope,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._host = host
        self._stdout = Unwrapper(envelope)
        self._stderr = Unwrapper(envelope)
        self._on_stdout = on_stdout
        self._on_stderr = on_stderr
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._exit_code: int | None = None
        self._is_flood = False
        self._unsent = bytearray()
        self._wants_eof = False
        self._can_write = asyncio.Event()
        self._can_write.set()

    @property
    def exit_code(self) -> int | None:
        """What the script's shell said; None while, or if for ever, nobody knows."""
        said = self._stdout.exit_code
        return self._exit_code if said is None else said

    def check_began(self) -> None:
        """Raises LoginRefused when the account ran something else than our script."""
        if self._stdout.has_begun or not (self._is_flood or self._exit_code is not None):
            return
        noise = (self._stdout.noise + self._stderr.noise).decode("utf-8", "replace").strip()
        how = "and goes on" if self._is_flood else f"(exit code {self._exit_code})"
        raise LoginRefused(
            f"{self._host} let us in and did not run `sh`",
            f"It said: {noise[:300] or 'nothing'} {how}.",
        )

    def write(self, data: bytes) -> None:
        """Sends now, or as soon as the script began.

        Raises:
            HostUnreachable: The channel is gone.
        """
        if self.ended.done():
            raise HostUnreachable(f"the session on {self._host} is closed", "Open it again.")
        if self._channel is not None and self._stdout.has_begun:
            self._send(data)
        else:
            self._unsent += data

    def write_eof(self) -> None:
        """Says that no input follows; nothing when the channel is gone."""
        self._wants_eof = True
        if self._stdout.has_begun:
            self._send_eof()

    async def drain(self) -> None:
        """Waits until the host took enough of what was written, or the channel is gone."""
        while not (self._can_write.is_set() or self.ended.done()):
            await self._can_write.wait()

    def close(self) -> None:
        """Gives the channel back; the script is told by the end of its input and output."""
        if self._channel is not None:
            self._channel.close()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open (asyncssh calls this)."""
        self._channel = chan
        lighten_channel(chan)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Output came (asyncssh calls this)."""
        if datatype == asyncssh.EXTENDED_DATA_STDERR:
            if output := self._stderr.feed(data):
                self._on_stderr(output)
        else:
            if output := self._stdout.feed(data):
                self._on_stdout(output)
            if self._stdout.has_begun and not self.begun.done():
                self._begin()
        skipped = self._stdout.skipped + self._stderr.skipped
        if skipped > FLOOD_BYTES and not self._is_flood and not self._stdout.has_begun:
            self._is_flood = True
            self.close()
        if self._stdout.has_ended and self._stderr.has_ended:
            self._finish()

    def pause_writing(self) -> None:
        """The host takes no more for now (asyncssh calls this)."""
        self._can_write.clear()

    def resume_writing(self) -> None:
        """The host takes more again (asyncssh calls this)."""
        self._can_write.set()

    def exit_status_received(self, status: int) -> None:
        """The login shell's exit code came (asyncssh calls this)."""
        self._exit_code = status

    def exit_signal_received(self, signal_name: str, core: bool, msg: str, lang: str) -> None:
        """A signal ended the login shell (asyncssh calls this)."""
        number = getattr(signal, f"SIG{signal_name}", None)
        self._exit_code = 128 + int(number) if number is not None else 255

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed, by either side or with the link (asyncssh calls this)."""
        if tail := self._stdout.finish():
            self._on_stdout(tail)
        if tail := self._stderr.finish():
            self._on_stderr(tail)
        self._finish()

    def _begin(self) -> None:
        self.begun.set_result(None)
        if self._unsent:
            self._send(bytes(self._unsent))
            self._unsent.clear()
        if self._wants_eof:
            self._send_eof()

    def _send(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    def _send_eof(self) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()

    def _finish(self) -> None:
        self._can_write.set()
        for future in (self.begun, self.ended):
            if not future.done():
                future.set_result(None)
