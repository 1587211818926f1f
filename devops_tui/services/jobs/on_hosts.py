"""Does a command on hosts, batch after batch, and says what became of it on each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from devops_tui.domain import host_outcomes
from devops_tui.domain.errors import (
    CommandFailed,
    CommandLost,
    DevopsError,
    HostError,
    HostUnreachable,
    StoreError,
)
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import HostOutcome, JobRun, State
from devops_tui.domain.work import RunCommand
from devops_tui.ports.patience import RETRY_S
from devops_tui.services.jobs.host_book import HostBook
from devops_tui.services.jobs.side_by_side import side_by_side
from devops_tui.services.jobs.tools import JobTools

SILENT_S = 3.0
"""A host that owes an answer for so long is said to be silent; nothing is given up by that."""

_LOOK_S = 0.5

log = logging.getLogger(__name__)

OneHost = Callable[[HostName], Awaitable[int]]
"""Sees the command through on a host and returns its exit code; see detached.see_through."""


async def on_hosts(tools: JobTools, record: JobRun, work: RunCommand, one: OneHost) -> JobRun:
    """The record with its verdict and the outcome on every host.

    What is known from before (a worker that died, hosts that ended well in an earlier
    attempt) is not done again. A batch begins when the one before ended well, or when no
    more hosts have failed than may.

    Cancel: as `one`; the outcomes are stored all the same.

    Raises:
        CommandLost: Cancelled, and a host could not be told.
    """
    limit = work.max_failed.as_limit(len(work.hosts))
    async with HostBook(tools.store, tools.clock, record, work, tools.mask) as book:
        watch = asyncio.create_task(_watch_silence(tools, book))
        try:
            for batch in book.batches():
                begun = [o for o in batch if o.state is State.RUNNING]  # by a worker that died
                new = [o for o in batch if o.state is State.WAITING]
                turn = begun if _must_stop(book, limit) else [*begun, *new]
                book.begin([o.host for o in turn])
                await side_by_side([_see(book, o, one, tools) for o in turn])
        finally:
            watch.cancel()
        return _verdict(record, book, limit, tools)


def _must_stop(book: HostBook, limit: int) -> bool:
    is_lost = any(o.state is State.LOST for o in book.hosts)
    return is_lost or len(host_outcomes.failed_of(book.hosts)) > limit


async def _see(book: HostBook, before: HostOutcome, one: OneHost, tools: JobTools) -> None:
    """Runs it on one host; an error there becomes that host's outcome and no other's."""
    host = before.host
    had_begun = before.state is State.RUNNING
    try:
        code = await _patiently(tools, one, host)
    except asyncio.CancelledError:
        if not tools.leaving.is_on:
            book.end(host, State.CANCELLED, "stopped")
        raise
    except CommandLost as error:
        book.end(host, State.LOST, error.title)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
    except HostError as error:
        if had_begun:
            book.end(host, State.LOST, error.title)
        else:
            unreached = isinstance(error, HostUnreachable)
            why = error.title if unreached else str(error)  # a key's fingerprints are the hint
            book.end(host, State.FAILED, why, is_unreached=unreached)
    except DevopsError as error:
        code_there = error.exit_code if isinstance(error, CommandFailed) else None
        book.end(host, State.FAILED, str(error), exit_code=code_there)
    else:
        state = State.FAILED if code else State.OK
        book.end(host, state, f"exit code {code}" if code else "", exit_code=code)


async def _patiently(tools: JobTools, one: OneHost, host: HostName) -> int:
    """As `one`; goes on with what is there when the store was away meanwhile."""
    while True:
        try:
            return await one(host)
        except StoreError as error:
            if not error.is_passing:
                raise
            log.warning("%s waits for the store: %s", host, error)
        await tools.clock.sleep(RETRY_S)


async def _watch_silence(tools: JobTools, book: HostBook) -> None:
    """Writes down which host owes an answer, since when, and when it is tried again."""
    while True:
        await tools.clock.sleep(_LOOK_S)
        now = tools.clock.now()
        for outcome in book.hosts:
            if outcome.state is not State.RUNNING:
                continue
            silence = tools.runners.on(outcome.host).silence()
            if silence is None or silence.since_s < SILENT_S:
                book.note(outcome.host, silent_since=None, next_try_at=None)
                continue
            since = outcome.silent_since or now - timedelta(seconds=silence.since_s)
            retry_s = silence.retry_in_s
            again = outcome.next_try_at
            if not retry_s:
                again = None
            elif again is None or abs((again - now).total_seconds() - retry_s) > _LOOK_S * 2:
                again = now + timedelta(seconds=retry_s)
            book.note(outcome.host, silent_since=since, next_try_at=again)


def _verdict(record: JobRun, book: HostBook, limit: int, tools: JobTools) -> JobRun:
    lost = [o for o in book.hosts if o.state is State.LOST]
    failed = host_outcomes.failed_of(book.hosts)
    never = sum(o.state is State.WAITING for o in book.hosts)
    state = State.LOST if lost else State.FAILED if len(failed) > limit else State.OK
    hosts = host_outcomes.settle(book.hosts, state, tools.clock.now())
    if state is State.OK:
        why = f"{_count(len(failed))} failed, {limit} may: {host_outcomes.told(failed)}"
        return replace(record, state=state, exit_code=0, hosts=hosts, why=why if failed else "")
    why = host_outcomes.told([*lost, *failed])
    if never:
        why += f"; {_count(never)} never had their turn"
    return replace(record, state=state, why=why, hosts=hosts, exit_code=_code(failed))


def _code(failed: Sequence[HostOutcome]) -> int | None:
    return next((o.exit_code for o in failed if o.exit_code is not None), None)


def _count(hosts: int) -> str:
    return f"{hosts} host" if hosts == 1 else f"{hosts} hosts"
