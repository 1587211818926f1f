"""The one SSH connection of a host: opened lazily, opened again after a loss."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import asyncssh

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.ports.pulse import Pulse
from devops_tui.transports import failure
from devops_tui.transports.destination import Destination
from devops_tui.transports.dial import dial
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.pulse import pulse_of

_Opened = TypeVar("_Opened")
_BUSY_TRIES = 3


class SshLink:
    """Dials once for all who ask, and over the jump hosts that the host needs."""

    def __init__(
        self, host: Host, via: SshLink | None, limits: LinkLimits, config_file: Path
    ) -> None:
        self.host = host
        self._via = via
        self._configured_via: tuple[str, SshLink | None] = ("", None)
        self._limits = limits
        self._config_file = config_file
        self._connection: asyncssh.SSHClientConnection | None = None
        self._dialling = asyncio.Lock()

    async def connection(self) -> asyncssh.SSHClientConnection:
        """The open connection; raises HostError when it cannot be opened."""
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        async with self._dialling:
            if self._connection is None or self._connection.is_closed():
                destination = Destination.of(self.host, self._config_file)
                via = self._via or self._jump(destination.jump)
                through = await via.connection() if via else None
                self._connection = await dial(destination, self._limits, through)
            return self._connection

    async def open(
        self, opener: Callable[[asyncssh.SSHClientConnection], Awaitable[_Opened]]
    ) -> _Opened:
        """Opens a channel; a link that turns out to be dead is opened again, once.

        A server whose MaxSessions are used up for a moment is asked a few times. Nothing
        has been said on the channel before it is open, so a second try repeats nothing.

        Raises:
            HostUnreachable: No link, or no channel on it.
        """
        for remaining in reversed(range(_BUSY_TRIES)):
            connection = await self.connection()
            try:
                return await opener(connection)
            except failure.LINK_ERRORS as error:
                is_dead = connection.is_closed()
                may_be_busy = isinstance(error, asyncssh.ChannelOpenError) and (
                    error.code != asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
                )
                if not (remaining and (is_dead or may_be_busy)):
                    raise failure.of_link(error, self.host.name) from error
            if not is_dead:
                await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - a wait, no secret
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def pulse(self, timeout_s: float) -> Pulse:
        """How far a question to the server comes; opens no link.

        Behind a jump host only an answer is told: what TCP says is about the jump's link.
        """
        connection = self._connection
        if connection is None or connection.is_closed():
            return Pulse.UNKNOWN
        found = await pulse_of(connection, timeout_s)
        if found is Pulse.TAKEN and (self._via is not None or self._configured_via[1] is not None):
            return Pulse.UNKNOWN
        return found

    async def close(self) -> None:
        """Closes the connection and the jump hosts of ~/.ssh/config that it used."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            await connection.wait_closed()
        if self._configured_via[1] is not None:
            await self._configured_via[1].close()

    def _jump(self, text: str) -> SshLink | None:
        """The jump hosts that ~/.ssh/config names; the first of several leads to the next."""
        if text != self._configured_via[0]:
            via: SshLink | None = None
            for hop in filter(None, text.split(",")):
                via = SshLink(_hop(hop), via, self._limits, self._config_file)
            self._configured_via = (text, via)
        return self._configured_via[1]


def _hop(text: str) -> Host:
    """A host from "[user@]name[:port]" or an ssh:// address."""
    text = text.removeprefix("ssh://").strip()
    user, _, place = text.rpartition("@")
    name, separator, port = place.rpartition(":")
    if not (separator and port.isdigit()) or ("[" not in place and place.count(":") > 1):
        name, port = place, ""
    name = name.strip("[]")
    return Host(HostName(name), port=int(port) if port else 0, user=user)
