"""The way of a commit to production: what was worked on, what only waited, for how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import Commit, JobRun, Stage, State
from devops_tui.domain.view import RunView
from devops_tui.domain.work import AskApproval, FlipTraffic


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of the way, from the end of the step before it.

    Attributes:
        pipeline: Empty for the way from the commit to the first run.
        name: Of the stage; "run" for the way to the first stage of a run.
        waited_s: Nothing worked: before the step began, and inside it for a person.
        worked_s: At least one job worked; jobs side by side count once.
        ended_at: None in a median.
        is_production: With this step the commit serves.
    """

    pipeline: str
    name: str
    waited_s: float
    worked_s: float
    ended_at: datetime | None = None
    is_production: bool = False

    @property
    def lead_s(self) -> float:
        """What the step adds to the lead time."""
        return self.waited_s + self.worked_s


@dataclass(frozen=True, slots=True)
class Journey:
    """One commit on its way, through one run or several that stand on one another.

    Attributes:
        runs: In the order in which the commit passed through them.
        oldest: The oldest commit that came along: it waited longest.
        edges: Up to production, or as far as it came.
    """

    commit: Commit
    runs: tuple[RunId, ...]
    edges: tuple[Edge, ...]
    oldest: Commit | None = None

    @property
    def is_there(self) -> bool:
        """Whether it reached production."""
        return any(edge.is_production for edge in self.edges)

    @property
    def lead_s(self) -> float:
        """From the commit to where it came."""
        return sum(edge.lead_s for edge in self.edges)


@dataclass(frozen=True, slots=True)
class ValueStream:
    """What really happened to the last commits of a pipeline.

    Attributes:
        latest: The newest journey, whether it is there yet or not; None without any.
        usual: Medians over the journeys that reached production, edge by edge.
        samples: How many those are.
        lead_s: Median of their lead times; None without any.
    """

    pipeline: str
    latest: Journey | None = None
    usual: tuple[Edge, ...] = ()
    samples: int = 0
    lead_s: float | None = None


def journey(runs: Sequence[RunView], now: datetime) -> Journey | None:
    """The way of the last run's commit through the runs, the first upstream first.

    None when the commit or its time is not known, or nothing has begun. Work that goes on
    counts up to `now`.
    """
    commit = next((v.run.plan.commit for v in runs if v.run.plan.commit is not None), None)
    if commit is None or commit.at is None:
        return None
    edges: list[Edge] = []
    at = commit.at
    for view in runs:
        name = view.run.plan.pipeline
        edges.append(Edge(name, "run", _gap(at, view.run.created_at), 0.0, view.run.created_at))
        at = max(at, view.run.created_at)
        for stage in view.run.plan.stages:
            edge = _edge(view, stage, at, now)
            if edge is None or edge.ended_at is None:
                continue
            edges.append(edge)
            at = max(at, edge.ended_at)
            if edge.is_production:
                break
    dated = [(one.at, one) for one in runs[0].run.commits if one.at is not None]
    old = min(dated, key=lambda pair: pair[0])[1] if dated else None
    return Journey(commit, tuple(v.run.id for v in runs), tuple(edges), old)


def value_stream(pipeline: str, journeys: Sequence[Journey]) -> ValueStream:
    """The newest journey, and the medians of those that reached production."""
    there = [one for one in journeys if one.is_there]
    latest = journeys[0] if journeys else None
    if not there:
        return ValueStream(pipeline, latest)
    usual = [
        Edge(
            edge.pipeline,
            edge.name,
            median(e.waited_s for e in same),
            median(e.worked_s for e in same),
            is_production=edge.is_production,
        )
        for edge in there[0].edges
        if (same := list(_same(edge, there)))
    ]
    lead_s = median(one.lead_s for one in there)
    return ValueStream(pipeline, latest, tuple(usual), len(there), lead_s)


def _same(edge: Edge, journeys: Iterable[Journey]) -> Iterable[Edge]:
    return (
        other
        for one in journeys
        for other in one.edges
        if (other.pipeline, other.name) == (edge.pipeline, edge.name)
    )


def _edge(view: RunView, stage: Stage, before: datetime, now: datetime) -> Edge | None:
    """A stage after what was before it; None when it did nothing in this run."""
    records = [
        (job, record)
        for job in stage.jobs
        if (record := view.jobs.get(JobId(f"{stage.name}/{job.name}"))) is not None
        and record.started_at is not None
        and not record.is_reused
    ]
    if not records:
        return None
    flip = next((r for j, r in records if isinstance(j.work, FlipTraffic)), None)
    is_there = flip is not None and flip.state is State.OK and flip.ended_at is not None
    end = max(record.ended_at or now for _, record in records)
    if is_there and flip is not None and flip.ended_at is not None:
        end = flip.ended_at  # what watches it afterwards is no part of the way there
    worked = [_span(r, before, end, now) for j, r in records if not isinstance(j.work, AskApproval)]
    worked_s = _covered(worked)
    waited_s = max(0.0, _gap(before, end) - worked_s)
    name = view.run.plan.pipeline
    return Edge(name, stage.name, waited_s, worked_s, end, is_there)


def _span(
    record: JobRun, before: datetime, end: datetime, now: datetime
) -> tuple[datetime, datetime]:
    """When a job worked, inside the edge."""
    began = max(record.started_at or before, before)
    return began, max(began, min(record.ended_at or now, end))


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds that at least one of the spans covers."""
    total = 0.0
    reached: datetime | None = None
    for began, ended in sorted(spans):
        if reached is None or began > reached:
            total += (ended - began).total_seconds()
            reached = ended
        elif ended > reached:
            total += (ended - reached).total_seconds()
            reached = ended
    return total


def _gap(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())
