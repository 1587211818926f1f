"""What goes wrong between a board and its Jira, from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Faults:
    """How often what goes wrong, 0 to 1 each; all from one seed.

    Attributes:
        cut_before: The connection ends before anything was done.
        cut_after: It was done, and the connection ends instead of the answer.
    """

    seed: int = 0
    cut_before: float = 0.0
    cut_after: float = 0.0
    busy: float = 0.0
    broken: float = 0.0
    conflict: float = 0.0
    is_on: bool = True
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - the same seed, the same faults

    def pick(self, *, is_write: bool) -> str:
        """What happens to the next request; empty for nothing."""
        if not self.is_on:
            return ""
        ways = {
            "cut_before": self.cut_before,
            "cut_after": self.cut_after,
            "busy": self.busy,
            "broken": self.broken,
            "conflict": self.conflict if is_write else 0.0,
        }
        at = self._random.random()
        for name, share in ways.items():
            if at < share:
                self.counts[name] = self.counts.get(name, 0) + 1
                return name
            at -= share
        return ""
