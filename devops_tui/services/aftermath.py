"""What follows an end: a failure becomes one problem and one card, a release moves cards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.domain.automation import STANDARD, BoardRule
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.host_command import EXEC
from devops_tui.domain.ids import JobId
from devops_tui.domain.incident import Cause, Traces
from devops_tui.domain.named_files import is_named, named_files, of_trace
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.domain.quarantine import QUARANTINED
from devops_tui.domain.work import AskApproval
from devops_tui.ports.changed_files import ChangedFiles
from devops_tui.ports.ranking import Ranking
from devops_tui.ports.store import Store
from devops_tui.services.attempt_log import attempt_log
from devops_tui.services.board_deeds import Deeds, is_release
from devops_tui.services.boards import Boards
from devops_tui.services.incidents import Incidents
from devops_tui.services.labels import labels_of

_FILES = 5  # of one commit that are kept

_LOOK_AT = frozenset({State.FAILED, State.TIMED_OUT, State.LOST})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Implements ports.engine.Aftermath."""

    store: Store
    ranking: Ranking
    boards: Boards
    incidents: Incidents
    changed: ChangedFiles | None = None
    rules: Sequence[BoardRule] = STANDARD

    async def job_ended(self, run: Run, record: JobRun) -> None:
        """Learns from a success; opens or repeats a problem for a failure."""
        if record.is_reused or run.plan.pipeline == EXEC:  # who typed a command sees its end
            return
        if record.state is State.OK:
            if not record.figures.get(QUARANTINED):  # its log has failures: nothing to learn
                await self._learn(run, record)
        elif record.state in _LOOK_AT and not _is_gate(run, record.job_id):
            told = attempt_log(self.store, run.id, record)
            pipeline = run.plan.pipeline
            baselines = self.store.baselines(pipeline, record.job_id)
            labels = labels_of(self.store, pipeline, record.job_id)
            causes = await asyncio.to_thread(self.ranking.rank, told.data, baselines, labels)
            mark = self.ranking.fingerprint(pipeline, record.job_id, causes)
            traces = await self._traces(run, record, told.data, causes)
            causes = tuple(told.numbered(cause) for cause in causes)
            with self.store.transaction():
                if self.store.tell(run.id, record.job_id):
                    self.incidents.job_failed(run, record, mark, causes, traces)

    async def run_ended(self, run: Run) -> None:
        """Moves the cards of a finished release, as the rules of the board say."""
        if run.state is not State.OK or not is_release(run):
            return
        with self.store.transaction():
            if self.store.tell(run.id):
                deeds = Deeds(self.store, self.boards, self.rules)
                deeds.released(run, run.ended_at or run.created_at)

    async def _learn(self, run: Run, record: JobRun) -> None:
        data = attempt_log(self.store, run.id, record).data
        hashes = await asyncio.to_thread(self.ranking.hash_log, data)
        with self.store.transaction():
            if not self.store.tell(run.id, record.job_id):
                return
            self.store.add_baseline(run.plan.pipeline, record.job_id, run.id, hashes)
            self.incidents.job_recovered(run, record)

    async def _traces(
        self, run: Run, record: JobRun, data: bytes, causes: Sequence[Cause]
    ) -> Traces:
        """What the causes name, which commits touched it, what the log was compared with."""
        files = await asyncio.to_thread(_named, data, causes) if causes else ()
        baselines = tuple(self.store.baseline_runs(run.plan.pipeline, record.job_id))
        own = (run.plan.commit,) if run.plan.commit is not None else ()
        commits = [c.id for c in run.commits or own]
        touching: dict[str, tuple[str, ...]] = {}
        if self.changed is not None and files and commits and run.plan.source is not None:
            try:
                changed = await self.changed.changed_files(run.plan.source.git, commits)
            except DevopsError as error:  # the cause is worth more than who touched it
                log.info("files changed by the commits of %s: %s", run.id, error)
                changed = {}
            found = {
                commit: tuple(path for path in paths if is_named(path, files))
                for commit, paths in changed.items()
            }
            touching = {commit: paths[:_FILES] for commit, paths in found.items() if paths}
        return Traces(files, touching, baselines)


def _named(data: bytes, causes: Sequence[Cause]) -> tuple[str, ...]:
    lines = data.decode("utf-8", "replace").split("\n")
    return named_files(line for c in causes for line in of_trace(lines, c.first, c.last))


def _is_gate(run: Run, job_id: JobId) -> bool:
    return isinstance(run.plan.job(job_id).work, AskApproval)
