"""The pause of a duty that comes again and again, which somebody may cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from devops_tui.domain.errors import StoreError
from devops_tui.ports.runtime import Clock


async def pause(
    clock: Clock,
    wait_s: float,
    changed: Callable[[], Awaitable[None]],
    is_asked: Callable[[], bool],
) -> None:
    """Returns after the wait, or as soon as somebody asks.

    `changed` returns when the store has changed: then `is_asked` looks whether somebody asks. A
    store that is away asks nothing: the duty will meet it.
    """
    until = clock.now() + timedelta(seconds=wait_s)
    while clock.now() < until and not _is_asked(is_asked):
        left_s = max(0.0, (until - clock.now()).total_seconds())
        waits = [asyncio.ensure_future(changed()), asyncio.ensure_future(clock.sleep(left_s))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _is_asked(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except StoreError:
        return False
