"""Sees one detached command through: start once, follow, verdict; again after a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.errors import (
    CommandLost,
    CommandTimedOut,
    DevopsError,
    HostError,
    HostUnreachable,
    LeaseLost,
    StoreError,
)
from devops_tui.ports.engine import Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.transport import Runner, TaskStatus
from devops_tui.services.logs import LogWriter

_STOP_GRACE_S = 1.0
_TELL_S = 10.0
_REACH_TRIES = 3
_START_TRIES = 3
_AGAIN_S = 1.0
_GLANCE_S = 0.1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """A detached command.

    Attributes:
        env: Plain values.
        secrets: Values by name; never in a file or an argument.
        folder: Where it runs; empty for the home folder.
    """

    task_id: str
    script: str
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""


async def see_through(
    runner: Runner, order: Order, writer: LogWriter, clock: Clock, leaving: Leaving
) -> int:
    """Starts the command unless it was started before, and returns its exit code.

    A link that breaks is waited for; the caller's time limit ends that.

    Cancel: the command is stopped, unless the worker hands over.

    Raises:
        HostUnreachable: It was never reached; nothing was started by this call.
        CommandLost: Nobody knows how it ended.
    """
    await _reach(runner, order, clock)
    try:
        await _start(runner, order, clock)
        return await _follow(runner, order.task_id, writer, clock)
    except asyncio.CancelledError:
        if not leaving.is_on:
            await stop(runner, order.task_id)
        raise
    except (CommandLost, LeaseLost):
        raise  # who was taken over must not end what another one follows now
    except DevopsError as error:
        if isinstance(error, StoreError) and error.is_passing:
            raise  # it is followed again as soon as the store is back
        # nobody follows it any more, so it must not go on
        await stop(runner, order.task_id)
        raise


async def stop(runner: Runner, task_id: str) -> None:
    """Ends a command: TERM to its process group, KILL to what is left after the grace.

    Raises:
        CommandLost: It does not end, or its host could not be told within _TELL_S.
    """
    hint = "It may still run there: look on the host."
    try:
        async with asyncio.timeout(_TELL_S):
            status = await runner.stop(task_id, _STOP_GRACE_S)
    except TimeoutError:
        why = f"its host did not answer within {_TELL_S:g} s"
        raise CommandLost(f"nobody knows whether {task_id} was stopped: {why}", hint) from None
    except (HostError, CommandTimedOut) as error:
        why = error.title
        raise CommandLost(f"nobody knows whether {task_id} was stopped: {why}", hint) from error
    if status.state == "running":
        raise CommandLost(f"{task_id} does not end", "End it on the host by hand.")


async def _reach(runner: Runner, order: Order, clock: Clock) -> None:
    """Asks before anything is started, while it is certain that nothing was."""
    for tries_left in reversed(range(_REACH_TRIES)):
        try:
            await runner.status(order.task_id)
        except HostUnreachable as error:
            if not tries_left:
                raise
            log.warning("%s: %s", order.task_id, error)
            await clock.sleep(_AGAIN_S)
        else:
            return


async def _start(runner: Runner, order: Order, clock: Clock) -> None:
    for tries_left in reversed(range(_START_TRIES)):
        try:
            await runner.start(
                order.task_id,
                order.script,
                env=dict(order.env),
                secrets=dict(order.secrets),
                folder=order.folder,
            )
        except (HostUnreachable, CommandTimedOut) as error:
            if not tries_left:
                raise CommandLost(f"nobody knows whether it began: {error.title}") from error
            log.warning("%s: %s", order.task_id, error)
            await clock.sleep(_AGAIN_S)
        else:
            return


async def _follow(runner: Runner, task_id: str, writer: LogWriter, clock: Clock) -> int:
    while True:
        before = writer.position
        try:
            async for piece in runner.follow(task_id, before):
                writer.feed(piece)
            status = await runner.status(task_id)
        except (HostUnreachable, CommandTimedOut) as error:
            log.warning("%s: %s", task_id, error)
            await clock.sleep(_AGAIN_S)
            continue
        if status.state == "running":
            await clock.sleep(_GLANCE_S)
        elif status.state != "done" or status.exit_code is None:
            raise _lost(task_id, status)
        elif writer.position >= status.size_bytes or writer.position == before:
            if status.why and writer.position == status.size_bytes:  # once, whoever follows
                writer.feed(f"\n[{status.why}]\n".encode())
            await writer.finish()
            return status.exit_code


def _lost(task_id: str, status: TaskStatus) -> CommandLost:
    why = status.why or ("its spool is gone" if status.state == "none" else status.state)
    return CommandLost(f"nobody knows how {task_id} ended: {why}", "Look on the host.")
