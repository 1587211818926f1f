"""Who walks which run: ownership in the store, and the fence behind which a lost worker stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from devops_tui.domain.audit import Lease, Request
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import JobRun, Run


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a run is.

    Attributes:
        owner: The worker that claimed it last; empty before the first.
        fence: How often it was claimed: a later claim has the higher number.
        is_alive: Whether that worker neither stopped nor was taken over.
    """

    owner: WorkerId
    fence: int
    is_alive: bool


class Owners(Protocol):
    """Claims of runs, compare-and-set; part of ports.store.Store."""

    def fence_by(self, worker_id: WorkerId, on_lost: Callable[[], None]) -> None:
        """From now on this store object writes for a worker, as long as that counts.

        Once the worker's row says that it stopped or was taken over, each write raises
        LeaseLost and changes nothing; `on_lost` is called before the first. The row is
        read in the transaction that writes, so no write slips past a take-over.
        """
        ...

    def claim_run(self, run_id: RunId, worker_id: WorkerId) -> int | None:
        """Makes an unfinished run a worker's; its fence, or None when it is another's.

        A run is free before its first claim, when it was given back, and when its
        owner stopped, was taken over, or is unknown. What is one's own stays so.
        """
        ...

    def give_back_runs(self, worker_id: WorkerId) -> None:
        """Makes a worker's unfinished runs free."""
        ...

    def owner(self, run_id: RunId) -> Ownership:
        """Whose a run is, or was when it ended; raises NotFound."""
        ...

    def owners(self) -> Mapping[RunId, Ownership]:
        """Those of all unfinished runs, oldest run first."""
        ...

    def owned_runs(self) -> Sequence[tuple[Run, Ownership]]:
        """All unfinished runs with whose they are, oldest first, in one look."""
        ...

    def jobs_of(self, run_ids: Sequence[RunId]) -> Mapping[RunId, Mapping[JobId, JobRun]]:
        """The jobs of several runs, in the order given and of their plans."""
        ...

    def fence_worker(self, worker_id: WorkerId) -> bool:
        """Marks a worker as taken over; False when it has stopped, or was taken over before."""
        ...

    def orphaned_requests(self) -> Sequence[Request]:
        """Wishes that a worker claimed which has stopped or was taken over; oldest first."""
        ...

    def leases(self, prefix: str) -> Sequence[Lease]:
        """All leases, run out or not, whose names begin so."""
        ...
