"""What is still to be done after ends: an outbox beside the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.follow_up import FollowUp
from devops_tui.domain.ids import JobId, RunId


class FollowUps(Protocol):
    """Part of ports.store.Store."""

    def owe(self, run_id: RunId, job_id: JobId | None = None) -> None:
        """Something follows this end; to be stored in the transaction of the verdict."""
        ...

    def owed(self) -> Sequence[FollowUp]:
        """All that is still to be done, in the order of the ends."""
        ...

    def tell(self, run_id: RunId, job_id: JobId | None = None) -> bool:
        """Marks the lasting part as stored; False when it was before.

        In one transaction with that part, it makes "once" true over any death. True
        for an end that nothing is owed for: then nobody else will do it.
        """
        ...

    def settle(self, run_id: RunId, job_id: JobId | None = None) -> None:
        """Nothing is left to be done after this end."""
        ...
