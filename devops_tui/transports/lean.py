"""Leaves out of asyncssh's work per packet what nobody needs.

Before each packet asyncssh sends an empty one (MSG_IGNORE), against an attack on ciphers in
CBC mode, which we do not offer: it costs a system call and an encryption here, and wakes the
server once more. For each packet it also makes a line for a log of debug level 3 that is not
kept. Without both a sample costs a quarter less. What it logs of a login it makes into words
before it asks whether anybody wants them, and it wakes a thread to read keys that we have read.

Source: RFC 4251, 9.3.1 (the packet "only necessary when using CBC").
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
from asyncssh.logging import SSHLogger

_IGNORE = 2
"""SSH_MSG_IGNORE, RFC 4253, 11.2."""


def lighten(connection: asyncssh.SSHClientConnection) -> None:
    """For a connection whose ciphers are not in CBC mode."""
    send = connection.send_packet

    def send_packet(pkttype: int, *args: bytes, handler: Any = None) -> None:
        if pkttype != _IGNORE:
            send(pkttype, *args, handler=handler)

    connection.send_packet = send_packet  # type: ignore[method-assign]
    _hush(connection)


def lighten_channel(channel: asyncssh.SSHClientChannel[bytes]) -> None:
    """For a channel that many small packets pass."""
    _hush(channel)


_write = SSHLogger.log


def _log(self: SSHLogger, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
    """As asyncssh's, for levels that are kept."""
    if self.isEnabledFor(level):
        _write(self, level, msg, *args, **kwargs)


SSHLogger.log = _log  # type: ignore[method-assign]


_construct_on_a_thread = asyncssh.SSHClientConnectionOptions.construct.__func__  # type: ignore[attr-defined]


async def _construct(
    cls: type[asyncssh.SSHClientConnectionOptions], /, options: Any = None, **kwargs: Any
) -> Any:
    """As asyncssh's; on a thread only when there are files to be read."""
    if kwargs.get("client_keys"):
        return cls(options, loop=asyncio.get_running_loop(), **kwargs)
    return await _construct_on_a_thread(cls, options, **kwargs)


asyncssh.SSHClientConnectionOptions.construct = classmethod(_construct)  # type: ignore[assignment]


def _hush(handler: Any) -> None:
    handler.log_sent_packet = _nothing
    handler.log_received_packet = _nothing


def _nothing(*_: object) -> None:
    """Takes what would be logged."""
