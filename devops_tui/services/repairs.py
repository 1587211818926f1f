"""What an operator may do about a job that went wrong: try it again, or say how it ended.

Both are one transaction on the rows: whichever worker walks the run sees them at its next
look. Jobs that were skipped because of it wait again; the walk judges them anew.
"""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import NotAllowed, NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.host_outcomes import failed_of, told, try_again
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import ENDS, HostOutcome, JobRun, Plan, Run, State
from devops_tui.domain.walk import outcome
from devops_tui.domain.work import AskApproval, BringUp, FlipTraffic, RunCommand, WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_AGAIN = (State.FAILED, State.TIMED_OUT, State.CANCELLED)
_ACTS = (BringUp, FlipTraffic, WatchHealth)
_RUNS = 50


def rerun_job(
    store: Store, clock: Clock, run_id: RunId, job_id: JobId, actor: str, why: str = ""
) -> Run:
    """Has a job tried again while the rest of its run goes on; on hosts only those that failed.

    Raises:
        NotFound: There is no such run or job.
        Refused: That makes no sense now; says why, and what does.
    """
    with store.transaction():
        run = store.run(run_id)
        record = _record(store, run, job_id)
        reason = why_no_rerun(run, {r.job_id: r for r in store.job_runs(run_id)}, job_id)
        if reason is not None:
            raise Refused(*reason)
        attempt = record.attempt + 1
        again = JobRun(
            run_id,
            job_id,
            attempt=attempt,
            first_attempt=attempt,
            hosts=try_again(record.hosts, attempt),
            inputs=record.inputs,
        )
        store.save_job(again, record.state)
        _wait_again(store, run)
        data = {"job": job_id, "attempt": attempt}
        store.append(Event("job.rerun_asked", run_id, clock.now(), actor, why, data))
    return run


def why_no_rerun(run: Run, records: dict[JobId, JobRun], job_id: JobId) -> tuple[str, str] | None:
    """Why a job cannot be tried again in its run, and what to do; None when it can."""
    record = records[job_id]
    job = run.plan.job(job_id)
    if run.state in ENDS:
        return f"{run.id} has ended", f"Rerun what failed: `devops-tui rerun {run.id} --failed`."
    if record.state is State.LOST and not job.is_idempotent:
        resolve = f"`devops-tui resolve {run.id} {job_id} --as ok|failed --why TEXT`"
        return f"nobody knows how {job_id} ended", f"Look, then say it: {resolve}."
    if record.state not in _AGAIN and record.state is not State.LOST:
        return f"{job_id} did not fail: it is {record.state.value}", "Rerun what failed."
    if isinstance(job.work, AskApproval | FlipTraffic | WatchHealth):
        return f"{job_id} is not tried again by itself", "Rerun the run from its stage."
    for later in _after(run.plan, job_id):
        begun = records[later].started_at is not None and not records[later].is_reused
        if begun and records[later].state is not State.WAITING:
            return (
                f"{later}, which comes after {job_id}, has begun already",
                f"Wait for the end, then `devops-tui rerun {run.id} --failed`.",
            )
    return None


def resolve_lost(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    run_id: RunId,
    job_id: JobId,
    actor: str,
    why: str,
    *,
    is_ok: bool,
) -> Run:
    """Says how a lost job ended, after a look at what it did; the run goes on from there.

    Only what is lost is said by that: hosts on which the job failed stay failed, and hosts
    that never had their turn have it now. A run that has ended as lost is opened again once
    nothing in it is lost any more.

    Raises:
        NotFound: There is no such run or job.
        NotAllowed: The actor is not in the team.
        Refused: It is not lost, the reason is empty, or another run has acted on the
            environment since.
    """
    if not why.strip():
        raise Refused("a reason is needed", "Say in one line what you saw.")
    if not workspace.team.roles_of(actor):
        raise NotAllowed(f"{actor} is not in the team", "Add the login to `team:`.")
    state = State.OK if is_ok else State.FAILED
    with store.transaction():
        run = store.run(run_id)
        record = _record(store, run, job_id)
        if record.state is not State.LOST:
            word = record.state.replace("_", " ")
            raise Refused(f"{job_id} of {run_id} is not lost: it is {word}")
        if is_ok and run.state in ENDS:
            _refuse_overtaken(store, run)
        said = f"{actor} says that it {'ended well' if is_ok else 'failed'}: {why.strip()}"
        hosts = tuple(_said(outcome, state, said) for outcome in record.hosts)
        ended = _judged(run.plan, replace(record, state=state, why=said, hosts=hosts))
        store.save_job(ended, State.LOST)
        data = {"job": job_id, "state": ended.state.value, "attempt": record.attempt}
        store.append(Event("job.resolved", run_id, clock.now(), actor, why.strip(), data))
        return _open_again(store, run)


