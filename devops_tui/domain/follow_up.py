"""What is still to be done after an end: durable together with the verdict that causes it."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.ids import JobId, RunId


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What follows the end of a job, or of the whole run.

    Attributes:
        job_id: None for the run.
        is_told: Whether its lasting part (problems, cards, what is learned) was stored;
            clearing away may still be to do, and may be done again.
    """

    run_id: RunId
    job_id: JobId | None = None
    is_told: bool = False
