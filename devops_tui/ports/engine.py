"""Durable execution: walks the plans of runs, survives its process."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run


class JobExecutor(Protocol):
    """Does the work of one job."""

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """Does the work and returns the job's record with a final state.

        Called again for a job that was RUNNING or ASKING when its worker died: it must
        pick up what is there (a detached command, an open gate, a flip's journal)
        and never do the act twice.

        Cancel: the work is stopped where that is safe, and CancelledError goes on.
        """
        ...


class Leaving:
    """Shared by an engine and its executors: says whether the worker hands over.

    An executor that is cancelled while `is_on` leaves its detached work alone: the next
    worker picks it up. Otherwise a cancel stops the work.
    """

    __slots__ = ("is_on",)

    def __init__(self) -> None:
        self.is_on = False


class Aftermath(Protocol):
    """What is to be done when something has ended; called after that is durable.

    Called again by the next worker when one dies in between: what lasts is done in one
    transaction with ports.follow_ups.FollowUps.tell, which says whether it was done; the
    rest may be done twice. An error raised here is logged and changes no verdict; a
    store that is away is waited for.
    """

    async def job_ended(self, run: Run, record: JobRun) -> None:
        """`record` has its final state, after all retries."""
        ...

    async def run_ended(self, run: Run) -> None: ...


class Engine(Protocol):
    """One per worker."""

    async def submit(self, run_id: RunId) -> None:
        """Begins, or goes on with, a run; idempotent."""
        ...

    async def cancel(self, run_id: RunId) -> None:
        """Stops what runs and ends the run as CANCELLED; nothing for an ended run."""
        ...

    async def recover(self) -> None:
        """Goes on with every run that an earlier worker left unfinished."""
        ...

    async def take_up(self) -> None:
        """Claims, until cancelled, the runs that wait for a worker or were left by one."""
        ...

    async def hand_over(self) -> None:
        """Stops following without stopping the work: detached commands go on."""
        ...

    @property
    def active(self) -> tuple[RunId, ...]:
        """Runs that are being walked."""
        ...
