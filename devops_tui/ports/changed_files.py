"""Which files commits changed; part of what a source repository can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class ChangedFiles(Protocol):
    """Reads what is on this machine already."""

    async def changed_files(
        self, url: str, commits: Sequence[str], limit: int = 50
    ) -> Mapping[str, tuple[str, ...]]:
        """Commit to its files; without those that are not known here. Untrusted text.

        Raises:
            DevopsError: It could not be read.
        """
        ...
