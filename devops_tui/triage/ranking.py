"""What the house asks of the triage, in one object; implements ports.ranking.Ranking."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.incident import Cause
from devops_tui.triage import fingerprint, hashes, rank


class LogRanking:
    """Novelty against earlier successes, then looks."""

    def hash_log(self, data: bytes) -> bytes:
        """The masked lines of a success, 8 bytes each."""
        return hashes.hash_log(data)

    def rank(self, data: bytes, baselines: Sequence[bytes]) -> tuple[Cause, ...]:
        """The blocks that most likely hold the cause, best first."""
        return rank.rank(data, baselines)

    def fingerprint(self, pipeline: str, job: str, causes: Sequence[Cause]) -> str:
        """Equal for the same failure with other ids, paths and times."""
        return fingerprint.fingerprint(pipeline, job, causes)
