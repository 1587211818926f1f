"""Whole files in a folder of a host, over the SSH link that the workspace has to it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from devops_tui.domain.errors import CommandFailed, HostUnreachable, NotFound
from devops_tui.domain.ids import HostName
from devops_tui.ports.transport import Completed, Links

_LIST_BYTES = 64 << 20  # about half a million files
_LIST_S = 300.0
_DIGEST_S = 600.0
_ABSENT = 44
_ROW = re.compile(r"\s*([0-9]+) \S*?([0-9a-f]{64})\Z")


class HostFiles:
    """Implements ports.far_files.FarFiles.

    Needs: POSIX sh with wc and one of sha256sum, shasum, openssl on the host; SFTP is used
    to send where it is there. The folder is made when it is missing.

    Cancel: nothing half is left under a file's name.
    """

    tested_with = "openssh"

    def __init__(self, links: Links, host: HostName, folder: str) -> None:
        self._links = links
        self._host = host
        self._folder = folder.rstrip("/")

    @property
    def place(self) -> str:
        """The host and its folder."""
        return f"{self._host}:{self._folder}"

    async def has(self, name: str) -> bool:
        """Whether the file is there."""
        done = await self._run(f"[ -f {self._quoted(name)} ]\n")
        return done.exit_code == 0

    async def put(self, source: Path, name: str) -> None:
        """Sends a file under a temporary name, renames it, and has its digest computed there."""
        path = self._path(name)
        folder = shlex.quote(path.rpartition("/")[0])
        done = await self._run(f"umask 077; mkdir -p -- {folder}\n")
        self._check(done, "made no folder")
        await self._links.to(self._host).put(source, path, 0o440)
        done = await self._run(_digest(shlex.quote(path)), _DIGEST_S)
        found = done.stdout.decode("ascii", "replace").strip()
        if done.exit_code != 0 or found != name:
            await self.remove(name)
            raise CommandFailed(
                f"what arrived in {self.place} is {found[:12] or 'unreadable'}, not {name[:12]}",
                1,
                "Look at the disk there.",
            )

    async def get(self, name: str, target: Path) -> None:
        """Writes the bytes to `target` as they come."""
        where = self._quoted(name)
        script = f"[ -f {where} ] || exit {_ABSENT}\nexec cat -- {where}\n"
        with target.open("wb") as file:

            def take(data: bytes) -> None:
                file.write(data)

            session = await self._links.to(self._host).session(script, take)
            try:
                code = await session.wait_closed()
            finally:
                session.close()
        if code is None:
            raise HostUnreachable(f"the link to {self._host} broke", "It is fetched again.")
        if code == _ABSENT:
            raise NotFound(f"no {name[:12]} in {self.place}", "Build it again.")
        if code != 0:
            raise CommandFailed(f"{name[:12]} in {self.place} cannot be read", code)

    async def remove(self, name: str) -> int:
        """Removes the file and returns its bytes."""
        where = self._quoted(name)
        done = await self._run(f"[ -f {where} ] || exit 0\nwc -c < {where} && rm -f -- {where}\n")
        self._check(done, "did not remove it")
        said = done.stdout.decode("ascii", "replace").strip()
        return int(said) if said.isdigit() else 0

    async def sizes(self) -> Mapping[str, int]:
        """Every whole file; what is being sent has another name."""
        script = (
            f"cd -- {shlex.quote(self._folder)} 2>/dev/null || exit 0\n"
            "for d in [0-9a-f][0-9a-f]; do\n"
            '[ -d "$d" ] && ( cd "$d" && wc -c [0-9a-f]* 2>/dev/null )\n'
            "done; :\n"
        )
        done = await self._links.to(self._host).run(
            script, timeout_s=_LIST_S, limit_bytes=_LIST_BYTES
        )
        self._check(done, "did not list it")
        rows = (_ROW.match(line) for line in done.stdout.decode("ascii", "replace").splitlines())
        return {row[2]: int(row[1]) for row in rows if row is not None}

    async def _run(self, script: str, timeout_s: float = 60.0) -> Completed:
        done = await self._links.to(self._host).run(script, timeout_s=timeout_s)
        if done.exit_code is None:
            raise HostUnreachable(f"the link to {self._host} broke", "It is opened again.")
        return done

    def _check(self, done: Completed, what: str) -> None:
        if done.exit_code != 0:
            said = done.stderr.decode("utf-8", "replace").strip()[:200]
            raise CommandFailed(
                f"{self.place} {what}: {said or 'no reason given'}",
                done.exit_code or 1,
                "Is the folder ours to write in, and has its disk room?",
            )

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name[:2]}/{name}"

    def _quoted(self, name: str) -> str:
        return shlex.quote(self._path(name))


def _digest(where: str) -> str:
    """Prints the SHA-256 of a file as 64 hex digits, with what the host has for it."""
    return (
        f"if command -v sha256sum >/dev/null 2>&1; then sha256sum < {where}\n"
        f"elif command -v shasum >/dev/null 2>&1; then shasum -a 256 < {where}\n"
        f"else openssl dgst -sha256 -r < {where}; fi | cut -d ' ' -f 1\n"
    )
