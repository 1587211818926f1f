"""Whether and when a job is tried again, and how long one attempt may take."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.host_outcomes import may_try_again, try_again
from devops_tui.domain.pipeline import Job, JobRun, State
from devops_tui.domain.work import AskApproval, WatchHealth

_SPARE_S = 60.0
_ANY = Backoff()


def limit_s(job: Job) -> float:
    """Seconds that a job may take; a question has an expiry of its own, and some grace."""
    if isinstance(job.work, AskApproval):
        return job.work.expires_s + _SPARE_S
    if isinstance(job.work, WatchHealth):
        return max(job.timeout_s, job.work.duration_s + _SPARE_S)
    return job.timeout_s


def is_tried_again(job: Job, ended: JobRun) -> bool:
    """Whether an attempt that ended so is followed by another one.

    What is lost is tried again only where doing it twice does no harm. Where exit codes
    are named, nothing else is tried again: no time-out, and on hosts every one that
    failed must have failed so.
    """
    tries = ended.attempt - ended.first_attempt + 1
    if ended.state is State.LOST:
        return job.is_idempotent and tries <= max(job.retries, 1)
    if ended.state not in (State.FAILED, State.TIMED_OUT) or tries > job.retries:
        return False
    backoff = job.backoff or _ANY
    if not ended.hosts:
        return backoff.takes(ended.exit_code)
    return may_try_again(ended.hosts, backoff)


def following(job: Job, failed: JobRun, now: datetime) -> JobRun:
    """The next attempt, running; `retry_at` says when it begins, where it waits before."""
    tries = failed.attempt - failed.first_attempt + 1
    pause_s = (job.backoff or _ANY).pause_s(tries)
    state = failed.state.replace("_", " ")
    attempt = failed.attempt + 1
    record = JobRun(
        failed.run_id,
        failed.job_id,
        State.RUNNING,
        attempt,
        started_at=now,
        why=f"attempt {failed.attempt} {state}: {failed.why}",
        hosts=try_again(failed.hosts, attempt),
        first_attempt=failed.first_attempt,
    )
    return replace(record, retry_at=now + timedelta(seconds=pause_s)) if pause_s else record
