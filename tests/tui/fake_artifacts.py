"""The artifacts' part of the double of ports.front.Front: what a test sets."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.case_past import CasePast
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import Artifact, JobRun
from devops_tui.domain.promotion import PromotionWay
from devops_tui.domain.retention import PruneReport
from devops_tui.ports.front_artifacts import Copier


class FakeArtifacts:
    """Knows the stories that a test gives it, by digest and by name."""

    stories: tuple[ArtifactStory, ...] = ()
    built: tuple[Artifact, ...] = ()
    history: tuple[JobRun, ...] = ()
    would_go: PruneReport = PruneReport()
    ways: tuple[PromotionWay, ...] = ()

    def artifact_story(self, said: str) -> ArtifactStory:
        return self.artifact_stories(said)[0]

    def artifact_stories(self, name: str, limit: int = 20) -> Sequence[ArtifactStory]:
        found = [s for s in self.stories if name in (s.artifact.name, s.artifact.digest, *s.runs)]
        if not found:
            raise NotFound(f"no artifact {name}")
        return found[:limit]

    def holding(self, digest: Digest) -> Holding:
        known = (s.holding for s in self.stories if s.artifact.digest == digest)
        return next(known, Holding(digest))

    def promotion_ways(self, said: str) -> Sequence[PromotionWay]:
        return self.ways

    def artifact_copier(self, said: str) -> Copier:
        self.artifact_story(said)  # raises NotFound
        return lambda path: path.write_bytes(b"built")

    def pin(self, said: str, why: str) -> Holding:
        self._act("pin", said, why)
        return self.artifact_story(said).holding

    def unpin(self, said: str, why: str) -> Holding:
        self._act("unpin", said, why)
        return self.artifact_story(said).holding

    def _act(self, *call: object) -> None:
        raise NotImplementedError("the front has its own")

    def job_history(self, pipeline: str, limit: int = 100) -> Sequence[JobRun]:
        return self.history[:limit]

    def case_past(self, pipeline: str, said: str, limit: int = 100) -> CasePast:
        return CasePast(said)

    def what_would_go(self) -> PruneReport:
        return self.would_go
