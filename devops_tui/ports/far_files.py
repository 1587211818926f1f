"""A place elsewhere that keeps whole files by name: below a repository of artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class FarFiles(Protocol):
    """Files named by 64 hex digits, the SHA-256 of their bytes.

    Raises:
        HostUnreachable: It cannot be reached (a retry can help).
        CommandFailed: It answered that it cannot do it.
    """

    @property
    def place(self) -> str:
        """Where it is, for people: "store-1:/srv/artifacts", "s3://bucket/x"."""
        ...

    @property
    def tested_with(self) -> str:
        """What its tests speak to: "openssh", or "contract" for a double of the specification."""
        ...

    async def has(self, name: str) -> bool: ...

    async def put(self, source: Path, name: str) -> None:
        """Copies a file there, whole or not at all, and has its bytes compared there."""
        ...

    async def get(self, name: str, target: Path) -> None:
        """Writes the bytes that are there to `target`; raises NotFound."""
        ...

    async def remove(self, name: str) -> int:
        """Removes the file and returns its bytes; 0 when it was not there."""
        ...

    async def sizes(self) -> Mapping[str, int]:
        """Every whole file with its bytes."""
        ...