def _judged(plan: Plan, said: JobRun) -> JobRun:
    """The verdict of all hosts together, where one of them was lost."""
    work = plan.job(said.job_id).work
    if said.state is not State.OK or not isinstance(work, RunCommand | BringUp):
        return said
    failed = failed_of(said.hosts)
    may = work.max_failed.as_limit(len(said.hosts)) if isinstance(work, RunCommand) else 0
    if len(failed) > may:
        return replace(said, state=State.FAILED, why=f"{told(failed)}; {said.why}")
    if any(o.state is State.SKIPPED for o in said.hosts):  # batches behind the lost host
        attempt = said.attempt + 1
        hosts = tuple(
            try_again([o], attempt)[0] if o.state is State.SKIPPED else o for o in said.hosts
        )
        return JobRun(said.run_id, said.job_id, attempt=attempt, hosts=hosts, inputs=said.inputs)
    return said


def _open_again(store: Store, run: Run) -> Run:
    if run.state not in ENDS:
        _wait_again(store, run)
        return run
    states = {r.job_id: r.state for r in store.job_runs(run.id)}
    if State.LOST in states.values():
        return run
    if run.state is not State.LOST:  # a cancelled one stays so
        return run
    _wait_again(store, run)
    states = {r.job_id: r.state for r in store.job_runs(run.id)}
    is_over = State.WAITING not in states.values()
    state = outcome(run.plan, states) if is_over else State.RUNNING
    ended_at = run.ended_at if is_over else None
    opened = replace(run, state=state, ended_at=ended_at, why_waiting="")
    store.save_run(opened, State.LOST)
    return opened


def _wait_again(store: Store, run: Run) -> None:
    """What was skipped waits again; jobs of earlier runs and those that began stay.

    A gate that closed because of what failed beside it asks anew.
    """
    for record in store.job_runs(run.id):
        is_gate = isinstance(run.plan.job(record.job_id).work, AskApproval)
        if is_gate and record.state is State.CANCELLED:
            attempt = record.attempt + 1
            again = JobRun(run.id, record.job_id, attempt=attempt, first_attempt=attempt)
            store.save_job(again, State.CANCELLED)
        if record.state is State.SKIPPED and not record.is_reused and record.started_at is None:
            waiting = JobRun(run.id, record.job_id, attempt=record.attempt)
            store.save_job(waiting, State.SKIPPED)


def _said(outcome: HostOutcome, state: State, why: str) -> HostOutcome:
    return replace(outcome, state=state, why=why) if outcome.state is State.LOST else outcome


def _record(store: Store, run: Run, job_id: JobId) -> JobRun:
    if job_id not in run.plan.job_ids:
        known = ", ".join(run.plan.job_ids[:8])
        raise NotFound(f"no job {job_id} in {run.id}", f"There are: {known}.")
    return store.job_run(run.id, job_id)


def _after(plan: Plan, job_id: JobId) -> list[JobId]:
    """The jobs that stand on a job: those of later stages, and those that need it."""
    stage_name, _, name = job_id.partition("/")
    found: list[JobId] = []
    is_later = False
    for stage in plan.stages:
        if is_later:
            found += [JobId(f"{stage.name}/{job.name}") for job in stage.jobs]
        if stage.name != stage_name:
            continue
        is_later = True
        needing = {name}
        for _ in stage.jobs:
            needing |= {job.name for job in stage.jobs if not needing.isdisjoint(job.needs)}
        found += [
            JobId(f"{stage.name}/{job.name}")
            for job in stage.jobs
            if job.name in needing and job.name != name
        ]
    return found


def _refuse_overtaken(store: Store, run: Run) -> None:
    """A run that still has to act on a service must not do so after another one did."""
    left = {
        work.service
        for record in store.job_runs(run.id)
        if record.state is State.SKIPPED
        and isinstance(work := run.plan.job(record.job_id).work, _ACTS)
    }
    for other in store.runs(limit=_RUNS) if left else ():
        if other.id == run.id or run.ended_at is None:
            continue
        for record in store.job_runs(other.id):
            work = other.plan.job(record.job_id).work
            began_at = None if record.is_reused else record.started_at
            if isinstance(work, _ACTS) and work.service in left and began_at is not None:
                if began_at < run.ended_at:
                    continue
                raise Refused(
                    f"{other.id} has acted on {work.service} since {run.id} was lost",
                    f"Resolve it as failed, then `devops-tui rerun {run.id} --failed`.",
                )
