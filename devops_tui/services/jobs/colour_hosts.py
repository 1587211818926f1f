"""Brings a colour up host by host, and keeps what became of it on each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from devops_tui.domain import host_outcomes
from devops_tui.domain.batches import HostCount
from devops_tui.domain.errors import (
    CommandFailed,
    CommandLost,
    DevopsError,
    HostUnreachable,
    StoreError,
)
from devops_tui.domain.ids import HostName
from devops_tui.domain.pipeline import BAD_ENDS, HostOutcome, JobRun, State
from devops_tui.domain.work import RunCommand
from devops_tui.services.jobs.host_book import HostBook
from devops_tui.services.jobs.side_by_side import side_by_side
from devops_tui.services.jobs.tools import JobTools


@dataclass(frozen=True, slots=True)
class ColourActs:
    """What is done on one host.

    Attributes:
        stands: Whether the version is there and well already; looks, and changes nothing.
        deliver: Puts it there, starts it, and waits until it is well.
    """

    stands: Callable[[HostName], Awaitable[bool]]
    deliver: Callable[[HostName], Awaitable[None]]


async def on_colour(
    tools: JobTools,
    record: JobRun,
    hosts: Sequence[HostName],
    name: str,
    acts: ColourActs,
    batches: tuple[HostCount, ...] = (),
) -> JobRun:
    """The record with its verdict and the outcome on every host, all at once.

    A host that ended well before (in an earlier attempt, in the run that this one repeats)
    is looked at first: where the version still stands, nothing is done to it. Outcomes are
    stored as they come.

    Args:
        tools: Store and clock of the job.
        record: The attempt, as it began.
        hosts: All of the colour.
        name: Of the colour, for the verdict.
        acts: What is done on one of them.
        batches: Sizes of the groups that have their turn one after the other, each only
            where the one before ended well; empty for all at once.

    Cancel: as `deliver`; the outcomes are stored all the same.

    Raises:
        CommandLost: Cancelled, and a host could not be told.
        StoreError: The store is away; called again it goes on with what is there.
    """
    work = RunCommand("", hosts=tuple(hosts), batches=batches)
    async with HostBook(tools.store, tools.clock, record, work) as book:
        for batch in book.batches():
            if any(outcome.state in BAD_ENDS for outcome in book.hosts):
                # of an earlier batch, or before a worker died that had not told the verdict
                batch = [o for o in batch if o.state is State.RUNNING]
            turn = [outcome for outcome in batch if outcome.state not in BAD_ENDS]
            book.begin([outcome.host for outcome in turn])
            await side_by_side([_see(tools, book, outcome, acts) for outcome in turn])
        return _verdict(tools, record, book, name)


async def _see(tools: JobTools, book: HostBook, before: HostOutcome, acts: ColourActs) -> None:
    """One host; an error there becomes that host's outcome and no other's."""
    host = before.host
    try:
        is_new = await _bring(book, before, acts)
    except asyncio.CancelledError:
        if not tools.leaving.is_on:
            book.end(host, State.CANCELLED, "stopped")
        raise
    except CommandLost as error:
        book.end(host, State.LOST, error.title)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
    except StoreError:
        raise  # not the host's doing; what is begun is gone on with
    except HostUnreachable as error:
        book.end(host, State.FAILED, tools.mask(error.title), is_unreached=True)
    except DevopsError as error:
        code = error.exit_code if isinstance(error, CommandFailed) else None
        book.end(host, State.FAILED, tools.mask(str(error)), exit_code=code)
    else:
        if is_new:
            book.end(host, State.OK)


async def _bring(book: HostBook, before: HostOutcome, acts: ColourActs) -> bool:
    """Whether anything had to be done there."""
    if before.state is State.OK:
        if await acts.stands(before.host):
            return False
        book.begin_again(before.host)
    await acts.deliver(before.host)
    return True


def _verdict(tools: JobTools, record: JobRun, book: HostBook, name: str) -> JobRun:
    lost = [o for o in book.hosts if o.state is State.LOST]
    failed = host_outcomes.failed_of(book.hosts)
    state = State.LOST if lost else State.FAILED if failed else State.OK
    never = sum(o.state is State.WAITING for o in book.hosts)
    hosts = host_outcomes.settle(book.hosts, state, tools.clock.now())
    why = f"{name} on {host_outcomes.told([*lost, *failed])}" if lost or failed else ""
    if never:
        why += f"; {never} {'hosts' if never > 1 else 'host'} never had their turn"
    return replace(record, state=state, why=why, hosts=hosts)
