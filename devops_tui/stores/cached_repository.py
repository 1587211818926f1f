"""A repository elsewhere, with a copy of what was used on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from devops_tui.domain.errors import CommandFailed, NotFound
from devops_tui.domain.ids import Digest
from devops_tui.ports.far_files import FarFiles
from devops_tui.stores.repository import FileRepository, hex_of


class CachedRepository:
    """Implements ports.runtime.Repository over FarFiles.

    A file counts as stored when it is there; the copy here saves the way back. What comes
    from there is compared with its digest, and a copy here that changed is fetched anew.

    Cancel: as its parts; a file is whole or absent, here and there.
    """

    def __init__(self, here: FileRepository, far: FarFiles, folder: Path) -> None:
        self._here = here
        self._far = far
        self._folder = folder

    @property
    def place(self) -> str:
        """Where the files are."""
        return self._far.place

    async def store(self, source: Path) -> tuple[Digest, int]:
        """Copies a file there and returns its digest and size in bytes; idempotent.

        Raises:
            HostUnreachable: It cannot be reached; a later call does it.
            CommandFailed: It did not take the file, or other bytes arrived.
        """
        digest, size = await self._here.store(source)
        name = hex_of(digest)
        if not await self._far.has(name):
            await self._far.put(self._here.location(digest), name)
        return digest, size

    async def path(self, digest: Digest) -> Path:
        """The copy on this machine, fetched where it is missing or was changed.

        Raises:
            NotFound: There is no such file there either, or the digest is not one.
            CommandFailed: The bytes that came are others.
            HostUnreachable: It cannot be reached.
        """
        try:
            return await self._here.path(digest)
        except CommandFailed:
            await self._here.remove(digest)
        except NotFound:
            hex_of(digest)  # raises when it is none
        await self._fetch(digest)
        return await self._here.path(digest)

    async def remove(self, digest: Digest) -> int:
        """Removes the file there, then the copy here."""
        size = await self._far.remove(hex_of(digest))
        return max(size, await self._here.remove(digest))

    async def sizes(self) -> Mapping[Digest, int]:
        """Every file that is there."""
        found = await self._far.sizes()
        return {Digest(f"sha256:{name}"): size for name, size in found.items()}

    async def _fetch(self, digest: Digest) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self._folder) as folder:
            target = Path(folder) / "file"
            await self._far.get(hex_of(digest), target)
            found, _ = await self._here.store(target)
        if found != digest:
            await self._here.remove(found)
            raise CommandFailed(
                f"{digest[:19]} changed in {self.place}: it is {found[7:19]} now",
                1,
                "Do not use it. Build it again.",
            )
