"""Opens SSH connections: a few at a time, with checked keys, without asking anybody."""

from __future__ import annotations

import asyncio
import random
import socket
from weakref import WeakKeyDictionary

import asyncssh

from devops_tui.domain.errors import HostError
from devops_tui.transports import failure
from devops_tui.transports.destination import Destination
from devops_tui.transports.host_key import HOST_KEY_KINDS, HostKeyGuard
from devops_tui.transports.limits import LinkLimits

HANDSHAKES_AT_ONCE = 8

# asyncssh would take chacha20 first; AES-GCM runs in the processor and costs a fifth less.
_CIPHERS = (
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
    "aes256-ctr,aes192-ctr,aes128-ctr"
)
_BUSY_SERVER = (asyncssh.ConnectionLost, ConnectionResetError, BrokenPipeError)

_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _gate() -> asyncio.Semaphore:
    """The process-wide limit of handshakes, one for each event loop."""
    return _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(HANDSHAKES_AT_ONCE))


async def dial(
    to: Destination, limits: LinkLimits, through: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """A connection that is logged in, directly or through another one.

    A server that drops us in mid-handshake may have reached MaxStartups: it is tried
    again a few times, after a random wait so that many of us do not come back together.

    Raises:
        HostError: It could not be opened; the key errors and LoginRefused are walls.
    """
    pause_s = limits.retry_s
    for remaining in reversed(range(limits.handshake_tries)):
        guard = HostKeyGuard(to.name, to.verdict())
        try:
            async with _gate():
                return await _handshake(to, limits, guard, through)
        except HostError:
            raise
        except failure.LINK_ERRORS as error:
            may_be_busy = isinstance(error, _BUSY_SERVER) and "timeout" not in str(error).lower()
            if not (remaining and may_be_busy):
                raise failure.of_handshake(error, to, guard) from error
        await asyncio.sleep(random.uniform(0.2, 1.0) * pause_s)  # noqa: S311 - a wait, no secret
        pause_s *= 2
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _handshake(
    to: Destination,
    limits: LinkLimits,
    guard: HostKeyGuard,
    through: asyncssh.SSHClientConnection | None,
) -> asyncssh.SSHClientConnection:
    carried = through is not None or bool(to.proxy_command)
    keys = to.keys()
    sock = None if carried else await _open_socket(to, limits.connect_s)
    # A key that we hold ourselves needs no agent; one with a passphrase is the agent's.
    agent = "" if keys and to.uses_identities_only else to.agent
    options: dict[str, object] = {
        "client_factory": lambda: guard,
        "known_hosts": guard.trusted,
        "server_host_key_algs": HOST_KEY_KINDS,
        "encryption_algs": _CIPHERS,
        "username": to.user,
        "agent_path": agent or None,
        "agent_forwarding": False,
        "x11_forwarding": False,
        "gss_host": None,
        "gss_kex": False,
        "gss_auth": False,
        "host_based_auth": False,
        "password_auth": False,
        "kbdint_auth": False,
        "connect_timeout": limits.connect_s + limits.login_s,
        "login_timeout": limits.login_s,
        "keepalive_interval": limits.keepalive_s,
        "keepalive_count_max": limits.keepalive_misses,
        "env": None,
        "send_env": None,
        "request_pty": False,
        "encoding": None,
    }
    if keys:
        options["client_keys"] = keys
    elif to.uses_identities_only:
        options["agent_identities"] = to.public_halves()
    try:
        return await asyncssh.connect(
            to.address,
            to.port,
            config=None,
            sock=sock,
            tunnel=through,
            proxy_command=list(to.proxy_command) or None,
            **options,
        )
    except BaseException:
        if sock is not None:
            sock.close()
        raise


async def _open_socket(to: Destination, timeout_s: float) -> socket.socket:
    """A connected TCP socket; the addresses of a name are tried in turn."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        found = await loop.getaddrinfo(to.address, to.port, type=socket.SOCK_STREAM)
        last: OSError = OSError(f"{to.address} has no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                last = error
            except asyncio.CancelledError:
                sock.close()
                raise
            else:
                return sock
    raise last
