"""Which of a host's addresses answers, for those who connect in another way than our links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from devops_tui.domain.fleet import Host
from devops_tui.transports.destination import Destination
from devops_tui.transports.dial import open_socket
from devops_tui.transports.known_hosts import DEFAULT_PORT
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.ssh_config import USER_FILE
from devops_tui.transports.ssh_link import SshLink


@dataclass(frozen=True, slots=True)
class Answered:
    """Where a host answers.

    Attributes:
        known_as: As known_hosts calls it where `address` is not its first one, the name of the
            key: "web-1", "[web-1]:2222"; else empty.
    """

    address: str
    known_as: str = ""


async def answering(
    host: Host, hosts: Mapping[str, Host], limits: LinkLimits, config_file: Path = USER_FILE
) -> Answered:
    """The address that our own link would take; the first one where none answers.

    Raises:
        HostError: A line of ~/.ssh/config is malformed, or a jump host cannot be reached.
    """
    to = Destination.of(host, config_file)
    if not to.others or to.jump or to.proxy_command:
        return Answered(to.address)
    jump = link_over(hosts, host.via, limits, config_file)
    if jump is None:
        try:
            sock, found = await open_socket(to, limits.connect_s)
        except OSError:
            return Answered(to.address)
        sock.close()
        return _named(found, to)
    try:
        return _named(await _behind(await jump.connection(), to), to)
    finally:
        await jump.close()


def _named(address: str, to: Destination) -> Answered:
    if address == to.address:
        return Answered(address)
    name = to.key_name.lower()
    return Answered(address, name if to.port == DEFAULT_PORT else f"[{name}]:{to.port}")


async def _behind(connection: asyncssh.SSHClientConnection, to: Destination) -> str:
    for address in (to.address, *to.others):
        try:
            _, writer = await connection.open_connection(address, to.port, encoding=None)
        except (asyncssh.ChannelOpenError, OSError):
            continue
        writer.close()
        return address
    return to.address


def link_over(
    hosts: Mapping[str, Host], name: str, limits: LinkLimits, config_file: Path
) -> SshLink | None:
    """A link to the jump host of that name; None for no name."""
    if not name:
        return None
    via = hosts[name]
    return SshLink(via, link_over(hosts, via.via, limits, config_file), limits, config_file)
