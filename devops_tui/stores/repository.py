"""Content-addressed files on disk: what was built once and is promoted by digest."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from devops_tui.domain.errors import CommandFailed, NotFound, Refused
from devops_tui.domain.ids import Digest

_PIECE_BYTES = 1 << 20
_HEX_DIGITS = 64
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class FileRepository:
    """Files named after the SHA-256 of their bytes, below one folder.

    Implements ports.runtime.Repository. A file is whole or absent: it is written under a
    temporary name, flushed, renamed. The disk is waited for in a thread.

    Cancel: what the thread has begun it ends; a file is whole or absent all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    async def store(self, source: Path) -> tuple[Digest, int]:
        """Copies a file in and returns its digest and size in bytes; idempotent.

        Raises:
            OSError: The source cannot be read, or the disk is full.
        """
        return await asyncio.to_thread(self._store, source)

    async def path(self, digest: Digest) -> Path:
        """Where the file lies, after its bytes were compared with the digest.

        Raises:
            NotFound: There is no such file, or the digest is not one.
            CommandFailed: The bytes changed since they were stored.
        """
        return await asyncio.to_thread(self._path, digest)

    async def remove(self, digest: Digest) -> int:
        """Removes the file and returns its bytes; 0 when it was not there."""
        return await asyncio.to_thread(self._remove, self._place(hex_of(digest)))

    async def sizes(self) -> Mapping[Digest, int]:
        """Every whole file with its bytes."""
        return await asyncio.to_thread(self._sizes)

    def location(self, digest: Digest) -> Path:
        """Where the file lies or would lie; nothing is looked at.

        Raises:
            NotFound: The digest is not one.
        """
        return self._place(hex_of(digest))

    def copy_out(self, digest: Digest, target: Path) -> int:
        """Writes a new file with these bytes, compared on the way; returns how many.

        Waits for the disk. The file is whole and right, or it is not there.

        Raises:
            NotFound: There is no such file, or the digest is not one.
            CommandFailed: The bytes changed since they were stored.
            Refused: Something lies there already, or it cannot be written.
        """
        source = self._path(digest)
        try:
            with source.open("rb") as origin, target.open("xb") as copy:
                found, size = _copy(origin, copy)
        except FileExistsError:
            raise Refused(f"{target} is there already", "Choose another name.") from None
        except OSError as error:
            raise Refused(f"{target} cannot be written: {error.strerror}") from None
        if found != hex_of(digest):
            target.unlink()
            raise CommandFailed(f"the artifact {digest[:19]} changed on disk", 1)
        return size

    def _store(self, source: Path) -> tuple[Digest, int]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target, source.open("rb") as origin:
                hexadecimal, size = _copy(origin, target)
                os.fchmod(target.fileno(), 0o400)
                target.flush()
                os.fsync(target.fileno())
            final = self._place(hexadecimal)
            final.parent.mkdir(exist_ok=True, mode=0o700)
            temporary.replace(final)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(final.parent)
        return Digest(f"sha256:{hexadecimal}"), size

    def _path(self, digest: Digest) -> Path:
        wanted = hex_of(digest)
        place = self._place(wanted)
        try:
            with place.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise NotFound(f"no artifact {digest[:19]}", "Build it again.") from None
        if found != wanted:
            raise CommandFailed(
                f"the artifact {digest[:19]} changed on disk: it is {found[:12]} now",
                1,
                "Do not use it. Build it again.",
            )
        return place

    def _remove(self, place: Path) -> int:
        try:
            size = place.stat().st_size
            place.unlink()
        except FileNotFoundError:
            return 0
        _sync_folder(place.parent)
        return size

    def _sizes(self) -> dict[Digest, int]:
        return {
            Digest(f"sha256:{path.name}"): path.stat().st_size
            for path in self._folder.glob("[0-9a-f][0-9a-f]/*")
            if len(path.name) == _HEX_DIGITS
        }

    def _place(self, hexadecimal: str) -> Path:
        return self._folder / hexadecimal[:2] / hexadecimal


def hex_of(digest: Digest) -> str:
    """The 64 hex digits of a digest.

    Raises:
        NotFound: It is none.
    """
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise NotFound("an artifact's digest is sha256: and 64 hex digits")
    return match[1]


def _copy(origin: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while piece := origin.read(_PIECE_BYTES):
        digest.update(piece)
        target.write(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
