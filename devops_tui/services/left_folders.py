"""Folders that runs left on this machine: checkouts of jobs, copies of repositories."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_GONE = ".gone-"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class LeftFolder:
    """One folder.

    Attributes:
        changed_at: When something in it was made or removed last.
    """

    path: Path
    changed_at: datetime

    @property
    def name(self) -> str:
        """Its last part: a run's id, or the mark of a repository."""
        return self.path.name

    @property
    def is_rest(self) -> bool:
        """Whether a process that ended in the middle left it."""
        return self.name.startswith((_GONE, _NEW))


class LeftFolders:
    """The two folders that hold them; both may be missing."""

    def __init__(self, checkouts: Path, mirrors: Path) -> None:
        self._checkouts = checkouts
        self._mirrors = mirrors

    def checkouts(self) -> Iterator[LeftFolder]:
        """One for each run that has some."""
        return _below(self._checkouts)

    def mirrors(self) -> Iterator[LeftFolder]:
        """One for each repository."""
        return _below(self._mirrors)

    def size(self, folder: LeftFolder) -> int:
        """Bytes on disk of the whole tree; what vanishes meanwhile counts nothing."""
        return _size(folder.path)

    def remove(self, folder: LeftFolder) -> int:
        """Removes it and returns its bytes; nobody ever sees half of it under its name."""
        size = _size(folder.path)
        gone = folder.path.with_name(f"{_GONE}{secrets.token_hex(6)}")
        try:
            folder.path.rename(gone)
        except FileNotFoundError:
            return 0
        shutil.rmtree(gone, ignore_errors=True)
        return size


def _below(folder: Path) -> Iterator[LeftFolder]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            changed = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            yield LeftFolder(Path(entry.path), changed)


def _size(folder: Path) -> int:
    total = 0
    open_folders = [folder]
    while open_folders:
        try:
            with os.scandir(open_folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        open_folders.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
    return total
