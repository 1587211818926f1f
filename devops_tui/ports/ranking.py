"""Finds the probable cause in a log; pure functions, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from devops_tui.domain.incident import Cause


class Ranking(Protocol):
    """What triage/ offers to services."""

    def hash_log(self, data: bytes) -> bytes:
        """The masked lines of a success, 8 bytes each: what later failures are compared with."""
        ...

    def rank(
        self, data: bytes, baselines: Sequence[bytes], labels: Mapping[int, str] | None = None
    ) -> tuple[Cause, ...]:
        """The blocks that most likely hold the cause, best first.

        `labels` says what to tell of lines that were marked before, by `number_of` them.
        """
        ...

    def clean(self, text: str) -> str:
        """A line as it is ranked: without colours, controls and the time before it."""
        ...

    def number_of(self, text: str) -> int:
        """The number of a line, equal with other ids, paths and times."""
        ...

    def propose_rule(self, text: str) -> str:
        """A rule for such lines, as YAML."""
        ...

    def fingerprint(self, pipeline: str, job: str, causes: Sequence[Cause]) -> str:
        """Equal for the same failure with other ids, paths and times."""
        ...
