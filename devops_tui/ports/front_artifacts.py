"""What a screen or a command may ask about artifacts; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CasePast
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.retention import PruneReport


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
