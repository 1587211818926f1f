"""Time, chance, secrets and the repository of artifacts: what tests replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from devops_tui.domain.ids import Digest


class Clock(Protocol):
    """The time of day and a way to wait."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Secrets(Protocol):
    """Resolves references (env:, file:, keyring:, cmd:) at the moment of use."""

    async def resolve(self, reference: str) -> str:
        """Raises ConfigError or NotFound; the message never holds the value."""
        ...


class Repository(Protocol):
    """Content-addressed files: what was built once and is promoted by digest.

    Files are whole or absent. Every call may take as long as disk and network do.

    Raises:
        HostUnreachable: A repository elsewhere cannot be reached (a retry can help).
    """

    @property
    def place(self) -> str:
        """Where it is, for people: a folder, "store-1:/srv/artifacts", "s3://bucket/x"."""
        ...

    async def store(self, source: Path) -> tuple[Digest, int]:
        """Copies a file in and returns its digest and size in bytes; idempotent."""
        ...

    async def path(self, digest: Digest) -> Path:
        """Where the file lies on this machine, after its bytes were compared.

        Raises:
            NotFound: There is no such file, or the digest is not one.
            CommandFailed: The bytes changed since they were stored.
        """
        ...

    async def remove(self, digest: Digest) -> int:
        """Removes the file and returns its bytes; 0 when it was not there."""
        ...

    async def sizes(self) -> Mapping[Digest, int]:
        """Every file that is there, with its bytes."""
        ...


class Sources(Protocol):
    """Reads git repositories with the git program."""

    async def head(self, url: str, branch: str) -> str:
        """The id of the branch's newest commit.

        Raises:
            HostUnreachable: The repository could not be read.
        """
        ...

    async def refs(self, url: str, names: Sequence[str]) -> Mapping[str, str]:
        """Refs with the commits that they mean, in one request to the repository.

        `names` are whole refs, or "refs/heads/" or "refs/tags/" for all below.

        Raises:
            HostUnreachable: The repository could not be read.
        """
        ...

    async def newest(self, url: str, commits: Sequence[str]) -> str:
        """The one of these commits that was made last."""
        ...

    async def is_ancestor(self, url: str, old: str, new: str) -> bool:
        """Whether `new` stands on `old`; False also when `old` is gone."""
        ...

    async def checkout(self, url: str, commit: str, folder: Path) -> None:
        """Puts the files of a commit into `folder`; whole or not at all, idempotent."""
        ...

    async def commits(
        self, url: str, since: str | None, until: str, limit: int = 50
    ) -> tuple[tuple[str, str, str, datetime], ...]:
        """(id, author, subject, time) from `since` (excluded) to `until`, newest first."""
        ...
