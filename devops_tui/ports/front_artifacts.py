"""What a screen or a command may ask about artifacts; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CasePast
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.promotion import PromotionWay
from devops_tui.domain.retention import PruneReport

Copier = Callable[[Path], int]
"""Raises NotFound, CommandFailed where bytes changed, Refused where it cannot write."""


class ArtifactFront(Protocol):
    """Calls are synchronous, short, and belong to one thread; all may raise DevopsError."""

    def artifact_story(self, said: str) -> ArtifactStory:
        """All that is known of a file.

        Args:
            said: A digest, its first hex digits (six at least), a name (the newest of it),
                or a run that has one artifact.

        Raises:
            NotFound: There is none.
            Refused: It may mean several; says which.
        """
        ...

    def artifact_stories(self, name: str, limit: int = 20) -> Sequence[ArtifactStory]:
        """The digests of a name, the newest first."""
        ...

    def holding(self, digest: Digest) -> Holding:
        """Whether the file is pinned or pruned."""
        ...

    def promotion_ways(self, said: str) -> Sequence[PromotionWay]:
        """Where a file can go by a promotion, also where it may not go yet."""
        ...

    def artifact_copier(self, said: str) -> Copier:
        """What writes the file to a new path, its bytes compared; returns their number.

        The copier belongs to no thread, and waits for the disk.

        Raises:
            NotFound: There is none, it was pruned, or no copy of it lies on this machine.
        """
        ...

    def pin(self, said: str, why: str) -> Holding:
        """Keeps a file from being pruned; raises Refused without a reason, or when it is gone."""
        ...

    def unpin(self, said: str, why: str) -> Holding:
        """Gives a file back to retention."""
        ...

    def job_history(self, pipeline: str, limit: int = 100) -> Sequence[JobRun]:
        """Ended jobs with test reports over the newest runs of a pipeline, newest first."""
        ...

    def case_past(self, pipeline: str, said: str, limit: int = 100) -> CasePast:
        """One test over the newest runs; raises NotFound, or Refused when several fit."""
        ...

    def what_would_go(self) -> PruneReport:
        """What retention would remove now; looks at rows and at folders of this machine."""
        ...
