"""What the outcomes on hosts add up to, and what is left of them for another attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from devops_tui.domain.backoff import UNREACHABLE, Backoff
from devops_tui.domain.batches import in_batches
from devops_tui.domain.pipeline import HostOutcome, State
from devops_tui.domain.work import RunCommand

_NAMED = 5
_OPEN = (State.WAITING, State.RUNNING)


def begin(work: RunCommand, attempt: int, known: Sequence[HostOutcome]) -> tuple[HostOutcome, ...]:
    """One outcome for each host, in batches; those that are known already stay as they are."""
    before = {outcome.host: outcome for outcome in known}
    return tuple(
        replace(before.get(host) or HostOutcome(host, attempt=attempt), batch=number)
        for number, batch in enumerate(in_batches(work.hosts, work.batches), 1)
        for host in batch
    )


def try_again(hosts: Sequence[HostOutcome], attempt: int) -> tuple[HostOutcome, ...]:
    """For another attempt: what ended well stays, all others wait for their turn again."""
    return tuple(
        outcome
        if outcome.state is State.OK
        else HostOutcome(outcome.host, batch=outcome.batch, attempt=attempt)
        for outcome in hosts
    )


def taken_over(hosts: Sequence[HostOutcome]) -> tuple[HostOutcome, ...]:
    """For another run of the same plan: what ended well, marked as not done by that run."""
    return tuple(replace(o, attempt=0) if o.state is State.OK else again(o) for o in hosts)


def again(outcome: HostOutcome) -> HostOutcome:
    """The same host before its first attempt."""
    return HostOutcome(outcome.host, batch=outcome.batch)


def settle(hosts: Sequence[HostOutcome], state: State, at: datetime) -> tuple[HostOutcome, ...]:
    """None is open any more once the job has ended: what was under way ended as the job did."""
    return tuple(_settled(outcome, state, at) for outcome in hosts)


def _settled(outcome: HostOutcome, state: State, at: datetime) -> HostOutcome:
    if outcome.state is State.WAITING:
        never = State.CANCELLED if state is State.CANCELLED else State.SKIPPED
        return replace(outcome, state=never, why=outcome.why or "never had its turn")
    is_late = outcome.state is State.CANCELLED and state is State.TIMED_OUT
    if outcome.state is State.RUNNING or is_late:
        ended = outcome.ended_at or at
        quiet = replace(outcome, silent_since=None, next_try_at=None)
        return replace(quiet, state=state, ended_at=ended)
    return outcome


def may_try_again(hosts: Sequence[HostOutcome], backoff: Backoff) -> bool:
    """Whether every host that failed did so in a way that is tried again."""
    failed = [o for o in hosts if o.state not in (State.OK, State.SKIPPED, *_OPEN)]
    return all(backoff.takes(UNREACHABLE if o.is_unreached else o.exit_code) for o in failed)


def failed_of(hosts: Sequence[HostOutcome]) -> list[HostOutcome]:
    """Those that failed, in their order."""
    return [o for o in hosts if o.state is State.FAILED]


def told(hosts: Sequence[HostOutcome]) -> str:
    """Hosts with their reasons: "web-1: exit code 4, web-2: exit code 4 and 3 more"."""
    named = ", ".join(f"{o.host}: {o.why or o.state.value}" for o in hosts[:_NAMED])
    return named + (f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else "")


def silent_host(hosts: Sequence[HostOutcome]) -> HostOutcome | None:
    """The host that has owed an answer for longest; None when all answer."""
    silent = [(o.silent_since, o) for o in hosts if o.silent_since and o.state is State.RUNNING]
    return min(silent, key=lambda pair: pair[0])[1] if silent else None
