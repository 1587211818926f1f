"""Trust on first use, as an act of its own: shows a host's key, and writes it down when told.

A key that differs from the one on record is a wall here too: nothing is overwritten.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from devops_tui.domain.errors import HostError, HostKeyChanged, HostUnreachable
from devops_tui.domain.fleet import Host
from devops_tui.transports.answering import answering, link_over
from devops_tui.transports.destination import Destination
from devops_tui.transports.host_key import HOST_KEY_KINDS, HostKeyGuard
from devops_tui.transports.known_hosts import DEFAULT_PORT, Mark, fingerprint
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.ssh_config import USER_FILE


@dataclass(frozen=True, slots=True)
class Offer:
    """The key that a host shows.

    Attributes:
        fingerprint: As `ssh-keygen -l` prints it: kind and SHA256.
        place: The name that the key would be written down for: "web-1", "[web-1]:2222".
        file: Where; the first of the files that the key is looked for in.
        line: What would be appended.
        is_known: It is on record already: there is nothing to do.
    """

    host: str
    fingerprint: str
    place: str
    file: Path
    line: str
    is_known: bool


async def ask_key(
    host: Host, hosts: Mapping[str, Host], limits: LinkLimits, config_file: Path = USER_FILE
) -> Offer:
    """Asks a host for its key, at the address that answers and over its jump hosts.

    It logs in nowhere but there; the key is written down for the first address.

    Raises:
        HostKeyChanged, HostKeyRevoked: Another key is on record, or this one is revoked.
        HostUnreachable: It does not answer.
        HostError: It is reached in a way on which its key cannot be asked for.
    """
    to = Destination.of(host, config_file)
    if to.jump:
        raise HostError(
            f"{host.name} is reached over {to.jump} of ~/.ssh/config",
            "Name that host by `via` in devops.yaml, or trust the key by ssh itself.",
        )
    address = (await answering(host, hosts, limits, config_file)).address
    jump = link_over(hosts, host.via, limits, config_file)
    try:
        async with asyncio.timeout(limits.connect_s + limits.login_s):
            key = await asyncssh.get_server_host_key(
                address,
                to.port,
                tunnel=await jump.connection() if jump is not None else None,
                proxy_command=list(to.proxy_command) or None,
                server_host_key_algs=list(HOST_KEY_KINDS),
                config=None,
            )
    except (OSError, TimeoutError, asyncssh.Error) as error:
        why = str(error) or "no answer in time"
        raise HostUnreachable(f"{host.name} does not show its key: {why}") from error
    finally:
        if jump is not None:
            await jump.close()
    if key is None:
        raise HostUnreachable(f"{host.name} showed no key")
    return _offer(to, key)


def _offer(to: Destination, key: asyncssh.SSHKey) -> Offer:
    verdict = to.verdict()
    if key in [entry.key for entry in verdict.revoked()]:
        raise HostKeyGuard(to.name, verdict).refused("revoked")
    known = verdict.entries(Mark.TRUSTED) or verdict.entries(Mark.AUTHORITY)
    is_known = key in verdict.keys(Mark.TRUSTED)
    if known and not is_known:
        listed = "; ".join(map(str, known))
        raise HostKeyChanged(
            f"{to.name} shows another host key than the one on record",
            f"Shown: {fingerprint(key)}. On record: {listed}. Ask who runs the host. Only when "
            "they say that the key was changed, remove that line by hand and trust it again.",
        )
    place = to.key_name.lower()
    if to.port != DEFAULT_PORT:
        place = f"[{place}]:{to.port}"
    line = f"{place} {key.export_public_key().decode().strip()}"
    return Offer(to.name, fingerprint(key), place, to.known_hosts.files[0], line, is_known)


def write_down(offer: Offer) -> None:
    """Appends the key to its file; raises HostError when that cannot be written."""
    path = offer.file.expanduser()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = path.read_bytes() if path.exists() else b""
        gap = "" if not text or text.endswith(b"\n") else "\n"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(f"{gap}{offer.line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise HostError(
            f"{path} cannot be written: {error.strerror}", "Name another file by `known_hosts`."
        ) from error
