"""The part of an operator's session that is about artifacts, tests and retention."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CasePast
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import Artifact, JobRun
from devops_tui.domain.promotion import PromotionWay
from devops_tui.domain.retention import PruneReport
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.front_artifacts import Copier
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import artifacts, case_history, promotion_ways, prune_plan
from devops_tui.services.artifact_home import elsewhere
from devops_tui.services.left_folders import LeftFolders
from devops_tui.stores.repository import FileRepository


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

    def promotion_ways(self, said: str) -> Sequence[PromotionWay]:
        """Where a file can go by a promotion."""
        with self._store.snapshot():
            found = artifacts.find(self._store, said)
            return promotion_ways.ways(self._store, self._workspace(), found, self._actor)

    def artifact_copier(self, said: str) -> Copier:
        """What writes the file to a new path."""
        found = artifacts.find(self._store, said)
        why = self._why_not_here(found)
        if why is not None:
            raise why
        return partial(FileRepository(self._paths.artifacts).copy_out, found.digest)

    def _why_not_here(self, artifact: Artifact) -> NotFound | None:
        holding = self._store.holding(artifact.digest)
        if holding.pruned_at is not None:
            when = f"{holding.pruned_at:%Y-%m-%d}"
            return NotFound(f"{artifact.name} was pruned on {when}: {holding.pruned_why}")
        if FileRepository(self._paths.artifacts).location(artifact.digest).exists():
            return None
        here = f"{socket.gethostname()}:{self._paths.state}"
        return elsewhere(self._store, artifact.digest, artifact.name, here) or NotFound(
            f"no copy of {artifact.name} lies on this machine yet",
            "A job of a worker here that uses it brings one.",
        )

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
