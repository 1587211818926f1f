"""How the attempts of a run are taken: each once, whatever keeps their outcomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import JobRun

Act = Callable[[], Awaitable[JobRun | None]]


class Steps(Protocol):
    """Belongs to one walk of one run."""

    async def take(self, job_id: JobId, attempt: int, act: Act) -> JobRun | None:
        """The outcome of an attempt: what `act` returns, or returned to an earlier walk.

        None means that the work was left for the next worker; that is never kept.
        """
        ...


class PlainSteps:
    """Keeps nothing: the rows of the store alone say what has ended."""

    async def take(self, job_id: JobId, attempt: int, act: Act) -> JobRun | None:
        """Does it."""
        return await act()
