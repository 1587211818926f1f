"""Says in the words of the domain what went wrong on a link."""

from __future__ import annotations

import socket

import asyncssh

from devops_tui.domain.errors import HostError, HostUnreachable, LoginRefused
from devops_tui.transports.destination import Destination
from devops_tui.transports.host_key import HostKeyGuard

LINK_ERRORS = (asyncssh.Error, OSError)
"""Everything that asyncssh and the operating system raise for a link."""


def of_handshake(error: Exception, to: Destination, guard: HostKeyGuard) -> HostError:
    """The error for a handshake that failed; hints say what an operator can do."""
    where = f"{to.name} ({to.address} port {to.port})"
    if guard.is_connected and _is_out_of_time(error):
        return _silent(where, guard)
    match error:
        case HostError():
            return error
        case asyncssh.HostKeyNotVerifiable():
            return guard.refused(str(error))
        case asyncssh.PermissionDenied():
            keys = ", ".join(to.identities) or "the usual keys of ~/.ssh and of the agent"
            return LoginRefused(
                f"{where} does not let {to.user} in",
                f"Tried: {keys}. Is the public key in authorized_keys there, and the user right?",
            )
        case asyncssh.KeyExchangeFailed():
            return HostError(
                f"{where} has no cryptography in common with us: {error}",
                "Its SSH server is very old or very strict.",
            )
        case socket.gaierror():
            return HostUnreachable(
                f"the name {to.address} of {to.name} cannot be resolved",
                "Correct `address`, or the name service.",
            )
        case TimeoutError():
            return HostUnreachable(
                f"{where} does not answer", "Is it up, and does a firewall let us through?"
            )
        case ConnectionRefusedError():
            return HostUnreachable(
                f"{where} refuses the connection", "Is its SSH server running, on that port?"
            )
        case asyncssh.ProtocolError() | asyncssh.ProtocolNotSupported():
            return HostUnreachable(
                f"{where} does not speak SSH: {error}", "Is that the port of its SSH server?"
            )
        case _:
            return HostUnreachable(f"{where}: {error}", "Is its SSH server running?")


def _is_out_of_time(error: Exception) -> bool:
    is_lost_in_login = isinstance(error, asyncssh.ConnectionLost)
    return isinstance(error, TimeoutError) or (is_lost_in_login and "timeout" in str(error).lower())


def _silent(where: str, guard: HostKeyGuard) -> HostUnreachable:
    """TCP stands and the login does not come to an end."""
    if guard.is_greeted:
        return HostUnreachable(
            f"{where} does not finish the login in time",
            "It may be overloaded, or wait for a name service or a directory of users.",
        )
    return HostUnreachable(
        f"{where} takes the connection, its SSH server says nothing: it is frozen",
        "Look at its console: the host is up, sshd is not running on.",
    )


def of_link(error: Exception, host: str) -> HostError:
    """The error for a link that stood and did not do what was asked."""
    if isinstance(error, HostError):
        return error
    if isinstance(error, asyncssh.ChannelOpenError):
        said = error.reason.lower()
        if "refused" in said or "connect call failed" in said:  # the host tried; limits say less
            return HostUnreachable(
                f"nothing answers on {host} there: connection refused", "Is that server running?"
            )
        if "closed" in said:
            return HostUnreachable(f"the link to {host} broke", "It is opened again when asked.")
        return HostUnreachable(
            f"{host} opens no further session: {error}",
            "Its MaxSessions may be used up, or forwarding be forbidden there.",
        )
    return HostUnreachable(f"the link to {host} broke: {error}", "It is opened again.")
