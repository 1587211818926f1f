"""Drift is seen soon, also while a look at everything waits for a host that is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime

from devops_tui.domain.traffic import Balancer, Service, ServiceStatus
from devops_tui.services.balancers import Readings
from devops_tui.services.flip_journal import as_read

EVERY_S = 2.5
PATIENCE_S = 2.0
"""How long a balancer may take to answer a quick look; both together are under 5 s."""


def changed(status: ServiceStatus, readings: Readings, now: datetime) -> list[Balancer] | None:
    """The balancers with what they say now; None where none says anything new.

    One that did not answer stays as it was: the look at everything says so.
    """
    told = [
        replace(read, armed=read.armed or b.armed)  # files are looked at by the slower look
        for b in status.balancers
        for read in [as_read(b, readings.seen.get(b.host), now)]
    ]
    is_new = any(
        (a.serves, a.green_percent, a.armed, a.why) != (b.serves, b.green_percent, b.armed, b.why)
        for a, b in zip(told, status.balancers, strict=True)
    )
    return told if is_new else None


async def meanwhile(work: Coroutine[None, None, None], look: Callable[[], Awaitable[None]]) -> None:
    """Does `work`, and looks every EVERY_S seconds for as long as it takes.

    Cancel: ends both.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=EVERY_S))[0]:
            await look()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    task.result()


def may_look_often(service: Service) -> bool:
    """A provider's API is asked no oftener than `interval` says: it counts the questions."""
    return service.switch is not None and not service.switch.abilities.settle_s
