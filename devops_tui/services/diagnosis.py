"""Puts together what the store knows about a problem: new or seen, what changed, who fixed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.diagnosis import (
    HIGH,
    INFRA_RULES,
    Contrast,
    Crossing,
    Diagnosis,
    HostAround,
    Kind,
    PastCase,
    Suspect,
)
from devops_tui.domain.errors import NotFound
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import IncidentId, JobId, RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import JobRun, Run, State
from devops_tui.domain.quarantine import QUARANTINED
from devops_tui.ports.store import Store
from devops_tui.services.job_image import image_of
from devops_tui.services.remarks import remarks_of

Figures = Callable[[str, Sequence[str], datetime, datetime, int], HostHistory]
"""As ports.front_history.HistoryFront.host_history."""

BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=5)

_RUNS = 60
_INCIDENTS = 500
_PAST = 5
_HOSTS = 3
_BUCKETS = 30
_FEWEST_HOURS = 5  # successes before an hour of the day says anything
_ENDED_BADLY = frozenset({State.FAILED, State.TIMED_OUT, State.LOST})


@dataclass(frozen=True, slots=True)
class _Once:
    """The job in one run."""

    run: Run
    job: JobRun


def diagnose(store: Store, incident_id: IncidentId, figures: Figures) -> Diagnosis:
    """What is known beside the log; tens of milliseconds, reads only.

    Raises:
        NotFound: There is no such problem.
    """
    with store.snapshot():
        incident = store.incident(incident_id)
        said = remarks_of(store, incident_id)
        workspace = store.workspace()
        limits = {**HIGH, **(workspace.host_limits if workspace is not None else {})}
        past = _past(store, incident)
        seen = incident.count - 1 + sum(count for _, count in past)
        cases = tuple(case for case, _ in past)[:_PAST]
        now, earlier, later = _times(store, incident)
        if now is None:
            kind, why = _kind(incident, None, (), seen)
            hosts = (incident.host,) if incident.host else ()
            around = _hosts(figures, hosts, incident.opened_at, limits)
            return Diagnosis(kind, why, seen, cases, hosts=around, said=said)
        kind, why = _kind(incident, now, (*earlier, *later), seen)
        good = [once for once in earlier if once.job.state is State.OK]
        contrasts = tuple(_contrasts(now, good))
        failed_at = now.job.ended_at or incident.last_at
        return Diagnosis(
            kind,
            why,
            seen,
            cases,
            streak=_streak(earlier),
            last_success=good[0].run.id if good else None,
            baselines=incident.traces.baselines,
            suspects=_suspects(incident, now.run),
            contrasts=contrasts,
            is_compared=bool(good),
            hosts=_hosts(figures, _names(incident, now), failed_at, limits),
            said=said,
        )


def _times(
    store: Store, incident: Incident
) -> tuple[_Once | None, tuple[_Once, ...], tuple[_Once, ...]]:
    """The job in the failing run, in the runs before it (newest first), and in later ones."""
    if incident.run_id is None or incident.job_id is None:
        return None, (), ()
    try:
        run = store.run(incident.run_id)
        now = _Once(run, store.job_run(run.id, incident.job_id))
    except NotFound:  # retention took the run
        return None, (), ()
    found = list(_all(store, run.plan.pipeline, incident.job_id))
    earlier = tuple(once for once in found if once.run.number < run.number)
    return now, earlier, tuple(once for once in found if once.run.number > run.number)


def _all(store: Store, pipeline: str, job_id: JobId) -> Iterator[_Once]:
    for run in store.runs(pipeline, _RUNS):
        for job in store.job_runs(run.id):
            is_verdict = job.state is State.OK or job.state in _ENDED_BADLY
            is_covered = job.is_reused or job.figures.get(QUARANTINED)
            if job.job_id == job_id and is_verdict and not is_covered:
                yield _Once(run, job)


def _kind(
    incident: Incident, now: _Once | None, others: Sequence[_Once], seen: int
) -> tuple[Kind, str]:
    if incident.storm:
        return Kind.INFRA, f"one of a storm that began with {incident.storm}"
    if now is not None and now.job.state is State.LOST:
        return Kind.INFRA, "nobody knows how the job ended"
    unreached = [h.host for h in now.job.hosts if h.is_unreached] if now is not None else []
    if unreached:
        return Kind.INFRA, f"{', '.join(unreached[:3])} could not be reached"
    if now is not None:
        same = next((o for o in others if o.job.state is State.OK and _is_same(o, now)), None)
        if same is not None:
            return Kind.FLAKY, f"the same commit and plan succeeded in {same.run.id}"
        cases = now.job.report.cases if now.job.report is not None else None
        told = cases.failures if cases is not None else ()
        is_whole = cases is not None and told and len(told) == cases.failed
        if is_whole and all(case.is_flaky for case in told):
            return Kind.FLAKY, "every test that failed is known to pass and fail"
    rule = next((w for c in incident.causes[:1] for w in c.why if w in INFRA_RULES), "")
    if rule:
        return Kind.INFRA, rule
    if incident.host and now is None:
        return Kind.INFRA, f"a figure of {incident.host}"
    return (Kind.SEEN, "the same fingerprint") if seen else (Kind.NEW, "never seen before")


def _is_same(other: _Once, now: _Once) -> bool:
    commit = now.run.plan.commit
    return commit is not None and other.run.plan.hash == now.run.plan.hash


def _past(store: Store, incident: Incident) -> list[tuple[PastCase, int]]:
    found: list[tuple[PastCase, int]] = []
    for other in store.incidents(limit=_INCIDENTS):
        ended = other.resolved_at
        is_alike = other.fingerprint == incident.fingerprint and other.id != incident.id
        if is_alike and ended is not None and ended <= incident.last_at:
            found.append((_case(store, other, ended), other.count))
    return found


def _case(store: Store, incident: Incident, ended_at: datetime) -> PastCase:
    minutes = (ended_at - incident.opened_at).total_seconds() / 60
    events = store.events(subject=incident.id, limit=50, newest=True)
    end = next((e for e in reversed(events) if e.kind == "incident.resolved"), None)
    if end is None:
        return PastCase(incident.id, ended_at, minutes, incident.acknowledged_by, incident.why)
    good = str(end.data.get("run") or "")
    if not good:
        return PastCase(incident.id, ended_at, minutes, end.actor, end.why)
    by, how = "", end.why
    try:
        commit = store.run(RunId(good)).plan.commit
        failed = store.run(incident.run_id).plan.commit if incident.run_id else None
    except NotFound:  # retention took the run: its event still names it
        return PastCase(incident.id, ended_at, minutes, by, how)
    if commit is not None and failed is not None and commit.id == failed.id:
        how = f"the same commit succeeded in {good}"
    elif commit is not None:
        by, how = commit.author, f"{commit.short} {commit.subject}"
    return PastCase(incident.id, ended_at, minutes, by, how)


def _streak(earlier: Sequence[_Once]) -> int:
    """Successes in a row directly before; the newest come first."""
    count = 0
    for once in earlier:
        if once.job.state is not State.OK:
            break
        count += 1
    return count


def _suspects(incident: Incident, run: Run) -> tuple[Suspect, ...]:
    own = (run.plan.commit,) if run.plan.commit is not None else ()
    commits = {c.id: c for c in run.commits or own}.values()
    touching = incident.traces.touching
    found = [Suspect(c, tuple(touching.get(c.id, ()))) for c in commits]
    return tuple(sorted(found, key=lambda s: not s.files))


def _contrasts(now: _Once, good: Sequence[_Once]) -> Iterator[Contrast]:
    """Fields whose value no success had: where the failing run is alone."""
    for field, value in _fields(now):
        before = tuple(dict.fromkeys(v for once in good for f, v in _fields(once) if f == field))
        if field == "hour" and len(good) < _FEWEST_HOURS:
            continue
        if value and before and value not in before:
            yield Contrast(field, value, before[:4])


def _fields(once: _Once) -> Iterator[tuple[str, str]]:
    plan = once.run.plan
    yield "branch", plan.branch or plan.tag
    yield "worker", once.job.place.partition(":")[0]
    yield "image", image_of(plan.job(once.job.job_id).work)
    hosts = [h.host for h in once.job.hosts]
    yield "hosts", ", ".join(sorted(hosts))
    yield "runs on", ", ".join(plan.runs_on)
    yield "started by", once.run.trigger.partition(" of ")[0]
    for given in plan.parameters:
        if given.is_secret:
            continue
        yield f"parameter {given.name}", str(given.value)
    if once.job.started_at is not None:
        yield "hour", f"{once.job.started_at:%H} h UTC"


def _names(incident: Incident, now: _Once) -> tuple[str, ...]:
    """The hosts whose figures may tell: those that failed, else those that it ran on."""
    failed = [h.host for h in now.job.hosts if h.state in _ENDED_BADLY]
    names = failed or [h.host for h in now.job.hosts]
    return tuple(dict.fromkeys([*([incident.host] if incident.host else []), *names]))


def _hosts(
    figures: Figures, names: Sequence[str], at: datetime, limits: Mapping[str, float]
) -> tuple[HostAround, ...]:
    found = []
    for name in names[:_HOSTS]:
        history = figures(name, tuple(HIGH), at - BEFORE, at + AFTER, _BUCKETS)
        found.append(HostAround(history, at, tuple(_crossed(history, limits))))
    return tuple(found)


def _crossed(history: HostHistory, limits: Mapping[str, float]) -> Iterator[Crossing]:
    for metric, limit in limits.items():
        series = history.series.get(metric, ())
        over = [(i, b) for i, b in enumerate(series) if b is not None and b.highest >= limit]
        if over:
            highest = max(bucket.highest for _, bucket in over)
            yield Crossing(metric, highest, limit, history.at(over[0][0]))
