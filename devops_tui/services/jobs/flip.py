"""Flips to the colour that the run brought up."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import Job, JobRun, Plan, Run, State
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus
from devops_tui.domain.work import FlipTraffic
from devops_tui.services.canaries import Canaries, CanaryEnd
from devops_tui.services.flip_journal import ENDED
from devops_tui.services.flips import Flips
from devops_tui.services.jobs.tools import JobTools

_VERDICTS = {
    FlipState.DONE: State.OK,
    FlipState.FAILED: State.FAILED,
    FlipState.UNKNOWN: State.LOST,
}


class FlipJobs:
    """Executes FlipTraffic.

    Called again it looks for the flip that it began: that one is settled. A second one is
    made only where the first was interrupted by its worker's death and taken back whole.

    Cancel: see services.flips.Flips.
    """

    def __init__(self, tools: JobTools, flips: Flips, canaries: Canaries | None = None) -> None:
        self._canaries = canaries
        self._tools = tools
        self._flips = flips

    async def execute(
        self, run: Run, plan: Plan, job_id: JobId, job: Job, record: JobRun
    ) -> JobRun:
        """See ports.engine.JobExecutor.

        Raises:
            Refused: The idle colour is not this run's version, or a flip may not begin.
        """
        work = job.work
        if not isinstance(work, FlipTraffic):
            raise Refused(f"{job_id} flips nothing")
        begun = self._begun(run, work, record)
        if begun is not None and begun.state not in ENDED:
            await self._flips.recover()
            begun = self._begun(run, work, record)
        if begun is not None:
            return _ended(record, begun)
        status = self._tools.store.service_status(work.service)
        versions = self._versions(run, plan)
        to = _brought_up(status, versions)
        if to is status.live:
            return replace(record, state=State.OK, why=f"{to} serves {status.versions[to]} already")
        actor, why = self._reason(run)
        glass = self._tools.store.run(run.id).glass  # it may have been broken since it began
        if (
            self._canaries is not None
            and self._canaries.has(work.service)
            and to is not status.live
        ):
            end = await self._canaries.walk(work.service, actor, why, run_id=run.id, glass=glass)
            return _ended_canary(record, end)
        flip = await self._flips.flip(work.service, to, actor, why, run_id=run.id, glass=glass)
        return _ended(record, flip)

    def _begun(self, run: Run, work: FlipTraffic, record: JobRun) -> Flip | None:
        """The flip of this attempt.

        One of an earlier attempt that failed does not count, nor one that was taken back
        because its worker died: what was approved then is still to be done.
        """
        for flip in self._tools.store.flips(work.service, limit=200):
            is_mine = flip.run_id == run.id and flip.undoes is None and not flip.is_canary
            is_earlier = record.started_at is not None and flip.asked_at < record.started_at
            is_void = flip.state is FlipState.FAILED and (is_earlier or flip.is_interrupted)
            if is_mine and not is_void:
                return flip
        return None

    def _versions(self, run: Run, plan: Plan) -> frozenset[str]:
        if plan.commit is not None:
            return frozenset({plan.commit.short})
        digests = [
            a.digest.removeprefix("sha256:")[:12] for a in self._tools.store.artifacts(run.id)
        ]
        return frozenset(digests)

    def _reason(self, run: Run) -> tuple[str, str]:
        """Who approved it, and why; without a gate whoever asked for the run."""
        approved = [g for g in self._tools.store.gates(run.id) if g.state is State.OK]
        if approved:
            return approved[-1].decided_by, approved[-1].why
        return run.actor, run.why or f"{run.id} is green"


def _brought_up(status: ServiceStatus, versions: frozenset[str]) -> Colour:
    holds = [colour for colour in Colour if status.versions.get(colour) in versions]
    idle = status.live.other if status.live is not None else None
    if idle in holds and idle is not None:
        return idle
    if holds:
        return holds[0]
    wanted = ", ".join(sorted(versions)) or "no version"
    found = ", ".join(f"{c} {v}" for c, v in status.versions.items()) or "nothing"
    raise Refused(
        f"no colour of {status.name} is {wanted}; there is {found}",
        "Bring it up first: rerun the run from its deploy stage.",
    )


def _ended_canary(record: JobRun, end: CanaryEnd) -> JobRun:
    if end.held:
        return replace(record, state=State.LOST, why=f"nobody knows: {end.held}")
    if end.went_back:
        return replace(record, state=State.FAILED, why=f"{end.went_back}; it went back")
    if end.flip is None:
        return replace(record, state=State.LOST, why="no share was given")
    return _ended(record, end.flip)


def _ended(record: JobRun, flip: Flip) -> JobRun:
    figures = {"flip": flip.id, "to": flip.to_colour.value, "fence": flip.fence}
    why = flip.error or f"{flip.to_colour} serves"
    return replace(record, state=_VERDICTS.get(flip.state, State.LOST), why=why, figures=figures)
