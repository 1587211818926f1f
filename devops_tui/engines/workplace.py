"""What walkers share, and the one way in which they write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import JobRun, Run
from devops_tui.engines.standing import Standing
from devops_tui.ports.engine import Aftermath, JobExecutor, Leaving
from devops_tui.ports.patience import durably
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

T = TypeVar("T")


class NoAftermath:
    """Nothing follows an end."""

    async def job_ended(self, run: Run, record: JobRun) -> None:
        """Does nothing."""

    async def run_ended(self, run: Run) -> None:
        """Does nothing."""


def machine_of(place: str) -> str:
    """The machine of a worker's place, "host:/folder"."""
    return place.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Workplace:
    """The ports of an engine.

    Attributes:
        changed: Returns when the store may have changed, or after a while at the latest.
        standing: Shared by the walkers of the engine.
        place: Of this worker; see audit.Worker.
        labels: Of this worker: it walks runs that ask for no others.
        following: The ends that are being followed up.
    """

    store: Store
    clock: Clock
    executor: JobExecutor
    worker_id: WorkerId
    leaving: Leaving
    aftermath: Aftermath
    changed: Callable[[], Awaitable[None]]
    standing: Standing
    place: str = ""
    labels: frozenset[str] = frozenset()
    following: set[tuple[RunId, JobId | None]] = field(default_factory=set)

    @property
    def machine(self) -> str:
        """The machine of this worker."""
        return machine_of(self.place)

    async def durably(self, change: Callable[[], T]) -> T:
        """Makes a change in one transaction; waits while the store is held or full.

        A verdict that cannot be written down is not given up: the work has happened.
        """
        return await durably(self.store, self.clock, change)

    def say(self, kind: str, run_id: RunId, why: str = "", **data: Json) -> None:
        """Appends an event about a run; inside of `durably`."""
        self.store.append(Event(kind, run_id, self.clock.now(), "worker", why, data))
