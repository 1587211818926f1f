"""Opens SSH connections: a few at a time, with checked keys, without asking anybody."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import asyncssh

from devops_tui.domain.errors import HostError
from devops_tui.transports import failure
from devops_tui.transports.destination import Destination
from devops_tui.transports.host_key import HostKeyGuard
from devops_tui.transports.limits import LinkLimits

HANDSHAKES_AT_ONCE = 8
AT_ONE_SERVER = 3
"""Of those to one address: several hosts may stand behind it, and sshd's MaxStartups too."""

# asyncssh would take chacha20 first; AES-GCM runs in the processor and costs a fifth less.
# None is in CBC mode: `lighten` (by the HostKeyGuard) relies on it.
_CIPHERS = [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
]
_BUSY_SERVER = (asyncssh.ConnectionLost, ConnectionResetError, BrokenPipeError)

_DIGITS = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Address]

_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


_Doors = dict[tuple[str, int], asyncio.Semaphore]
_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, _Doors] = WeakKeyDictionary()


def _door(to: Destination) -> asyncio.Semaphore:
    """The limit of handshakes with one server."""
    doors = _doors.setdefault(asyncio.get_running_loop(), {})
    return doors.setdefault((to.address, to.port), asyncio.Semaphore(AT_ONE_SERVER))


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
            async with _door(to), _gate():
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
    sock, address = None, to.address
    if not carried:
        sock, address = await open_socket(to, limits.connect_s)
    # A key that we hold ourselves needs no agent; one with a passphrase is the agent's.
    agent = "" if keys and to.uses_identities_only else to.agent
    options: dict[str, object] = {
        "client_factory": lambda: guard,
        "known_hosts": guard.trusted,
        "server_host_key_algs": guard.kinds(),
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
        # Over another link only opening a channel tells whether an address answers.
        for further in to.others if through is not None else ():
            try:
                return await _connect(address, to, None, through, options)
            except (asyncssh.ChannelOpenError, OSError):
                address = further
        return await _connect(address, to, sock, through, options)
    except BaseException:
        if sock is not None:
            sock.close()
        raise


async def _connect(
    address: str,
    to: Destination,
    sock: socket.socket | None,
    through: asyncssh.SSHClientConnection | None,
    options: dict[str, object],
) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        address,
        to.port,
        config=None,
        sock=sock,
        tunnel=through,
        proxy_command=list(to.proxy_command) or None,
        **options,
    )


async def open_socket(to: Destination, timeout_s: float) -> tuple[socket.socket, str]:
    """A connected TCP socket, and the address that answered; they are tried in turn.

    Each has its share of the time: one that swallows packets does not use up all of it.
    """
    loop = asyncio.get_running_loop()
    end_s = loop.time() + timeout_s
    names = (to.address, *to.others)
    last: OSError = OSError(f"{to.address} has no address")
    for place, name in enumerate(names):
        share_s = (end_s - loop.time()) / (len(names) - place)
        try:
            async with asyncio.timeout(share_s):
                found = await _found(name, to.port)
        except OSError as error:  # a name that is not known, or nobody who knows it in time
            last = error
            continue
        turn_end_s = loop.time() + share_s
        for index, (family, kind, protocol, _, address) in enumerate(found):
            turn_s = (turn_end_s - loop.time()) / (len(found) - index)
            try:
                return await _socket_to(family, kind, protocol, address, turn_s), name
            except OSError as error:
                last = error
    raise last


async def _found(name: str, port: int) -> Sequence[_Found]:
    """What an address or a name stands for; of digits nobody is asked, and no thread is woken."""
    try:
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=_DIGITS)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)


async def _socket_to(
    family: int,
    kind: int,
    protocol: int,
    address: _Address,
    timeout_s: float,
) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    sock.setblocking(False)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock
