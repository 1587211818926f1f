"""The hosts of a job: which stands how, and the pause before they are tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.pipeline import HostOutcome, JobRun, Plan, State
from devops_tui.presentation import units
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.layout import blank, joined
from devops_tui.presentation.line import Line, cut, fit, line, span
from devops_tui.presentation.rows import Row, note

ALL_SHOWN = 8
"""Up to so many hosts are all shown; of more, those that say something and a count."""

_TELLING = (State.LOST, State.FAILED, State.TIMED_OUT, State.CANCELLED, State.RUNNING)
_ORDER = (*_TELLING, State.OK, State.WAITING, State.SKIPPED)
_NAME = 24
_WORD = 11


def host_rows(job: JobRun, now: datetime, width: int, indent: int = 4) -> list[Row]:
    """One row per host that says something; the others are counted in a last one."""
    shown = told_hosts(job.hosts)
    has_batches = len({o.batch for o in job.hosts}) > 1
    name = min(_NAME, max((len(o.host) for o in shown), default=0))
    rows = [
        note(
            f"{job.job_id} {outcome.host}",
            cut((blank(indent), *_host(outcome, now, name, has_batches=has_batches)), width),
        )
        for outcome in shown
    ]
    rest = len(job.hosts) - len(shown)
    if rest > 0:
        told = line((f"{units.plural(len(job.hosts), 'host')}: ", "muted"), *summary(job.hosts))
        rows.append(note(f"{job.job_id} hosts", cut((blank(indent), *told), width)))
    return rows


def told_hosts(hosts: Sequence[HostOutcome]) -> list[HostOutcome]:
    """All of a few; of many those that run or did not end well, the worst first."""
    if len(hosts) <= ALL_SHOWN:
        return list(hosts)
    telling = [o for o in hosts if o.state in _TELLING]
    return sorted(telling, key=lambda o: _TELLING.index(o.state))[:ALL_SHOWN]


def summary(hosts: Sequence[HostOutcome]) -> Line:
    """How many stand how: "4 ok · 1 failed · 1 not started"."""
    counts = [(state, sum(o.state is state for o in hosts)) for state in _ORDER]
    told = [line((f"{n} {STATES[s].word}", STATES[s].role)) for s, n in counts if n]
    return joined(told, line((" · ", "muted")))


def _host(outcome: HostOutcome, now: datetime, name: int, *, has_batches: bool) -> Line:
    mark = STATES[outcome.state]
    took = ""
    if outcome.started_at is not None:
        spent = units.seconds_between(outcome.started_at, outcome.ended_at or now)
        took = units.duration(spent)
    long_name = outcome.host if len(outcome.host) > name else fit(outcome.host, name)
    head = line(
        mark.short,
        " ",
        (long_name, "accent"),
        " ",
        span(fit(mark.word, _WORD), mark.role),
        span(f"{took:>8}", "muted"),
    )
    parts = [head]
    if has_batches:
        parts.append(line((f"batch {outcome.batch}", "muted")))
    if outcome.attempt == 0:
        parts.append(line(("taken from the run before", "muted")))
    elif outcome.attempt > 1:
        parts.append(line((f"attempt {outcome.attempt}", "warning")))
    if outcome.silent_since is not None:
        parts.append(line((_silence(outcome, now), "warning")))
    elif outcome.why:
        parts.append(line((outcome.why, mark.role)))
    return joined(parts)


def _silence(outcome: HostOutcome, now: datetime) -> str:
    since = units.time_of_day(outcome.silent_since, now)
    if outcome.next_try_at is None or units.is_over(outcome.next_try_at, now):
        return f"does not answer since {since}, is being tried"
    left = units.duration(units.seconds_between(now, outcome.next_try_at))
    return f"does not answer since {since}, tried again in {left}"


def attempt_word(plan: Plan, record: JobRun) -> str:
    """Such as "attempt 2 of 4"; empty for a first attempt, of which nothing is said."""
    if record.attempt == 1:
        return ""
    try:
        most = record.first_attempt + plan.job(record.job_id).retries
    except KeyError:  # a record of a plan that is not this one
        most = 0
    return f"attempt {record.attempt}" + (f" of {most}" if record.attempt <= most else "")


def retry_line(plan: Plan, record: JobRun, now: datetime) -> Line:
    """What is waited for between two attempts, and why; empty when nothing is."""
    if record.retry_at is None:
        return ()
    left_s = max(0.0, units.seconds_between(now, record.retry_at) or 0.0)
    told = f"{attempt_word(plan, record)} in {units.duration(left_s)}, {record.why}"
    return line((told, "waits"))
