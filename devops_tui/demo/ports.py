"""Free TCP ports on loopback."""

from __future__ import annotations

import contextlib
import socket

from devops_tui.demo.plan import LOOPBACK


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nobody listened on a moment ago, all different.

    Somebody else may take one before it is used: whoever binds it reports that, and
    asks again.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
