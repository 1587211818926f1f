"""Whether a job may act at this hour: windows and freezes, and whoever broke the glass."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.domain.errors import NotFound
from devops_tui.domain.hours import shut
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Run
from devops_tui.domain.work import BringUp, FlipTraffic
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store


class Opening:
    """Asks the configuration of the moment: a freeze of today counts for runs of yesterday."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def hold(self, run: Run, job_id: JobId) -> str | None:
        """What a job that deploys or flips waits for; None when it may act."""
        work = run.plan.job(job_id).work
        workspace = self._store.workspace()
        if workspace is None or not isinstance(work, BringUp | FlipTraffic):
            return None
        try:
            hours = workspace.hours_of(work.service, run.plan.pipeline)
        except NotFound:
            return None  # the executor says so in better words
        found = shut(hours, self._clock.now())
        if found is None or self._store.run(run.id).glass:
            return None
        return f"waits for {found}"

    def holds_all(self, run: Run, job_ids: Iterable[JobId]) -> bool:
        """Whether none of these jobs may act now; such a run must not hold others up."""
        found = [self.hold(run, job_id) is not None for job_id in job_ids]
        return bool(found) and all(found)
