"""Asks an SSH server for a sign of life, and the system's TCP whether the question arrived.

The question is OpenSSH's keepalive. An answer means that the server is well; without one, what
TCP still holds unacknowledged tells a server that hangs from a link that passes nothing: a
frozen process's bytes are acknowledged by its system.

Source: RFC 4254, 4 (global requests); ioctl SIOCOUTQ in tcp(7).
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import sys
import termios
from typing import Any

import asyncssh

from devops_tui.ports.pulse import Pulse

_KEEPALIVE = b"keepalive@openssh.com"


async def pulse_of(connection: Any, timeout_s: float) -> Pulse:
    """How an open connection answers within so many seconds.

    Args:
        connection: An asyncssh.SSHClientConnection; its request is none of its public calls.
        timeout_s: Where it stays silent longer, TCP is asked.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await connection._make_global_request(_KEEPALIVE)
    except TimeoutError:
        return _unanswered(connection)
    except (asyncssh.Error, OSError):
        return Pulse.UNKNOWN
    return Pulse.UNKNOWN if connection.is_closed() else Pulse.ANSWERED


def _unanswered(connection: Any) -> Pulse:
    sock = connection.get_extra_info("socket")
    if sock is None or connection.is_closed():
        return Pulse.UNKNOWN
    return of_unacknowledged(unacknowledged(sock.fileno()))


def of_unacknowledged(count: int | None) -> Pulse:
    """What bytes that are still on their way say."""
    if count is None:
        return Pulse.UNKNOWN
    return Pulse.LOST if count else Pulse.TAKEN


def unacknowledged(handle: int) -> int | None:
    """Bytes that were sent and whose arrival TCP was not told; None where nobody can say."""
    if sys.platform != "linux":
        return None
    try:
        told = fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(4))
    except OSError:
        return None
    return int(struct.unpack("i", told)[0])
