"""What the house asks of the triage, in one object; implements ports.ranking.Ranking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devops_tui.domain.incident import Cause
from devops_tui.domain.rule import Rule
from devops_tui.triage import fingerprint, hashes, mask, proposal
from devops_tui.triage.catalogue import Catalogue
from devops_tui.triage.rank import TOP, Ranker


class LogRanking:
    """Novelty against earlier successes, then known causes, then looks.

    Args:
        rules: The catalogue; without any, looks alone decide.
    """

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._ranker = Ranker(Catalogue(rules))

    def hash_log(self, data: bytes) -> bytes:
        """The masked lines of a success, 8 bytes each."""
        return hashes.hash_log(data)

    def hash_stream(self, chunks: Iterable[bytes]) -> bytes:
        """The same of a log that may be too long to hold."""
        return hashes.hash_stream(chunks)

    def rank(
        self, data: bytes, baselines: Sequence[bytes], labels: Mapping[int, str] | None = None
    ) -> tuple[Cause, ...]:
        """The blocks that most likely hold the cause, best first."""
        return self._ranker.rank((data,), baselines, TOP, labels=labels)

    def rank_stream(
        self, chunks: Iterable[bytes], baselines: Sequence[bytes], top: int = TOP
    ) -> tuple[Cause, ...]:
        """The same of a log that is too long to hold, with lines as editors count them.

        Where nothing looks like a cause its last lines are given, with next to no score.
        """
        return self._ranker.rank(chunks, baselines, top, as_editors=True, or_end=True)

    def clean(self, text: str) -> str:
        """A line as it is ranked: without colours, controls and the time before it."""
        line = mask.lines_of(text.encode("utf-8", "replace"))[0]
        return mask.without_stamp(line).strip()

    def number_of(self, text: str) -> int:
        """The number of a line, equal with other ids, paths and times."""
        return hashes.hash_line(text)

    def propose_rule(self, text: str) -> str:
        """A rule for such lines, as YAML."""
        return proposal.propose_rule(text)

    def fingerprint(self, pipeline: str, job: str, causes: Sequence[Cause]) -> str:
        """Equal for the same failure with other ids, paths and times."""
        return fingerprint.fingerprint(pipeline, job, causes)
