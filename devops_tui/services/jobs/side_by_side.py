"""Does the same on several hosts at once, without losing what any of them said."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from devops_tui.domain.errors import CommandLost, DevopsError

T = TypeVar("T")


async def side_by_side(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in the order of `works`; all are awaited before an error is raised.

    Cancel: all are cancelled and awaited; when one of them could not stop its work, its
    error is raised in the place of the cancellation.

    Raises:
        CommandLost: First of all errors, since nobody knows is the worst.
    """
    tasks = [asyncio.create_task(work) for work in works]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for error in _errors(tasks):
            raise error from None
        raise
    errors = _errors(tasks)
    for found in errors:
        if isinstance(found, CommandLost):
            raise found
    return [task.result() for task in tasks]


def _errors(tasks: Sequence[asyncio.Task[T]]) -> list[BaseException]:
    found = [task.exception() for task in tasks if not task.cancelled()]
    return [e for e in found if isinstance(e, DevopsError)]
