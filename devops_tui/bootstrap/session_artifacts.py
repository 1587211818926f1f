"""The part of an operator's session that is about artifacts, tests and retention."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CasePast
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.retention import PruneReport
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import artifacts, case_history, prune_plan
from devops_tui.services.left_folders import LeftFolders


class ArtifactSession:
    """Implements ports.front_artifacts.ArtifactFront; base of Session."""

    _paths: WorkspacePaths
    _actor: str
    _clock: Clock
    _store: Store

    def artifact_story(self, said: str) -> ArtifactStory:
        """All that is known of a file."""
        with self._store.snapshot():
            found = artifacts.find(self._store, said)
            return artifacts.story(self._store, self._workspace(), found)

    def artifact_stories(self, name: str, limit: int = 20) -> Sequence[ArtifactStory]:
        """The digests of a name, the newest first."""
        with self._store.snapshot():
            return artifacts.stories(self._store, self._workspace(), name, limit)

    def holding(self, digest: Digest) -> Holding:
        """Whether the file is pinned or pruned."""
        return self._store.holding(digest)

    def pin(self, said: str, why: str) -> Holding:
        """Keeps a file from being pruned."""
        digest = artifacts.find(self._store, said).digest
        return artifacts.pin(self._store, self._clock, digest, self._actor, why)

    def unpin(self, said: str, why: str) -> Holding:
        """Gives a file back to retention."""
        digest = artifacts.find(self._store, said).digest
        return artifacts.unpin(self._store, self._clock, digest, self._actor, why)

    def job_history(self, pipeline: str, limit: int = 100) -> Sequence[JobRun]:
        """Ended jobs with test reports, newest first."""
        with self._store.snapshot():
            return case_history.reported_jobs(self._store, pipeline, limit)

    def case_past(self, pipeline: str, said: str, limit: int = 100) -> CasePast:
        """One test over the newest runs."""
        with self._store.snapshot():
            return case_history.past_of(self._store, pipeline, said, limit)

    def what_would_go(self) -> PruneReport:
        """What retention would remove now."""
        folders = LeftFolders(self._paths.checkouts, self._paths.mirrors)
        with self._store.snapshot():
            return prune_plan.plan(self._store, self._clock, self._workspace(), folders)

    def _workspace(self) -> Workspace:
        raise AssertionError("the session has its own")
