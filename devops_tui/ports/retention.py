"""What a store holds of artifacts over all runs, and how it gives room back piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from devops_tui.domain.artifact import Holding
from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import Artifact
from devops_tui.domain.retention import RunMark


class Holdings(Protocol):
    """Artifacts over all runs; part of ports.store.Store."""

    def artifacts_of(self, digest: Digest) -> Sequence[Artifact]:
        """Every run that has the digest, the oldest first; empty when none has."""
        ...

    def artifacts_named(self, name: str, limit: int = 50) -> Sequence[Artifact]:
        """Those of that name, or of that file name; the newest first, one for each run."""
        ...

    def digests_like(self, start: str, limit: int = 10) -> Sequence[Digest]:
        """Digests whose hex digits begin so."""
        ...

    def holding(self, digest: Digest) -> Holding:
        """What is decided of the file; nothing when nothing is."""
        ...

    def holdings(self) -> Sequence[Holding]:
        """All files of which something is decided."""
        ...

    def save_holding(self, holding: Holding) -> None: ...


class Room(Protocol):
    """Gives room back; part of ports.store.Store. Each call is one short transaction."""

    def run_marks(self) -> Sequence[RunMark]:
        """Every run, the newest of each pipeline first; costs about 2 microseconds a run."""
        ...

    def all_artifacts(self) -> Sequence[Artifact]:
        """Every row, newest first."""
        ...

    def log_room(self, run_id: RunId) -> tuple[int, int]:
        """Chunks and bytes of a run's log."""
        ...

    def has_log(self, run_id: RunId) -> bool:
        """Whether any byte of a run's log is stored; microseconds."""
        ...

    def drop_log(self, run_id: RunId, chunks: int) -> int:
        """Removes so many chunks of a run's log at the most; how many it were."""
        ...

    def drop_run(self, run_id: RunId) -> None:
        """Removes a run with its jobs, gates and artifact rows; its log went before."""
        ...

    def last_event_before(self, at: datetime) -> int:
        """The seq of the last event that is older; 0 when none is."""
        ...

    def old_events(self, until: int, keep: Collection[str]) -> int:
        """How many events with seq <= until are not of the kinds to keep."""
        ...

    def drop_events(self, until: int, keep: Collection[str], limit: int) -> int:
        """Removes the oldest such events, `limit` at the most; how many it were.

        The chain of hashes stays one that can be checked: the gap remembers its hash.
        """
        ...
