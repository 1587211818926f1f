"""The functions of triage/ as one port."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.incident import Cause
from devops_tui.triage.fingerprint import fingerprint
from devops_tui.triage.hashes import hash_log
from devops_tui.triage.rank import rank


class TriageRanking:
    """Implements ports.ranking.Ranking."""

    def hash_log(self, data: bytes) -> bytes:
        """The masked lines of a success, hashed."""
        return hash_log(data)

    def rank(self, data: bytes, baselines: Sequence[bytes]) -> tuple[Cause, ...]:
        """The blocks that most likely hold the cause, best first."""
        return rank(data, baselines)

    def fingerprint(self, pipeline: str, job: str, causes: Sequence[Cause]) -> str:
        """Equal for the same failure with other ids, paths and times."""
        return fingerprint(pipeline, job, causes)
