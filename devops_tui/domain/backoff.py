"""When a failed attempt is followed by another one, and how long that waits."""

from __future__ import annotations

from dataclasses import dataclass

UNREACHABLE = 255
"""The exit code by which a host that could not be reached is named in `on`, as with ssh."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pauses between the attempts of a job.

    Attributes:
        wait_s: Before the second attempt.
        factor: Each further pause is so much longer, >= 1.
        max_wait_s: The longest pause.
        codes: Exit codes that are tried again; empty means whatever failed.
    """

    wait_s: float = 0.0
    factor: float = 1.0
    max_wait_s: float = 300.0
    codes: tuple[int, ...] = ()

    def pause_s(self, failures: int) -> float:
        """Seconds to wait after so many failures, >= 1."""
        try:
            grown = self.wait_s * self.factor ** (failures - 1)
        except OverflowError:
            grown = self.max_wait_s
        return min(grown, self.max_wait_s)

    def takes(self, code: int | None) -> bool:
        """Whether an attempt that ended with this code is tried again."""
        return not self.codes or code in self.codes
