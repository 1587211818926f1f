"""Channels to UNIX sockets that are open before anything is to be said on them."""

from __future__ import annotations

import asyncio

import asyncssh

Streams = tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]

KEPT_S = 3.0
"""Shorter than any time-out with which a balancer closes a socket on which nothing is said."""


class ChannelsAhead:
    """At most one open channel for each socket, given to the next who asks for it.

    A channel that nobody takes within `KEPT_S` is closed.
    """

    def __init__(self) -> None:
        self._open: dict[str, tuple[Streams, asyncio.TimerHandle]] = {}

    def put(self, socket_path: str, streams: Streams) -> None:
        """Keeps it; one that was kept before for the same socket is closed."""
        self.drop(socket_path)
        timer = asyncio.get_running_loop().call_later(KEPT_S, self.drop, socket_path)
        self._open[socket_path] = (streams, timer)

    def take(self, socket_path: str) -> Streams | None:
        """The channel, if it is still open on both sides; it is the caller's to close."""
        held = self._open.pop(socket_path, None)
        if held is None:
            return None
        (reader, writer), timer = held
        timer.cancel()
        if reader.at_eof() or writer.is_closing():
            writer.close()
            return None
        return reader, writer

    def drop(self, socket_path: str) -> None:
        """Closes what is kept for the socket."""
        held = self._open.pop(socket_path, None)
        if held is not None:
            (_, writer), timer = held
            timer.cancel()
            writer.close()

    def close(self) -> None:
        """Closes all."""
        for socket_path in list(self._open):
            self.drop(socket_path)
