"""Puts a file on a host whole or not at all: by SFTP, or through a shell where that is missing."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path

import asyncssh

from devops_tui.domain.errors import CommandFailed, HostUnreachable
from devops_tui.transports import failure

_CHUNK = 1 << 17


async def by_sftp(
    client: asyncssh.SFTPClient,
    source: Path,
    target: str,
    mode: int,
    host: str,
    left: set[str],
) -> None:
    """Sends under a temporary name that only we may read, sets the mode, renames.

    `left` names temporary files that broken links left on this host: they are removed
    first, and this one is added when the link breaks now.

    Cancel: the temporary file is removed if the link still stands.

    Raises:
        CommandFailed: The host would not take it.
        HostUnreachable: The link broke; the target is as it was.
    """
    target = from_home(target)
    partial = partial_name(target)
    for name in tuple(left):
        if await _remove(client, name):
            left.discard(name)
    try:
        try:
            private = asyncssh.SFTPAttrs(permissions=0o600)
            async with client.open(partial, "xb", private):
                pass
            await client.put(str(source), partial)
            await client.chmod(partial, mode)
            await client.posix_rename(partial, target)
        except BaseException:
            if not await _remove(client, partial):
                left.add(partial)
            raise
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
        raise failure.of_link(error, host) from error
    except asyncssh.SFTPError as error:
        raise _refused(host, target, str(error.reason)) from error
    except failure.LINK_ERRORS as error:
        raise failure.of_link(error, host) from error


async def _remove(client: asyncssh.SFTPClient, partial: str) -> bool:
    """Whether the file is not there any more; False when the link is gone."""
    try:
        await client.remove(partial)
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
        return False
    except asyncssh.SFTPError:
        return True  # it was never made
    except failure.LINK_ERRORS:
        return False
    return True


def script(source: Path, target: str, mode: int) -> str:
    """Takes the file from standard input; a link that breaks half-way leaves the target alone."""
    size_bytes = source.stat().st_size
    place = from_home(target)
    partial, place = shlex.quote(partial_name(place)), shlex.quote(place)
    return (
        'cd "$HOME" || exit\n'
        f"p={partial}; umask 077; trap 'rm -f \"$p\"' 0\n"
        'cat >"$p" || exit\n'
        f'[ "$(($(wc -c <"$p")))" -eq {size_bytes} ] || {{ echo "incomplete" >&2; exit 65; }}\n'
        f'chmod {mode & 0o7777:o} "$p" && mv -f "$p" {place}\n'
    )


def chunks(source: Path) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time."""
    with source.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data


def check(exit_code: int | None, complaint: bytes, host: str, target: str) -> None:
    """Raises when the script did not put the file in its place."""
    if exit_code is None:
        raise HostUnreachable(f"the link to {host} broke during an upload", "Send it again.")
    if exit_code != 0:
        raise _refused(host, target, complaint.decode("utf-8", "replace").strip())


def from_home(target: str) -> str:
    """A path as SFTP takes it: what does not begin with "/" lies under the home."""
    target = target.removeprefix("~/")
    return f"./{target}" if target.startswith("-") else target


def partial_name(target: str) -> str:
    """A name beside the target, in the same file system, that nobody else uses."""
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}.{name[:100]}.{secrets.token_hex(6)}.part"


def _refused(host: str, target: str, reason: str) -> CommandFailed:
    return CommandFailed(
        f"{host} did not take {target}: {reason}",
        1,
        "Is the folder there, is it ours to write in, and has its disk room?",
    )
